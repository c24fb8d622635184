#include "embedding_service/hub/hub_address.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("addresses of a listing and of files") {
  const auto address = MakeHubAddress("BAAI/bge-small-en-v1.5", "", "");
  CATCH_REQUIRE(address.ok());
  CATCH_CHECK(address->Describe() == "BAAI/bge-small-en-v1.5@main at https://huggingface.co");
  CATCH_CHECK(address->ListingUrl() ==
              "https://huggingface.co/api/models/BAAI/bge-small-en-v1.5/revision/main?blobs=true");
  CATCH_CHECK(address->FileUrl("c0ffee", "1_Pooling/config.json") ==
              "https://huggingface.co/BAAI/bge-small-en-v1.5/resolve/c0ffee/1_Pooling/config.json");
}

CATCH_TEST_CASE("revisions and names are percent-encoded") {
  const auto address = MakeHubAddress("a/b", "refs/pr/1", "https://hub.example:8443/mirror//");
  CATCH_REQUIRE(address.ok());
  CATCH_CHECK(address->ListingUrl() ==
              "https://hub.example:8443/mirror/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true");
  CATCH_CHECK(address->FileUrl("c", "LICENSE a?b#\xc3\xa9%") ==
              "https://hub.example:8443/mirror/a/b/resolve/c/LICENSE%20a%3Fb%23%C3%A9%25");
}

CATCH_TEST_CASE("what is no repository") {
  for (const char* wrong :
       {"", "model", "/model", "org/", "a/b/c", "a/..", "../b", "a b/c", "a/b?c", "a/b\n", "a/b%2f",
        "a\\b/c", "\xc3\xa9/b", "https://hub.example/a/b"}) {
    CATCH_INFO(wrong);
    CATCH_CHECK(absl::IsInvalidArgument(MakeHubAddress(wrong, "", "").status()));
  }
  CATCH_CHECK(!MakeHubAddress("a/" + std::string(97, 'b'), "", "").ok());
}

CATCH_TEST_CASE("what is no revision") {
  for (const char* wrong :
       {"a b", "..", "a..b", "/a", "a/", "a:b", "a\nb", "a^", "HEAD~1", "a\\b", "\xc3\xa9"}) {
    CATCH_INFO(wrong);
    CATCH_CHECK(absl::IsInvalidArgument(MakeHubAddress("a/b", wrong, "").status()));
  }
  CATCH_CHECK(!MakeHubAddress("a/b", std::string(256, 'r'), "").ok());
}

CATCH_TEST_CASE("what is no hub") {
  for (const char* wrong :
       {"http://hub.example", "hub.example", "https://", "https:///a", "ftp://a",
        "https://user:secret@hub.example", "https://a?b", "https://a#b", "https://a b"}) {
    CATCH_INFO(wrong);
    CATCH_CHECK(absl::IsInvalidArgument(MakeHubAddress("a/b", "", wrong).status()));
  }
}

}  // namespace
}  // namespace seekd
