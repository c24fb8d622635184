#include "server/call.h"

#include "server/bearer_token.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("Only harmless request ids are taken over") {
  CATCH_CHECK(IsUsableRequestId("a-B_9.:"));
  CATCH_CHECK(IsUsableRequestId(std::string(128, 'x')));
  for (const std::string bad : {"", "a b", "a\nb", "\xC3\xA9", "a\x1b[31m"}) {
    CATCH_CHECK(!IsUsableRequestId(bad));
  }
  CATCH_CHECK(!IsUsableRequestId(std::string(129, 'x')));
}

CATCH_TEST_CASE("Peers are told apart by kind only") {
  CATCH_CHECK(PeerKind("fd:12") == "unix");
  CATCH_CHECK(PeerKind("unix:/run/x") == "unix");
  CATCH_CHECK(PeerKind("ipv4:127.0.0.1:80") == "tcp");
  CATCH_CHECK(PeerKind("ipv6:%5B::1%5D:80") == "tcp");
}

CATCH_TEST_CASE("Tokens are random and long") {
  const auto a = NewToken();
  const auto b = NewToken();
  CATCH_REQUIRE(a.ok());
  CATCH_CHECK(a->size() == 64);
  CATCH_CHECK(*a != *b);
}

CATCH_TEST_CASE("Only the exact token is let in") {
  CATCH_CHECK(IsAuthorized("Bearer secret", "secret"));
  for (const char* bad : {"", "secret", "Bearer ", "Bearer secre", "Bearer secrets",
                          "Bearer Secret", "bearer secret", "Bearer  secret", "Basic secret"}) {
    CATCH_CHECK(!IsAuthorized(bad, "secret"));
  }
}

}  // namespace
}  // namespace seekd
