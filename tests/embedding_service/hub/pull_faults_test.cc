// Pulls from a hub that fails in all the ways that one over a real network may.
#include <thread>

#include "absl/strings/str_cat.h"
#include "embedding_service/hub/hub_listing.h"
#include "embedding_service/hub/model_pull.h"
#include "tests/embedding_service/hub/pull_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

using testing::CountOf;
using testing::PullFixture;
using testing::Says;

const std::string kWeights(300'000, 'w');

CATCH_TEST_CASE("a broken transfer is resumed where it broke") {
  PullFixture test;
  test.hub.SetFaults(R"([{"on": "cdn", "path": "", "do": "drop", "after": 1000, "times": 2}])");
  CATCH_REQUIRE(test.Pull().status() == absl::OkStatus());
  CATCH_CHECK(test.Read("model.safetensors") == kWeights);
  const auto requests = test.hub.TakeRequests();
  CATCH_CHECK(CountOf(requests, "cdn ") == 3);
  CATCH_CHECK(CountOf(requests, "cdn ", "bytes=1000-") == 1);
  CATCH_CHECK(CountOf(requests, "cdn ", "bytes=2000-") == 1);
}

CATCH_TEST_CASE("after all tries the next pull resumes") {
  PullFixture test;
  test.hub.SetFaults(R"([{"on": "cdn", "path": "", "do": "drop", "after": 1000}])");
  const absl::Status broken = test.Pull().status();
  CATCH_CHECK(absl::IsUnavailable(broken));
  CATCH_CHECK(Says(broken, "tried 4 times"));
  CATCH_CHECK(!Says(broken, "signature"));  // the CDN's address may hold a secret
  CATCH_CHECK(!test.Has("SOURCE.json"));
  CATCH_CHECK(!test.Has("config.json"));
  CATCH_CHECK(test.Read("model.safetensors.part").size() == 4000);
  test.hub.TakeRequests();

  test.hub.SetFaults("[]");
  CATCH_REQUIRE(test.Pull().status() == absl::OkStatus());
  CATCH_CHECK(test.Read("model.safetensors") == kWeights);
  const auto requests = test.hub.TakeRequests();
  CATCH_CHECK(CountOf(requests, "cdn ", "bytes=4000-") == 1);
  CATCH_CHECK(CountOf(requests, "resolve/") == 1);
}

CATCH_TEST_CASE("a server without ranges sends the file anew") {
  PullFixture test;
  test.hub.SetFaults(R"([{"on": "cdn", "path": "", "do": "drop", "after": 1000, "times": 1},
                         {"on": "cdn", "path": "", "do": "ignore_range"}])");
  CATCH_REQUIRE(test.Pull().status() == absl::OkStatus());
  CATCH_CHECK(test.Read("model.safetensors") == kWeights);
}

CATCH_TEST_CASE("a server that sends another range than asked for") {
  PullFixture test;
  test.hub.SetFaults(R"([{"on": "cdn", "path": "", "do": "drop", "after": 1000, "times": 1},
                         {"on": "cdn", "path": "", "do": "wrong_range", "times": 1}])");
  CATCH_REQUIRE(test.Pull().status() == absl::OkStatus());
  CATCH_CHECK(test.Read("model.safetensors") == kWeights);
}

CATCH_TEST_CASE("other content than listed is refused and deleted") {
  struct Case {
    std::string file, faults, says;
  };
  const Case cases[] = {
      {"model.safetensors", R"([{"on": "cdn", "path": "", "do": "flip"}])", "SHA-256"},
      {"model.safetensors", R"([{"on": "cdn", "path": "", "do": "longer"}])", "300000 bytes"},
      {"README.md", R"([{"on": "hub", "path": "/README.md", "do": "flip"}])", "git blob"},
  };
  PullFixture test;
  for (const Case& each : cases) {
    CATCH_INFO(each.faults);
    test.folder += "-";
    test.hub.SetFaults(each.faults);
    const absl::Status lost = test.Pull().status();
    CATCH_CHECK(absl::IsDataLoss(lost));
    CATCH_CHECK(Says(lost, each.file));
    CATCH_CHECK(Says(lost, each.says));
    CATCH_CHECK(!test.Has(each.file + ".part"));
    CATCH_CHECK(!test.Has("SOURCE.json"));
    test.hub.SetFaults("[]");
    CATCH_CHECK(test.Pull().ok());
  }
}

CATCH_TEST_CASE("what the hub's refusals mean") {
  struct Case {
    int code;
    absl::StatusCode expected;
    size_t requests;
    std::string says;
  };
  const Case cases[] = {
      {404, absl::StatusCode::kNotFound, 1, "someone/small-model_1.0@v2 at https://127.0.0.1:"},
      {401, absl::StatusCode::kPermissionDenied, 1, "git clone"},
      {403, absl::StatusCode::kPermissionDenied, 1, "TestRefusal"},
      {429, absl::StatusCode::kUnavailable, 4, "429"},
      {503, absl::StatusCode::kUnavailable, 4, "tried 4 times"},
      {418, absl::StatusCode::kFailedPrecondition, 1, "418"},
  };
  PullFixture test;
  test.request.revision = "v2";
  for (const Case& each : cases) {
    CATCH_INFO(each.code);
    test.hub.SetFaults(absl::StrCat(R"([{"on": "hub", "path": "/api/", "do": "status", "code": )",
                                    each.code, "}]"));
    const absl::Status refused = test.Pull().status();
    CATCH_CHECK(refused.code() == each.expected);
    CATCH_CHECK(Says(refused, each.says));
    CATCH_CHECK(test.hub.TakeRequests().size() == each.requests);
    CATCH_CHECK(!std::filesystem::exists(test.folder));
  }
}

