// Indexes to measure: the default one, as the daemon builds it, and ones put together
// from a given graph and code length.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_BENCH_INDEX_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_BENCH_INDEX_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/codes/shared_codebooks.h"
#include "core/graph/adjacency.h"
#include "core/index/generation.h"
#include "core/search/search_index.h"
#include "core/search/stop_rule.h"
#include "tests/bench/seekd_bench/vector_files.h"

namespace seekd::bench {

struct BuildLimits {
  uint64_t index_bytes = 0;
  uint64_t embedding_bytes = 0;    // held at once; 0: the default
  bool random_shards = false;      // ablation
  std::optional<uint32_t> degree;  // links of an ordinary node; none: as the daemon chooses
  std::string codebooks;           // the model's codebooks.bin; empty: it has none
};
// Null for no path.
absl::StatusOr<std::shared_ptr<const SharedCodebooks>> OpenCodebooks(const std::string& path);
// What the daemon builds within the limits, in the new folder `path` (an old one is removed).
// The one place that knows how a generation is made.
absl::StatusOr<std::shared_ptr<const Generation>> BuildDefault(const std::string& path,
                                                               const Embeddings& embeddings,
                                                               const BuildLimits& limits);
// A calibration of these files for every k of `top_ks`, ascending.
absl::StatusOr<StopCalibration> Fit(const GraphView& graph, const CodesView& codes,
                                    const Embeddings& embeddings,
                                    const std::vector<uint32_t>& top_ks);
// The pieces of a generation as a search reads them. `generation` outlives it.
SearchIndex ViewOf(const Generation& generation);

// Codes of one length for all nodes.
struct BenchCodes {
  Codebook codebook;
  std::vector<uint8_t> codes;
};
absl::StatusOr<BenchCodes> MakeCodes(const VectorSet& vectors, uint32_t code_bytes);

// The graph before and after pruning. Ordinary nodes keep `degree` links and hubs six times as
// many; none: as the daemon prunes for an index of `max_index_bytes`.
struct Graphs {
  Adjacency full;
  Adjacency pruned;
};
absl::StatusOr<Graphs> BuildGraphs(const VectorSet& vectors, uint64_t max_index_bytes,
                                   std::optional<uint32_t> degree);

// Any graph with any codes.
class BenchIndex {
 public:
  // Writes the files into the folder `path` and opens them.
  static absl::StatusOr<BenchIndex> Make(const std::string& path, const Adjacency& graph,
                                         const BenchCodes& codes);
  // Fits a calibration, which View uses from then on.
  absl::Status Calibrate(const Embeddings& embeddings, const std::vector<uint32_t>& top_ks);

  // Borrows this index, which must not move.
  SearchIndex View() const;
  const GraphView& graph() const { return graph_; }
  const CodesView& codes() const { return codes_; }
  StopCalibration::Entry CalibratedEntry(uint32_t k, float recall_target) const {
    return calibration_.For(k, recall_target);
  }

 private:
  BenchIndex(GraphView graph, CodesView codes, NodeMap nodes);

  GraphView graph_;
  CodesView codes_;
  NodeMap nodes_;
  StopCalibration calibration_;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_BENCH_INDEX_H_
