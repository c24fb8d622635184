#include "embedding_service/hub/hub_listing.h"

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

const std::string kCommit(40, 'c');
const std::string kSha256(64, '5');

std::string Listing(std::string_view siblings) {
  return absl::StrCat(R"({"sha": ")", kCommit, R"(", "siblings": )",
                      absl::string_view(siblings.data(), siblings.size()), "}");
}

CATCH_TEST_CASE("a listing's files have the hash that is theirs") {
  const auto listing =
      ParseHubListing(Listing(absl::StrCat(R"([{"rfilename": "a", "size": 3, "blobId": ")", kCommit,
                                           R"("}, {"rfilename": "d/b", "size": 130, "blobId": ")",
                                           kCommit, R"(", "lfs": {"sha256": ")", kSha256,
                                           R"(", "size": 9000000000, "pointerSize": 130}},
                           {"rfilename": "c", "size": 0, "lfs": null}])")),
                      "the listing");
  CATCH_REQUIRE(listing.status() == absl::OkStatus());
  CATCH_CHECK(listing->commit == kCommit);
  CATCH_REQUIRE(listing->files.size() == 3);
  CATCH_CHECK(listing->files[0].git_blob == kCommit);
  CATCH_CHECK(listing->files[0].sha256.empty());
  const HubFile* large = listing->Find("d/b");
  CATCH_REQUIRE(large != nullptr);
  CATCH_CHECK(large->size == 9000000000);
  CATCH_CHECK(large->sha256 == kSha256);
  CATCH_CHECK(large->git_blob.empty());  // its blobId is the pointer's
  CATCH_CHECK(!listing->files[2].has_hash());
  CATCH_CHECK(listing->Find("missing") == nullptr);
}

CATCH_TEST_CASE("listings that are refused") {
  for (const std::string& wrong : {
           std::string("<html>sign in</html>"),
           std::string("[]"),
           std::string("{}"),
           std::string(R"({"sha": "main", "siblings": []})"),
           absl::StrCat(R"({"sha": ")", kCommit, R"("})"),
           Listing("7"),
           Listing("[7]"),
           Listing("[{}]"),
           Listing(R"([{"rfilename": 7, "size": 1}])"),
           Listing(R"([{"rfilename": "a"}])"),
           Listing(R"([{"rfilename": "a", "size": -1}])"),
           Listing(R"([{"rfilename": "a", "size": 1e30}])"),
           Listing(R"([{"rfilename": "a", "size": 99999999999999}])"),
           Listing(R"([{"rfilename": "a", "size": 1, "blobId": "XYZ"}])"),
           Listing(R"([{"rfilename": "a", "size": 1, "lfs": {"size": 1}}])"),
           Listing(R"([{"rfilename": "a", "size": 1, "lfs": {"size": 1, "sha256": "7"}}])"),
           Listing(R"([{"rfilename": "a", "size": 1, "lfs": true}])"),
           Listing(R"([{"rfilename": "a", "size": 1}, {"rfilename": "a", "size": 1}])"),
       }) {
    CATCH_INFO(wrong);
    const absl::Status status = ParseHubListing(wrong, "the listing").status();
    CATCH_CHECK((absl::IsInvalidArgument(status) || absl::IsDataLoss(status)));
    CATCH_CHECK(std::string(status.message()).starts_with("the listing"));
  }
}

CATCH_TEST_CASE("names of files") {
  for (const char* sound : {"config.json", "1_Pooling/config.json", "a..b", "..a", ".gitattributes",
                            "LICENSE (1).txt", "\xc3\xa9"}) {
    CATCH_INFO(sound);
    CATCH_CHECK(CheckFileName(sound, "here").ok());
  }
  for (const char* wrong : {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a\\b",
                            "a\nb", "a\x7f", "C:\\a"}) {
    CATCH_INFO(wrong);
    CATCH_CHECK(absl::IsInvalidArgument(CheckFileName(wrong, "here")));
  }
  CATCH_CHECK(!CheckFileName(std::string(513, 'a'), "here").ok());
}

}  // namespace
}  // namespace seekd
