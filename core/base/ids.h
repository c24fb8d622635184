// Distinct integer types for the ids that cross unit borders, so that a node
// can never be passed where a chunk is meant.
#ifndef SEEKD_CORE_BASE_IDS_H_
#define SEEKD_CORE_BASE_IDS_H_

#include <compare>
#include <cstdint>
#include <utility>

namespace seekd {

template <typename Tag, typename Rep>
struct StrongId {
  using rep = Rep;
  Rep value = 0;

  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep v) : value(v) {}
  constexpr auto operator<=>(const StrongId&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, StrongId id) {
    return H::combine(std::move(h), id.value);
  }
};

// Position of a vector in one generation's graph and codes: dense from 0.
using NodeId = StrongId<struct NodeTag, uint32_t>;
// One content-addressed chunk of one collection: dense from 1, never reused.
using ChunkId = StrongId<struct ChunkTag, uint64_t>;
// Internal ordinal of one document of one collection: from 1, never reused.
// Users know a document by its string id.
using DocumentOrdinal = StrongId<struct DocumentTag, uint64_t>;
// Internal number of a collection: from 1, never reused.
using CollectionId = StrongId<struct CollectionTag, uint32_t>;

}  // namespace seekd

#endif  // SEEKD_CORE_BASE_IDS_H_
