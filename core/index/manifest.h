// MANIFEST: what a generation is made of and how it was made
// (docs/formats/generation.md). JSON for people to read, one CRC32C over it for
// the program to trust.
#ifndef SEEKD_CORE_INDEX_MANIFEST_H_
#define SEEKD_CORE_INDEX_MANIFEST_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/search/stop_rule.h"

namespace seekd {

inline constexpr uint32_t kManifestVersion = 4;
inline constexpr uint32_t kOldestManifestVersion = 3;

struct Manifest {
  uint64_t generation = 0;
  std::string model_id;
  std::string model_fingerprint;
  uint32_t dim = 0;
  uint32_t node_count = 0;
  // Parameters, for people; readers take what they need from the files.
  uint32_t hub_degree = 0;
  uint32_t degree = 0;
  double hub_share = 0;
  uint32_t code_bytes = 0;
  uint32_t code_stages = 0;      // not recorded in version 3
  bool shared_codebook = false;  // the model's, no own one
  uint64_t edge_count = 0;
  uint32_t shards = 1;                // the graph was built in; 1: as a whole
  uint64_t peak_embedding_bytes = 0;  // held at once by the build
  uint64_t rows_recomputed = 0;       // for the build, a row each time that it was
  // Granted when it was built.
  double max_index_share = 0;  // 0: not recorded
  double hot_share = 0;
  std::map<std::string, uint64_t> file_bytes;  // "graph.bin" -> size
  StopCalibration calibration;
};

std::string SerializeManifest(const Manifest& manifest);
// DATA_LOSS (`path` is for the message), FAILED_PRECONDITION for an unknown version.
absl::StatusOr<Manifest> ParseManifest(const std::string& content, const std::string& path);

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_MANIFEST_H_
