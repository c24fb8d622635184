// A small seeded collection with everything a search reads: random unit vectors,
// a symmetric nearest-neighbour graph, codes, a node map with gaps, on disk.
#ifndef SEEKD_TESTS_CORE_SEARCH_SEARCH_FIXTURE_H_
#define SEEKD_TESTS_CORE_SEARCH_SEARCH_FIXTURE_H_

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/search/search.h"
#include "core/vector/vector_set.h"
#include "tests/core/storage/temp_folder.h"
#include "tests/support/fake_embedding_source.h"

namespace seekd {

// `count` unit vectors around a few hundred overlapping centres.
VectorSet RandomVectors(uint32_t seed, uint32_t count, uint32_t dim);
// Unit vectors near random rows of `vectors`: what people ask for.
VectorSet QueriesNear(const VectorSet& vectors, uint32_t seed, uint32_t count, float noise);

class SearchFixture {
 public:
  SearchFixture(uint32_t seed, uint32_t count, uint32_t dim, uint32_t subspaces);

  const VectorSet& vectors() const { return vectors_; }
  const std::vector<ChunkId>& chunks() const { return chunks_; }  // of node i
  const TempFolder& folder() const { return folder_; }
  const GraphView& graph() const { return *graph_; }
  const CodesView& codes() const { return *codes_; }
  const NodeMap& nodes() const { return *nodes_; }
  SearchIndex index() const;
  std::unique_ptr<testing::FakeEmbeddingSource> NewSource() const;

  // The obvious search: score every allowed chunk, sort.
  std::vector<ScoredChunk> Truth(const float* query, size_t k,
                                 const ChunkFilter& filter = {}) const;

 private:
  TempFolder folder_;
  VectorSet vectors_;
  std::vector<ChunkId> chunks_;
  std::optional<GraphView> graph_;
  std::optional<CodesView> codes_;
  std::optional<NodeMap> nodes_;
};

// 2,000 nodes of 24 dimensions, 4-byte codes; built once per process.
const SearchFixture& SmallCollection();

// A query near one of SmallCollection's vectors.
std::vector<float> AnyQuery();

inline constexpr Strategy kAllStrategies[] = {Strategy::kFrugal, Strategy::kExact, Strategy::kFlat,
                                              Strategy::kBrute, Strategy::kTwoLevel};
SearchOptions Asking(Strategy strategy, uint32_t top_k = 10);

// Best first, ties by chunk id.
bool Sorted(const std::vector<ScoredChunk>& hits);

// Runs one search to its end on this thread.
absl::StatusOr<SearchResult> RunSearch(const SearchIndex& index, std::vector<float> query,
                                       const SearchOptions& options, EmbeddingSource* source);

inline std::vector<float> RowOf(const VectorSet& set, uint32_t i) {
  return {set.row(i), set.row(i) + set.dim};
}

// Share of the true top k that `found` holds, ties counted as found.
double RecallOf(const std::vector<ScoredChunk>& found, const std::vector<ScoredChunk>& truth);

}  // namespace seekd

#endif  // SEEKD_TESTS_CORE_SEARCH_SEARCH_FIXTURE_H_
