// Whom a pull speaks to, and whom it believes.
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "embedding_service/hub/https_getter.h"
#include "embedding_service/hub/model_pull.h"
#include "tests/embedding_service/hub/pull_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

using testing::CountOf;
using testing::PullFixture;
using testing::Says;

CATCH_TEST_CASE("every connection goes through the proxy, and stays encrypted") {
  PullFixture test;
  test.request.proxy = test.hub.proxy();
  CATCH_REQUIRE(test.Pull().status() == absl::OkStatus());
  const auto requests = test.hub.TakeRequests();
  CATCH_CHECK(CountOf(requests, "proxy ", absl::StrCat("127.0.0.1:", test.hub.port())) == 1);
  CATCH_CHECK(CountOf(requests, "proxy localhost:") == 1);
  CATCH_CHECK(CountOf(requests, "cdn ") == 1);
}

CATCH_TEST_CASE("a proxy that is not there") {
  PullFixture test;
  test.request.proxy = "http://127.0.0.1:1";
  test.limits.retry.retries = 0;
  CATCH_CHECK(absl::IsUnavailable(test.Pull().status()));
  CATCH_CHECK(test.hub.TakeRequests().empty());
}

CATCH_TEST_CASE("the environment names no proxy") {
  PullFixture test;
  setenv("https_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  const absl::Status direct = test.Pull().status();
  CATCH_CHECK(direct == absl::OkStatus());
  unsetenv("https_proxy");
  unsetenv("ALL_PROXY");

  setenv("no_proxy", "*", 1);
  test.request.proxy = test.hub.proxy();
  test.folder += "-2";
  CATCH_CHECK(test.Pull().ok());
  unsetenv("no_proxy");
  CATCH_CHECK(CountOf(test.hub.TakeRequests(), "proxy ") == 2);
}

CATCH_TEST_CASE("certificates are checked") {
  PullFixture test;
  CATCH_SECTION("signed by no known root") { test.request.ca_file.clear(); }
  CATCH_SECTION("of another host") {
    test.request.endpoint = absl::StrCat("https://localhost:", test.hub.port());
  }
  CATCH_SECTION("with roots that are not there") { test.request.ca_file = test.folder; }
  const absl::Status refused = test.Pull().status();
  CATCH_CHECK(absl::IsFailedPrecondition(refused));
  CATCH_CHECK(Says(refused, "certificate"));
  CATCH_CHECK(test.hub.TakeRequests().empty());
}

CATCH_TEST_CASE("redirects") {
  PullFixture test;
  CATCH_SECTION("to plain http") {
    test.hub.SetFaults(R"([{"on": "hub", "path": "/resolve/", "do": "location",
                            "to": "http://127.0.0.1:1/config.json"}])");
  }
  CATCH_SECTION("to a file of this machine") {
    test.hub.SetFaults(R"([{"on": "hub", "path": "/api/", "do": "location",
                            "to": "file:///etc/passwd"}])");
  }
  CATCH_SECTION("without end") {
    test.hub.SetFaults(R"([{"on": "hub", "path": "/api/", "do": "location", "to": "/api/"}])");
  }
  const absl::Status refused = test.Pull().status();
  CATCH_CHECK(absl::IsFailedPrecondition(refused));
  CATCH_CHECK(Says(refused, "https"));
}

CATCH_TEST_CASE("a hub that is not there") {
  PullFixture test;
  test.request.endpoint = "https://127.0.0.1:1";
  const absl::Status status = test.Pull().status();
  CATCH_CHECK(absl::IsUnavailable(status));
  CATCH_CHECK(Says(status, "https://127.0.0.1:1"));
}

CATCH_TEST_CASE("content ranges") {
  AnswerHead head;
  CATCH_CHECK(internal::ParseContentRange("bytes 100-199/1000", &head));
  CATCH_CHECK(head.range_begin == 100);
  CATCH_CHECK(head.range_total == 1000);
  AnswerHead open_end;
  CATCH_CHECK(internal::ParseContentRange("bytes 5-5/*", &open_end));
  CATCH_CHECK(open_end.range_begin == 5);
  CATCH_CHECK(!open_end.range_total);
  for (const char* wrong : {"", "bytes", "bytes 5/9", "bytes 5-4/9", "bytes */9", "lines 1-2/3",
                            "bytes 1-9/9", "bytes 1-2", "bytes -1-2/3", "bytes 1-2/3/4"}) {
    CATCH_INFO(wrong);
    AnswerHead none;
    CATCH_CHECK(!internal::ParseContentRange(wrong, &none));
    CATCH_CHECK(!none.range_begin);
  }
}

}  // namespace
}  // namespace seekd
