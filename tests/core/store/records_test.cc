#include "core/store/records.h"

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

DocumentRecord RandomDocument(std::mt19937_64& rng) {
  DocumentRecord record;
  record.id = "/a/\xc3\xa9.md";
  record.ordinal = DocumentOrdinal(rng() >> (rng() % 64));
  record.title = std::string(rng() % 50, 't');
  record.media_type = "text/markdown";
  record.root = "/a";
  record.source = {rng() >> (rng() % 64), static_cast<int64_t>(rng()), ComputeDigest("x")};
  record.index_time_us = static_cast<int64_t>(rng());
  uint64_t begin = 0;
  for (uint64_t n = rng() % 20; n > 0; --n) {
    const uint64_t end = begin + rng() % 5000;
    const auto line = static_cast<uint32_t>(rng() >> (32 + rng() % 32));
    record.chunks.push_back(
        {ChunkId(rng() >> (rng() % 64)), begin, end, line, static_cast<uint32_t>(rng() >> 32)});
    begin = end;
  }
  return record;
}

bool SamePlacements(const std::vector<ChunkPlacement>& a, const std::vector<ChunkPlacement>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.chunk == y.chunk && x.byte_begin == y.byte_begin && x.byte_end == y.byte_end &&
           x.line_begin == y.line_begin && x.line_end == y.line_end;
  });
}

CATCH_TEST_CASE("document records round-trip, with any ids and lines") {
  std::mt19937_64 rng(11);
  for (int i = 0; i < 300; ++i) {
    const DocumentRecord record = RandomDocument(rng);
    const auto back = DecodeDocument(record.id, EncodeDocument(record));
    CATCH_REQUIRE(back.ok());
    CATCH_CHECK((back->id == record.id && back->ordinal == record.ordinal &&
                 back->title == record.title && back->media_type == record.media_type &&
                 back->root == record.root && back->source == record.source &&
                 back->index_time_us == record.index_time_us));
    CATCH_CHECK(SamePlacements(back->chunks, record.chunks));
  }
}

CATCH_TEST_CASE("a chunk of consecutive id and line costs five bytes") {
  DocumentRecord record;
  const size_t empty = EncodeDocument(record).size();
  record.chunks = {{ChunkId(1), 0, 1000, 1, 30}, {ChunkId(2), 1000, 2000, 31, 60}};
  CATCH_CHECK(EncodeDocument(record).size() == empty + 10);
}

// Records of RocksDB's are guarded by its block checksums; decoding must only
// never read outside, whatever the bytes are.
CATCH_TEST_CASE("truncated and flipped records decode or fail with DATA_LOSS") {
  std::mt19937_64 rng(12);
  for (int i = 0; i < 50; ++i) {
    const std::string sound = EncodeDocument(RandomDocument(rng));
    for (size_t at = 0; at < sound.size(); ++at) {
      std::string flipped = sound;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << (rng() % 8)));
      const auto decoded = DecodeDocument("id", flipped);
      CATCH_CHECK((decoded.ok() || absl::IsDataLoss(decoded.status())));
      const auto cut = DecodeDocument("id", std::string_view(sound).substr(0, at));
      CATCH_CHECK((cut.ok() || absl::IsDataLoss(cut.status())));
    }
  }
  CATCH_CHECK(absl::IsDataLoss(DecodeDocument("id", "").status()));
  CATCH_CHECK(absl::IsDataLoss(DecodeTotals("").status()));
  CATCH_CHECK(absl::IsDataLoss(DecodeChunk("").status()));
  CATCH_CHECK(absl::IsDataLoss(DecodeChunk("\x05zzz").status()));
  CATCH_CHECK(absl::IsDataLoss(DecodeChunkId("").status()));
  CATCH_CHECK(absl::IsDataLoss(DecodeChunkId("\x01\x01").status()));
  CATCH_CHECK(absl::IsDataLoss(DecodeEmbedding("abc").status()));
  CATCH_CHECK(absl::IsDataLoss(DecodeSkipped("p", "").status()));
  CATCH_CHECK(absl::IsDataLoss(DecodeCollection(CollectionId(1), "x").status()));
}

