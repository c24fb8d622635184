// Builds one generation from the embeddings of its chunks, within two budgets: bytes of
// index, and bytes of embeddings held at once. Node map → graph → codes as long as the
// budget allows → calibration → MANIFEST (docs/building.md). Nothing is published here.
#ifndef SEEKD_CORE_INDEX_GENERATION_BUILDER_H_
#define SEEKD_CORE_INDEX_GENERATION_BUILDER_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/ids.h"
#include "core/codes/codes.h"
#include "core/codes/shared_codebooks.h"
#include "core/graph/builder.h"
#include "core/index/manifest.h"
#include "core/search/stop_rule.h"
#include "core/vector/row_source.h"

namespace seekd {

// What the smallest index takes: MANIFEST, headers and codebook (none of its own where the
// model has some), and per node a thin graph and a short code. A budget below is not asked for.
inline constexpr uint64_t kMinIndexBytes = 16 << 10;
inline constexpr uint64_t kMinIndexBytesOfSharedCodebook = 4 << 10;
inline constexpr uint64_t kMinIndexBytesPerNode = 24;

struct GenerationOptions {
  GraphBuildOptions graph;
  PruneOptions prune;  // degree 0: no links at all, scans find the candidates
  uint64_t max_index_bytes = kMinIndexBytes;  // hard: every file of the generation but hot.bin
  // At most that: codes are as long as it allows, and where it allows none as short as can be.
  // 0: the same.
  uint64_t wanted_index_bytes = 0;
  uint64_t max_hot_bytes = 0;  // hard: hot.bin; none is written when no row fits
  uint32_t max_code_bytes = 256;
  // Embeddings held at once. When they are more, the graph is built in shards, and each
  // embedding is read about five times: those that find no room in a cache are recomputed.
  uint64_t max_embedding_bytes = uint64_t{1} << 30;
  // Part of those: what the caller holds of the same embeddings meanwhile. Of more than half
  // of them only half is believed, so that a build is possible.
  uint64_t held_embedding_bytes = 0;
  bool random_shards = false;  // ablation
  uint32_t threads = 0;

  absl::Status Validate() const;
};

struct GenerationInput {
  uint64_t generation = 0;
  std::string model_id;
  std::string model_fingerprint;
  std::span<const ChunkId> chunks;         // ascending; node i is chunks[i]
  const RowSource* rows = nullptr;         // row i is the embedding of chunks[i]
  const PseudoQueries* queries = nullptr;  // for the calibration; null: none
  // For shards; what a build that failed leaves there lets the next of the same chunks go
  // on. Removed by a build that succeeds.
  std::string work_folder;
  // visits[i]: how often searches asked for chunks[i]; empty: nothing was measured.
  std::span<const uint32_t> visits = {};
  // What the budgets were made from; for the MANIFEST, which tells a changed setting.
  double max_index_share = 0;
  double hot_share = 0;
  double row_us = kDefaultRowUs;               // what a search pays for a row, for the calibration
  const SharedCodebooks* codebooks = nullptr;  // the model's; null: it has none
};

// Writes all files of the generation into the new folder `path`. `progress` gets the
// steps done, of BuildSteps(nodes); monotone. Errors: INVALID_ARGUMENT, CANCELLED,
// RESOURCE_EXHAUSTED (a budget is too small; says what would do), of the rows and of the
// disk. The folder is removed on error.
inline uint64_t BuildSteps(uint64_t nodes) { return 3 * nodes; }
absl::StatusOr<Manifest> BuildGeneration(const std::string& path, const GenerationInput& input,
                                         const GenerationOptions& options,
                                         const CancellationPtr& cancellation,
                                         const GraphProgress& progress);

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_GENERATION_BUILDER_H_