CATCH_TEST_CASE("a server that recovers") {
  PullFixture test;
  test.hub.SetFaults(
      R"([{"on": "hub", "path": "/api/", "do": "status", "code": 500, "times": 1},
          {"on": "hub", "path": "/resolve/", "do": "status", "code": 502, "times": 3},
          {"on": "cdn", "path": "", "do": "status", "code": 416, "times": 1}])");
  CATCH_CHECK(test.Pull().status() == absl::OkStatus());
}

CATCH_TEST_CASE("a file that is listed and not there") {
  PullFixture test;
  test.hub.SetFaults(R"([{"on": "cdn", "path": "", "do": "status", "code": 404}])");
  const absl::Status missing = test.Pull().status();
  CATCH_CHECK(absl::IsNotFound(missing));
  CATCH_CHECK(Says(missing, "model.safetensors"));
}

CATCH_TEST_CASE("names that would leave the folder") {
  PullFixture test;
  for (const std::string name : {"../config.json", "/etc/config.json", "a/../../b", "a\\\\b",
                                 "a//b", "a\\u0000b", "./config.json", "a\\nb"}) {
    CATCH_INFO(name);
    test.hub.SetListing(absl::StrCat(R"({"sha": ")", testing::kHubCommit,
                                     R"(", "siblings": [{"rfilename": ")", name,
                                     R"(", "size": 1}]})"));
    const absl::Status refused = test.Pull().status();
    CATCH_CHECK(absl::IsInvalidArgument(refused));
    CATCH_CHECK(Says(refused, "expected a path inside the repository"));
  }
  CATCH_CHECK(!std::filesystem::exists(test.folder));
}

CATCH_TEST_CASE("a listing without end") {
  PullFixture test;
  test.hub.SetListing(std::string(kMaxListingBytes + 1, ' '));
  CATCH_CHECK(absl::IsResourceExhausted(test.Pull().status()));
}

CATCH_TEST_CASE("no room for the model") {
  PullFixture test;
  test.hub.SetListing(absl::StrCat(R"({"sha": ")", testing::kHubCommit,
                                   R"(", "siblings": [{"rfilename": "config.json", "size": 1},
          {"rfilename": "vocab.txt", "size": 1},
          {"rfilename": "model.safetensors", "size": )",
                                   kMaxHubFileBytes, "}]}"));
  const absl::Status refused = test.Pull().status();
  CATCH_CHECK(absl::IsResourceExhausted(refused));
  CATCH_CHECK(Says(refused, "free"));
  CATCH_CHECK(CountOf(test.hub.TakeRequests(), "resolve/") == 0);
}

CATCH_TEST_CASE("a cancelled pull stops in the middle of a file and is resumed") {
  PullFixture test;
  const auto cancellation = std::make_shared<Cancellation>();
  test.cancellation = cancellation;
  test.progress = [&](const PullProgress&) { cancellation->Cancel(); };
  // config.json is the first file, so its first bytes are reported.
  test.hub.SetFaults(R"([{"on": "hub", "path": "/cache/", "do": "hold", "after": 10}])");
  CATCH_CHECK(absl::IsCancelled(test.Pull().status()));
  CATCH_CHECK(test.Read("config.json.part").size() == 10);
  CATCH_CHECK(absl::IsCancelled(test.Pull().status()));

  test.hub.TakeRequests();
  test.hub.SetFaults("[]");
  test.cancellation = nullptr;
  CATCH_CHECK(test.Pull().status() == absl::OkStatus());
  CATCH_CHECK(CountOf(test.hub.TakeRequests(), "/cache/", "bytes=10-") == 1);
}

CATCH_TEST_CASE("a cancellation ends the wait before another try") {
  PullFixture test;
  test.limits.retry.first_wait = std::chrono::hours(1);
  const auto cancellation = std::make_shared<Cancellation>();
  test.cancellation = cancellation;
  test.hub.SetFaults(R"([{"on": "hub", "path": "", "do": "status", "code": 503}])");
  std::thread canceller([&] {
    while (test.hub.TakeRequests().empty()) std::this_thread::yield();
    cancellation->Cancel();
  });
  const absl::Status cancelled = test.Pull().status();
  canceller.join();
  CATCH_CHECK(absl::IsCancelled(cancelled));
}

CATCH_TEST_CASE("a server that falls silent") {
  PullFixture test;
  test.limits.https.stall_timeout = std::chrono::seconds(1);
  test.limits.retry.retries = 0;
  test.hub.SetFaults(R"([{"on": "cdn", "path": "", "do": "hold", "after": 0}])");
  CATCH_CHECK(absl::IsUnavailable(test.Pull().status()));
  test.hub.SetFaults("[]");
  CATCH_CHECK(test.Pull().ok());
}

}  // namespace
}  // namespace seekd
