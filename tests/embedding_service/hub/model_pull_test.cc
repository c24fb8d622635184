#include "embedding_service/hub/model_pull.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "embedding_service/hub/pull_folder.h"
#include "tests/embedding_service/hub/pull_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

using testing::CountOf;
using testing::kHubCommit;
using testing::kHubRepository;
using testing::PullFixture;
using testing::Says;

constexpr char kOtherCommit[] = "ffffffffffffffffffffffffffffffffffffffff";

CATCH_TEST_CASE("a pull takes what seekd reads, and pins it") {
  PullFixture test;
  const absl::StatusOr<PulledModel> pulled = test.Pull();
  CATCH_REQUIRE(pulled.status() == absl::OkStatus());
  CATCH_CHECK(pulled->repository == kHubRepository);
  CATCH_CHECK(pulled->revision == "main");
  CATCH_CHECK(pulled->commit == kHubCommit);
  CATCH_CHECK(pulled->files == 6);
  CATCH_CHECK(!pulled->was_there);
  CATCH_CHECK(test.Read("model.safetensors") == std::string(300'000, 'w'));
  CATCH_CHECK(test.Read("LICENSE.txt") == "MIT\n");
  CATCH_CHECK(test.Has("1_Pooling/config.json"));
  CATCH_CHECK(!test.Has("pytorch_model.bin"));
  CATCH_CHECK(!test.Has("onnx"));
  CATCH_CHECK(!test.Has("PULL.part"));
  CATCH_CHECK(!test.Has("model.safetensors.part"));

  const absl::StatusOr<ModelSource> source = ReadModelSource(test.folder);
  CATCH_REQUIRE(source.ok());
  CATCH_CHECK(source->commit == kHubCommit);
  CATCH_CHECK(source->endpoint == test.request.endpoint);
  CATCH_CHECK(source->files.size() == 6);
  CATCH_CHECK(source->bytes() == pulled->bytes);
  CATCH_CHECK(VerifyModelSource(test.folder).ok());
  struct stat info;
  CATCH_REQUIRE(stat(test.folder.c_str(), &info) == 0);
  CATCH_CHECK((info.st_mode & 0777) == 0700);

  const auto requests = test.hub.TakeRequests();
  CATCH_CHECK(CountOf(requests, "/revision/main?blobs=true") == 1);
  CATCH_CHECK(CountOf(requests, "cdn ") == 1);
}

CATCH_TEST_CASE("what is there is not pulled again") {
  PullFixture test;
  CATCH_REQUIRE(test.Pull().ok());
  test.hub.TakeRequests();

  const absl::StatusOr<PulledModel> again = test.Pull();
  CATCH_REQUIRE(again.ok());
  CATCH_CHECK(again->was_there);
  CATCH_CHECK(again->files == 6);
  CATCH_CHECK(test.hub.TakeRequests().size() == 1);  // the listing

  test.request.revision = kHubCommit;
  CATCH_CHECK(test.Pull()->was_there);
  CATCH_CHECK(test.hub.TakeRequests().empty());
}

CATCH_TEST_CASE("a pinned folder does not become another commit") {
  PullFixture test;
  CATCH_REQUIRE(test.Pull().ok());
  test.hub.SetCommit(kOtherCommit);
  const absl::Status refused = test.Pull().status();
  CATCH_CHECK(absl::IsFailedPrecondition(refused));
  CATCH_CHECK(Says(refused, kHubCommit));
  CATCH_CHECK(Says(refused, kOtherCommit));
  CATCH_CHECK(VerifyModelSource(test.folder).ok());
}

CATCH_TEST_CASE("a changed file is found and pulled again, alone") {
  PullFixture test;
  CATCH_REQUIRE(test.Pull().ok());
  test.disk.Write("models/small/model.safetensors", std::string(300'000, 'x'));
  std::filesystem::remove(test.folder + "/README.md");
  const absl::Status damaged = VerifyModelSource(test.folder);
  CATCH_CHECK(absl::IsDataLoss(damaged));
  test.hub.TakeRequests();

  const absl::StatusOr<PulledModel> again = test.Pull();
  CATCH_REQUIRE(again.ok());
  CATCH_CHECK(!again->was_there);
  CATCH_CHECK(VerifyModelSource(test.folder).ok());
  const auto requests = test.hub.TakeRequests();
  CATCH_CHECK(CountOf(requests, "resolve/") == 2);
  CATCH_CHECK(CountOf(requests, "resolve/", "README.md") == 1);
  CATCH_CHECK(CountOf(requests, "resolve/", "model.safetensors") == 1);
}

CATCH_TEST_CASE("weights in several files") {
  PullFixture test;
  test.hub.Remove("model.safetensors");
  test.hub.Put("model.safetensors.index.json",
               R"({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})");
  test.hub.Put("model-1.safetensors", "one");
  test.hub.Put("model-2.safetensors", "two");
  test.hub.Put("model-3.safetensors", "of nothing");
  const absl::StatusOr<PulledModel> pulled = test.Pull();
  CATCH_REQUIRE(pulled.status() == absl::OkStatus());
  CATCH_CHECK(pulled->files == 8);
  CATCH_CHECK(test.Read("model-2.safetensors") == "two");
  CATCH_CHECK(!test.Has("model-3.safetensors"));
}

CATCH_TEST_CASE("progress counts all files and ends with all bytes") {
  PullFixture test;
  std::vector<PullProgress> reports;
  test.progress = [&](const PullProgress& progress) { reports.push_back(progress); };
  const absl::StatusOr<PulledModel> pulled = test.Pull();
  CATCH_REQUIRE(pulled.ok());
  CATCH_REQUIRE(reports.size() >= 6);
  for (size_t i = 1; i < reports.size(); ++i) {
    CATCH_CHECK(reports[i - 1].bytes_done <= reports[i].bytes_done);
    CATCH_CHECK(reports[i].bytes_total == pulled->bytes);
    CATCH_CHECK(reports[i].files_total == 6);
  }
  CATCH_CHECK(reports.front().file == "config.json");
  CATCH_CHECK(reports.back().file == "model.safetensors");
  CATCH_CHECK(reports.back().files_done == 6);
  CATCH_CHECK(reports.back().bytes_done == pulled->bytes);
}

CATCH_TEST_CASE("a folder of someone else stays as it is") {
  PullFixture test;
  test.disk.Write("models/small/config.json", "{}");
  const absl::Status refused = test.Pull().status();
  CATCH_CHECK(absl::IsFailedPrecondition(refused));
  CATCH_CHECK(Says(refused, "config.json"));
  CATCH_CHECK(test.Read("config.json") == "{}");
  CATCH_CHECK(!test.Has("PULL.part"));
}

CATCH_TEST_CASE("two pulls into one folder") {
  PullFixture test;
  const absl::StatusOr<PullFolder> other = PullFolder::Open(
      test.folder, {kHubRepository, "main", kHubCommit, test.request.endpoint, {}});
  CATCH_REQUIRE(other.ok());
  const absl::Status refused = test.Pull().status();
  CATCH_CHECK(absl::IsUnavailable(refused));
  CATCH_CHECK(Says(refused, test.folder));
}

CATCH_TEST_CASE("models that cannot run are refused before their weights") {
  PullFixture test;
  CATCH_SECTION("another architecture") {
    test.hub.Put("config.json", R"({"model_type": "xlm-roberta"})");
    const absl::Status refused = test.Pull().status();
    CATCH_CHECK(absl::IsInvalidArgument(refused));
    CATCH_CHECK(Says(refused, "xlm-roberta"));
    CATCH_CHECK(Says(refused, kHubRepository));
  }
  CATCH_SECTION("one that would send text away") {
    test.hub.Put("config.json",
                 R"({"model_type": "remote", "hidden_dim": 4, "max_length": 9, "url": "x"})");
    const absl::Status refused = test.Pull().status();
    CATCH_CHECK(absl::IsInvalidArgument(refused));
    CATCH_CHECK(Says(refused, "remote"));
  }
  CATCH_SECTION("one that is a program, whatever its file is called") {
    test.hub.Put("config.json", R"({"model_type": "torchscript", "file": "model.safetensors",
                                    "hidden_dim": 4, "max_length": 9})");
    const absl::Status refused = test.Pull().status();
    CATCH_CHECK(absl::IsInvalidArgument(refused));
    CATCH_CHECK(Says(refused, "program"));
    CATCH_CHECK(!test.Has("model.safetensors"));
  }
  CATCH_SECTION("another tokenizer") {
    test.hub.Put("tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 0}}})");
    const absl::Status refused = test.Pull().status();
    CATCH_CHECK(absl::IsInvalidArgument(refused));
    CATCH_CHECK(Says(refused, "tokenizer.json"));
    CATCH_CHECK(Says(refused, kHubRepository));
    CATCH_CHECK(!test.Has("CHECK.part"));
  }
  CATCH_SECTION("other layers than it says") {
    test.hub.Put("modules.json", R"([{"idx": 0, "name": "0", "path": "",
        "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1",
        "path": "1_Pooling", "type": "sentence_transformers.models.WeightedLayerPooling"}])");
    const absl::Status refused = test.Pull().status();
    CATCH_CHECK(absl::IsInvalidArgument(refused));
    CATCH_CHECK(Says(refused, "WeightedLayerPooling"));
  }
  CATCH_SECTION("other weights") {
    test.hub.Remove("model.safetensors");
    const absl::Status refused = test.Pull().status();
    CATCH_CHECK(absl::IsInvalidArgument(refused));
    CATCH_CHECK(Says(refused, "pytorch_model.bin"));
    CATCH_CHECK(!std::filesystem::exists(test.folder));
  }
  CATCH_CHECK(CountOf(test.hub.TakeRequests(), "cdn ") == 0);
  CATCH_CHECK(!test.Has("config.json"));
}

CATCH_TEST_CASE("an unfinished pull of another commit starts anew") {
  PullFixture test;
  test.limits.retry.retries = 0;
  test.hub.Put("vocab.txt", "[UNK]\n");
  test.hub.SetFaults(R"([{"on": "cdn", "path": "", "do": "drop", "after": 1000}])");
  CATCH_REQUIRE(absl::IsUnavailable(test.Pull().status()));
  CATCH_REQUIRE(test.Has("vocab.txt.part"));

  test.hub.SetFaults("[]");
  test.hub.SetCommit(kOtherCommit);
  test.hub.Remove("vocab.txt");
  test.hub.Put("model.safetensors", std::string(2000, 'n'));
  const absl::StatusOr<PulledModel> pulled = test.Pull();
  CATCH_REQUIRE(pulled.status() == absl::OkStatus());
  CATCH_CHECK(pulled->commit == kOtherCommit);
  CATCH_CHECK(test.Read("model.safetensors") == std::string(2000, 'n'));
  CATCH_CHECK(!test.Has("vocab.txt.part"));
  CATCH_CHECK(!test.Has("vocab.txt"));
}

CATCH_TEST_CASE("a mirror below a path") {
  PullFixture test;
  test.request.endpoint += "/mirror/";
  const absl::StatusOr<PulledModel> pulled = test.Pull();
  CATCH_REQUIRE(pulled.status() == absl::OkStatus());
  CATCH_CHECK(CountOf(test.hub.TakeRequests(), "hub /mirror/") == 7);
}

CATCH_TEST_CASE("a request that makes no sense is refused before anything is asked") {
  PullFixture test;
  test.request.repository = "../escape";
  CATCH_CHECK(absl::IsInvalidArgument(test.Pull().status()));
  CATCH_CHECK(test.hub.TakeRequests().empty());
  CATCH_CHECK(!std::filesystem::exists(test.folder));
}

}  // namespace
}  // namespace seekd
