#include "server/peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include "core/storage/posix_file.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("The peer of a socket pair is this process") {
  int ends[2];
  CATCH_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const UniqueFd a(ends[0]);
  const UniqueFd b(ends[1]);
  const auto peer = PeerOf(a.get());
  CATCH_REQUIRE(peer.ok());
  CATCH_CHECK(peer->uid == getuid());
  CATCH_CHECK(CheckPeer(*peer, getuid()).ok());
}

CATCH_TEST_CASE("Other users are refused, root too") {
  CATCH_CHECK(CheckPeer({.uid = 1000, .pid = 1}, 1000).ok());
  CATCH_CHECK(CheckPeer({.uid = 1001, .pid = 1}, 1000).code() ==
              absl::StatusCode::kPermissionDenied);
  CATCH_CHECK(CheckPeer({.uid = 0, .pid = 1}, 1000).code() == absl::StatusCode::kPermissionDenied);
}

CATCH_TEST_CASE("What is no socket has no peer") { CATCH_CHECK(!PeerOf(-1).ok()); }

}  // namespace
}  // namespace seekd
