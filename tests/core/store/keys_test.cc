#include "core/store/keys.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("byte order of reference keys is numeric order, and they parse back") {
  std::mt19937_64 rng(5);
  std::vector<Reference> references;
  for (int i = 0; i < 500; ++i) {
    references.push_back({ChunkId(rng() >> (rng() % 64)), DocumentOrdinal(rng() >> (rng() % 64)),
                          static_cast<uint32_t>(rng() >> (32 + rng() % 32))});
  }
  std::sort(references.begin(), references.end());
  std::vector<std::string> keys;
  for (const Reference& r : references) keys.push_back(ReferenceKey(CollectionId(7), r));
  CATCH_CHECK(std::is_sorted(keys.begin(), keys.end()));
  for (size_t i = 0; i < keys.size(); ++i) {
    Reference back;
    CATCH_REQUIRE(ParseReferenceKey(keys[i], &back));
    CATCH_CHECK(back == references[i]);
    CATCH_CHECK(keys[i].starts_with(ChunkKey(CollectionId(7), references[i].chunk)));
  }
}

CATCH_TEST_CASE("keys of another size do not parse") {
  ChunkId chunk;
  Reference reference;
  CollectionId collection;
  CATCH_CHECK_FALSE(ParseChunkKey("short", &chunk));
  CATCH_CHECK_FALSE(ParseReferenceKey(ChunkKey(CollectionId(1), ChunkId(1)), &reference));
  CATCH_CHECK_FALSE(ParseCollectionRecordKey("record/", &collection));
  CATCH_REQUIRE(ParseCollectionRecordKey(CollectionRecordKey(CollectionId(258)), &collection));
  CATCH_CHECK(collection == CollectionId(258));
}

CATCH_TEST_CASE("the end of a prefix is above all its keys and below the next prefix") {
  CATCH_CHECK(PrefixEnd("ab") == "ac");
  CATCH_CHECK(PrefixEnd(std::string("a\xff\xff")) == "b");
  CATCH_CHECK(PrefixEnd(std::string("\xff\xff")).empty());
  CATCH_CHECK(PrefixEnd("").empty());
  const std::string end = PrefixEnd(CollectionPrefix(CollectionId(255)));
  CATCH_CHECK(end > ChunkKey(CollectionId(255), ChunkId(~uint64_t{0})));
  CATCH_CHECK(end < ChunkKey(CollectionId(256), ChunkId(0)));
}

}  // namespace
}  // namespace seekd