CATCH_TEST_CASE("a collection's settings are kept, and older records have none") {
  CollectionRecord record;
  record.name = "docs";
  record.roots = {"/a"};
  const std::string without = EncodeCollection(record);
  CATCH_CHECK(DecodeCollection(record.id, without)->settings == CollectionSettings());
  record.settings = {.max_index_share = 0.08, .hot_share = 0.02};
  const std::string with = EncodeCollection(record);
  CATCH_CHECK(with.substr(0, without.size()) == without);
  CATCH_CHECK(DecodeCollection(record.id, with)->settings == record.settings);
  for (size_t size = without.size() + 1; size < with.size(); ++size) {
    CATCH_CHECK(absl::IsDataLoss(DecodeCollection(record.id, with.substr(0, size)).status()));
  }
  CATCH_CHECK(absl::IsDataLoss(DecodeCollection(record.id, with + '\0').status()));
  for (const double share : {-0.1, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    record.settings.max_index_share = share;
    CATCH_CHECK(absl::IsDataLoss(DecodeCollection(record.id, EncodeCollection(record)).status()));
    CATCH_CHECK(absl::IsInvalidArgument(record.settings.Validate()));
    CATCH_CHECK(absl::IsInvalidArgument(CollectionSettings{.hot_share = share}.Validate()));
  }
}

CATCH_TEST_CASE("a collection's role is kept; an unknown one is malformed") {
  CollectionRecord record;
  record.name = "docs";
  const std::string served = EncodeCollection(record);
  CATCH_CHECK(DecodeCollection(record.id, served)->role == CollectionRole::kServed);
  for (const auto role : {CollectionRole::kSuccessor, CollectionRole::kReplaced}) {
    record.role = role;
    const std::string value = EncodeCollection(record);
    const auto back = DecodeCollection(record.id, value);
    CATCH_REQUIRE(back.ok());
    CATCH_CHECK(back->role == role);
    CATCH_CHECK(back->settings == record.settings);
    CATCH_CHECK(absl::IsDataLoss(DecodeCollection(record.id, value + '\0').status()));
  }
  std::string value = EncodeCollection(record);
  for (const std::string& unknown :
       {std::string(1, '\0'), std::string("\x03"), std::string("\x81\x02")}) {  // 257: 1 in a byte
    value.pop_back();
    CATCH_CHECK(absl::IsDataLoss(DecodeCollection(record.id, value + unknown).status()));
    value.push_back('\x02');
  }
}

CATCH_TEST_CASE("counts of visits round-trip or fail with DATA_LOSS") {
  CATCH_CHECK(EncodeVisits({}).empty());
  CATCH_CHECK(DecodeVisits("")->empty());
  constexpr uint64_t kLast = std::numeric_limits<uint64_t>::max() - 1;
  const std::vector<ChunkVisits> visits = {{ChunkId(1), 3},
                                           {ChunkId(2), std::numeric_limits<uint32_t>::max()},
                                           {ChunkId(1000), 1},
                                           {ChunkId(kLast), 7}};
  const std::string bytes = EncodeVisits(visits);
  CATCH_CHECK(*DecodeVisits(bytes) == visits);
  CATCH_CHECK(EncodeVisits(std::span(visits).first(2)).size() == 8);  // 1 + 1, 1 + 5 bytes
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto cut = DecodeVisits(std::string_view(bytes).substr(0, i));
    CATCH_CHECK((cut.ok() ? cut->size() < visits.size() : absl::IsDataLoss(cut.status())));
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 0x80);
    const auto flipped = DecodeVisits(bad);
    CATCH_CHECK((flipped.ok() ? *flipped != visits : absl::IsDataLoss(flipped.status())));
  }
}

CATCH_TEST_CASE("the other records round-trip") {
  CollectionRecord collection;
  collection.id = CollectionId(3);
  collection.name = "docs";
  collection.model_id = "model";
  collection.model_fingerprint = "abc";
  collection.dim = 256;
  collection.roots = {"/a", "/b/\xe6\x97\xa5"};
  collection.create_time_us = -5;
  const auto back = DecodeCollection(collection.id, EncodeCollection(collection)).value();
  CATCH_CHECK((back.id == collection.id && back.name == collection.name &&
               back.model_id == collection.model_id && back.dim == 256 &&
               back.model_fingerprint == collection.model_fingerprint &&
               back.roots == collection.roots && back.create_time_us == -5));

  CollectionTotals totals;
  totals.counts = {1, 2, std::numeric_limits<uint64_t>::max(), 4, 5};
  totals.next_chunk = ChunkId(6);
  totals.next_ordinal = DocumentOrdinal(7);
  const auto totals_back = DecodeTotals(EncodeTotals(totals)).value();
  CATCH_CHECK((totals_back.counts.documents == 1 && totals_back.counts.chunks == 2 &&
               totals_back.counts.text_bytes == totals.counts.text_bytes &&
               totals_back.counts.pending == 4 && totals_back.counts.dead == 5 &&
               totals_back.next_chunk == ChunkId(6) &&
               totals_back.next_ordinal == DocumentOrdinal(7)));

  const auto chunk = DecodeChunk(EncodeChunk(std::string(300, 'c'), "text")).value();
  CATCH_CHECK((chunk.context == std::string(300, 'c') && chunk.text == "text"));
  CATCH_CHECK(DecodeChunkId(EncodeChunkId(ChunkId(1u << 20))).value() == ChunkId(1u << 20));
  const std::vector<uint16_t> embedding = {0, 1, 0xffff};
  CATCH_CHECK(DecodeEmbedding(EncodeEmbedding(embedding)).value() == embedding);
  const auto skipped = DecodeSkipped("/p", EncodeSkipped({"/p", "/r", "binary"})).value();
  CATCH_CHECK((skipped.path == "/p" && skipped.root == "/r" && skipped.reason == "binary"));
}

}  // namespace
}  // namespace seekd
