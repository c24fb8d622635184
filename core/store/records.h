// Values of the store's column families to and from bytes; docs/formats/store.md
// gives the layouts. Decoding an impossible value fails with DATA_LOSS.
#ifndef SEEKD_CORE_STORE_RECORDS_H_
#define SEEKD_CORE_STORE_RECORDS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/store/store.h"

namespace seekd {

// What a collection counts, and the ids it gives out next.
struct CollectionTotals {
  CollectionCounts counts;
  ChunkId next_chunk{1};
  DocumentOrdinal next_ordinal{1};
};

std::string EncodeTotals(const CollectionTotals& totals);
absl::StatusOr<CollectionTotals> DecodeTotals(std::string_view value);

// The id stands in the key.
std::string EncodeCollection(const CollectionRecord& record);
absl::StatusOr<CollectionRecord> DecodeCollection(CollectionId id, std::string_view value);

// The document's id stands in the key.
std::string EncodeDocument(const DocumentRecord& record);
absl::StatusOr<DocumentRecord> DecodeDocument(std::string_view id, std::string_view value);

std::string EncodeChunk(std::string_view context, std::string_view text);
absl::StatusOr<ChunkText> DecodeChunk(std::string_view value);

std::string EncodeChunkId(ChunkId id);
absl::StatusOr<ChunkId> DecodeChunkId(std::string_view value);

std::string EncodeEmbedding(std::span<const uint16_t> embedding);
absl::StatusOr<std::vector<uint16_t>> DecodeEmbedding(std::string_view value);

// REQUIRES: strictly ascending by chunk, ids from 1.
std::string EncodeVisits(std::span<const ChunkVisits> visits);
absl::StatusOr<std::vector<ChunkVisits>> DecodeVisits(std::string_view value);

// The path stands in the key.
std::string EncodeSkipped(const SkippedFile& file);
absl::StatusOr<SkippedFile> DecodeSkipped(std::string_view path, std::string_view value);

}  // namespace seekd

#endif  // SEEKD_CORE_STORE_RECORDS_H_
