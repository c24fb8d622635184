#include "tests/bench/seekd_bench/graph_variants.h"

#include <algorithm>
#include <bit>
#include <random>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/graph/builder.h"
#include "tests/bench/seekd_bench/vector_files.h"

namespace seekd::bench {
namespace {

constexpr uint32_t kSampleNodes = 20'000;
constexpr uint32_t kBuckets = 9;  // the last: 65 and more

absl::StatusOr<Adjacency> BuildCapped(const VectorSet& vectors, uint32_t cap) {
  GraphBuildOptions options;
  options.max_degree = cap;
  return BuildGraph(vectors, options, nullptr, [](uint64_t) {});
}

// 0, 1, 2, 3-4, 5-8, ...
uint32_t BucketOf(uint32_t degree) {
  if (degree == 0) return 0;
  return std::min<uint32_t>(kBuckets - 1, 1 + static_cast<uint32_t>(std::bit_width(degree - 1)));
}

std::string BucketName(uint32_t bucket) {
  if (bucket < 3) return absl::StrCat(bucket);
  const uint32_t first = (1U << (bucket - 2)) + 1;
  if (bucket == kBuckets - 1) return absl::StrCat(first, "+");
  return absl::StrCat(first, "-", 1U << (bucket - 1));
}

}  // namespace

Adjacency PruneAtRandom(const Adjacency& graph, uint64_t edges, uint64_t seed) {
  std::mt19937_64 random(seed);
  const double share =
      static_cast<double>(edges) / static_cast<double>(std::max<uint64_t>(1, graph.edge_count()));
  std::bernoulli_distribution keep(std::min(1.0, share));
  Adjacency pruned = graph;
  for (std::vector<uint32_t>& list : pruned.lists) {
    std::erase_if(list, [&](uint32_t) { return !keep(random); });
  }
  return pruned;
}

absl::StatusOr<Adjacency> BuildSmall(const VectorSet& vectors, uint64_t edges) {
  const VectorSet sample = EvenlySpaced(vectors, std::min(vectors.size(), kSampleNodes));
  const double wanted = static_cast<double>(edges) / vectors.size();
  uint32_t best_cap = 0;
  double best_miss = 0;
  for (uint32_t cap = 4; cap <= 32; ++cap) {
    ABSL_ASSIGN_OR_RETURN(const Adjacency graph, BuildCapped(sample, cap));
    const double degree = static_cast<double>(graph.edge_count()) / sample.size();
    const double miss = std::abs(degree - wanted);
    if (best_cap == 0 || miss < best_miss) {
      best_cap = cap;
      best_miss = miss;
    }
    if (degree > wanted) break;
  }
  return BuildCapped(vectors, best_cap);
}

std::vector<uint32_t> OutDegrees(const Adjacency& graph) {
  std::vector<uint32_t> degrees;
  for (const auto& list : graph.lists) degrees.push_back(static_cast<uint32_t>(list.size()));
  return degrees;
}

std::vector<uint32_t> InDegrees(const Adjacency& graph) {
  std::vector<uint32_t> degrees(graph.lists.size(), 0);
  for (const auto& list : graph.lists) {
    for (const uint32_t neighbor : list) ++degrees[neighbor];
  }
  return degrees;
}

std::vector<DegreeBucket> Histogram(const std::vector<uint32_t>& degrees) {
  std::vector<DegreeBucket> buckets(kBuckets);
  for (uint32_t b = 0; b < kBuckets; ++b) buckets[b].name = BucketName(b);
  for (const uint32_t degree : degrees) ++buckets[BucketOf(degree)].nodes;
  return buckets;
}

}  // namespace seekd::bench
