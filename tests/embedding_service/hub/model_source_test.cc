#include "embedding_service/hub/model_source.h"

#include "absl/strings/str_cat.h"
#include "embedding_service/hub/file_digests.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::TempFolder;

// Of "hello\n"; the second is what `git hash-object` says.
constexpr char kSha256OfHello[] =
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
constexpr char kBlobOfHello[] = "ce013625030ba8dba906f756967f9e9ca394464a";

ModelSource HelloSource() {
  return {"a/b",
          "main",
          std::string(40, 'c'),
          "https://hub.example",
          {{"sub/hello", 6, kSha256OfHello}}};
}

CATCH_TEST_CASE("digests of a file") {
  const TempFolder folder;
  const auto digests = ComputeFileDigests(folder.Write("f", "hello\n"), nullptr);
  CATCH_REQUIRE(digests.ok());
  CATCH_CHECK(digests->size == 6);
  CATCH_CHECK(digests->sha256 == kSha256OfHello);
  CATCH_CHECK(digests->git_blob == kBlobOfHello);
  CATCH_CHECK(absl::IsNotFound(ComputeFileDigests(folder.File("g"), nullptr).status()));

  // Several pieces and a rest.
  const std::string large(3'000'001, 'x');
  const auto of_large = ComputeFileDigests(folder.Write("l", large), nullptr);
  CATCH_REQUIRE(of_large.ok());
  CATCH_CHECK(of_large->size == large.size());
  CATCH_CHECK(of_large->sha256 ==
              "a3ccf84896e3e6d1185dee335e2f32266f86bd958bdc51fff840792fd520e351");
}

CATCH_TEST_CASE("a pin is read as it was written") {
  const TempFolder folder;
  CATCH_CHECK(absl::IsNotFound(ReadModelSource(folder.path()).status()));
  CATCH_CHECK(absl::IsNotFound(VerifyModelSource(folder.path())));
  CATCH_REQUIRE(WriteModelSource(HelloSource(), folder.File(kModelSourceName)).ok());
  const auto source = ReadModelSource(folder.path());
  CATCH_REQUIRE(source.status() == absl::OkStatus());
  CATCH_CHECK(source->repository == "a/b");
  CATCH_CHECK(source->revision == "main");
  CATCH_CHECK(source->commit == std::string(40, 'c'));
  CATCH_CHECK(source->endpoint == "https://hub.example");
  CATCH_REQUIRE(source->files.size() == 1);
  CATCH_CHECK(source->files[0].name == "sub/hello");
  CATCH_CHECK(source->files[0].size == 6);
  CATCH_CHECK(source->files[0].sha256 == kSha256OfHello);
}

CATCH_TEST_CASE("a changed or missing file is named") {
  const TempFolder folder;
  CATCH_REQUIRE(WriteModelSource(HelloSource(), folder.File(kModelSourceName)).ok());
  const std::string path = folder.Write("sub/hello", "hello\n");
  CATCH_CHECK(VerifyModelSource(folder.path()) == absl::OkStatus());
  for (const char* other : {"jello\n", "hello", ""}) {
    folder.Write("sub/hello", other);
    const absl::Status changed = VerifyModelSource(folder.path());
    CATCH_CHECK(absl::IsDataLoss(changed));
    CATCH_CHECK(std::string(changed.message()).starts_with(path + ": expected "));
  }
  std::filesystem::remove(path);
  const absl::Status missing = VerifyModelSource(folder.path());
  CATCH_CHECK(absl::IsDataLoss(missing));
  CATCH_CHECK(std::string(missing.message()).starts_with(path));
}

CATCH_TEST_CASE("pins that are refused") {
  const TempFolder folder;
  const std::string head =
      absl::StrCat(R"({"repository": "a/b", "revision": "main", "endpoint": "https://h", )",
                   R"("commit": ")", std::string(40, 'c'), "\"");
  for (const std::string& wrong :
       {std::string("{"), std::string("{}"), head + "}", head + R"(, "files": [7]})",
        head + R"(, "files": [{"name": "a", "size": 1}]})",
        absl::StrCat(head, R"(, "files": [{"name": "a", "sha256": ")", kSha256OfHello, R"("}]})"),
        absl::StrCat(head, R"(, "files": [{"name": "../a", "size": 1, "sha256": ")", kSha256OfHello,
                     R"("}]})")}) {
    CATCH_INFO(wrong);
    folder.Write(kModelSourceName, wrong);
    const absl::Status status = ReadModelSource(folder.path()).status();
    CATCH_CHECK((absl::IsInvalidArgument(status) || absl::IsDataLoss(status)));
    CATCH_CHECK(std::string(status.message()).starts_with(folder.File(kModelSourceName)));
  }
}

}  // namespace
}  // namespace seekd
