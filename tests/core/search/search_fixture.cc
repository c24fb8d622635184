#include "tests/core/search/search_fixture.h"

#include <algorithm>
#include <random>
#include <stdexcept>

#include "core/graph/adjacency.h"
#include "core/search/exact_truth.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

constexpr uint32_t kNeighbors = 8;

void AppendNoisy(const float* center, uint32_t dim, float noise, std::mt19937* random,
                 std::vector<float>* out) {
  std::normal_distribution<float> normal;
  for (uint32_t d = 0; d < dim; ++d) out->push_back(center[d] + noise * normal(*random));
  NormalizeInPlace(out->data() + out->size() - dim, dim);
}

// Every node linked with its nearest others, both ways.
Adjacency NearestNeighborGraph(const VectorSet& vectors) {
  const uint32_t count = vectors.size();
  Adjacency graph;
  graph.lists.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    std::vector<std::pair<float, uint32_t>> others;
    for (uint32_t j = 0; j < count; ++j) {
      if (j != i)
        others.emplace_back(-InnerProduct(vectors.row(i), vectors.row(j), vectors.dim), j);
    }
    const size_t kept = std::min<size_t>(kNeighbors, others.size());
    std::partial_sort(others.begin(), others.begin() + static_cast<ptrdiff_t>(kept), others.end());
    for (size_t n = 0; n < kept; ++n) {
      graph.lists[i].push_back(others[n].second);
      graph.lists[others[n].second].push_back(i);
    }
  }
  for (auto& list : graph.lists) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  for (uint32_t i = 0; i < count; i += 1 + count / 8) graph.entry_points.emplace_back(i);
  return graph;
}

template <typename T>
T OrThrow(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

}  // namespace

VectorSet RandomVectors(uint32_t seed, uint32_t count, uint32_t dim) {
  std::mt19937 random(seed);
  const std::vector<float> origin(dim, 0.0F);
  std::vector<float> centers;
  constexpr uint32_t kCenters = 200;
  for (uint32_t i = 0; i < kCenters; ++i) AppendNoisy(origin.data(), dim, 1, &random, &centers);
  VectorSet set;
  set.dim = dim;
  for (uint32_t i = 0; i < count; ++i) {
    AppendNoisy(centers.data() + random() % kCenters * dim, dim, 0.35F, &random, &set.values);
  }
  return set;
}

VectorSet QueriesNear(const VectorSet& vectors, uint32_t seed, uint32_t count, float noise) {
  std::mt19937 random(seed);
  VectorSet set;
  set.dim = vectors.dim;
  for (uint32_t i = 0; i < count; ++i) {
    const auto row = static_cast<uint32_t>(random() % vectors.size());
    AppendNoisy(vectors.row(row), set.dim, noise, &random, &set.values);
  }
  return set;
}

SearchFixture::SearchFixture(uint32_t seed, uint32_t count, uint32_t dim, uint32_t subspaces)
    : vectors_(RandomVectors(seed, count, dim)) {
  for (uint32_t i = 0; i < count; ++i) chunks_.emplace_back(3 + i + i / 10);
  OrThrow(WriteGraph(folder_.File("graph.bin"), NearestNeighborGraph(vectors_)));
  graph_ = OrThrow(GraphView::Open(folder_.File("graph.bin")));
  CodeTrainingOptions training;
  training.code_bytes = subspaces + 1;
  training.threads = 1;
  const Codebook codebook = OrThrow(TrainCodebook(vectors_, training, nullptr));
  const std::vector<uint8_t> codes =
      OrThrow(EncodeRows(codebook, VectorRows(&vectors_), 1, nullptr));
  OrThrow(WriteCodes(folder_.File("codes.bin"), codebook, codes));
  codes_ = OrThrow(CodesView::Open(folder_.File("codes.bin")));
  OrThrow(WriteNodeMap(folder_.File("nodes.bin"), chunks_));
  nodes_ = OrThrow(NodeMap::Open(folder_.File("nodes.bin")));
}

SearchIndex SearchFixture::index() const {
  SearchIndex index;
  index.graph = &*graph_;
  index.codes = &*codes_;
  index.nodes = &*nodes_;
  return index;
}

std::unique_ptr<testing::FakeEmbeddingSource> SearchFixture::NewSource() const {
  return std::make_unique<testing::FakeEmbeddingSource>(vectors_.dim, chunks_, vectors_.values);
}

std::vector<ScoredChunk> SearchFixture::Truth(const float* query, size_t k,
                                              const ChunkFilter& filter) const {
  std::vector<ScoredChunk> all;
  for (uint32_t i = 0; i < vectors_.size(); ++i) {
    if (!filter.Allows(chunks_[i])) continue;
    all.push_back({chunks_[i], InnerProduct(query, vectors_.row(i), vectors_.dim)});
  }
  std::sort(all.begin(), all.end(), [](const ScoredChunk& a, const ScoredChunk& b) {
    return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
  });
  all.resize(std::min(all.size(), k));
  return all;
}

const SearchFixture& SmallCollection() {
  static const SearchFixture collection(1, 2000, 24, 4);
  return collection;
}

std::vector<float> AnyQuery() {
  return RowOf(QueriesNear(SmallCollection().vectors(), 5, 1, 0.05F), 0);
}

SearchOptions Asking(Strategy strategy, uint32_t top_k) {
  SearchOptions options;
  options.strategy = strategy;
  options.top_k = top_k;
  return options;
}

bool Sorted(const std::vector<ScoredChunk>& hits) {
  return std::is_sorted(hits.begin(), hits.end(), [](const ScoredChunk& a, const ScoredChunk& b) {
    return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
  });
}

absl::StatusOr<SearchResult> RunSearch(const SearchIndex& index, std::vector<float> query,
                                       const SearchOptions& options, EmbeddingSource* source) {
  asio::io_context context(1);
  auto result =
      asio::co_spawn(context, Search(index, std::move(query), options, source), asio::use_future);
  context.run();
  return result.get();
}

double RecallOf(const std::vector<ScoredChunk>& found, const std::vector<ScoredChunk>& truth) {
  if (truth.empty()) return 1;
  double right = 0;
  for (const ScoredChunk& hit : found) {
    right += hit.score >= truth.back().score - kScoreTieTolerance ? 1 : 0;
  }
  return right / static_cast<double>(truth.size());
}

}  // namespace seekd
