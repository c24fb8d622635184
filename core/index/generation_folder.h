// The folder of one collection: CURRENT names the published gen-N; everything
// else in it is left over from a crash and removed when the folder is opened.
#ifndef SEEKD_CORE_INDEX_GENERATION_FOLDER_H_
#define SEEKD_CORE_INDEX_GENERATION_FOLDER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/index/generation.h"

namespace seekd {

inline constexpr char kManifestFile[] = "MANIFEST";
inline constexpr char kGraphFile[] = "graph.bin";
inline constexpr char kCodesFile[] = "codes.bin";
inline constexpr char kNodesFile[] = "nodes.bin";
inline constexpr char kHotFile[] = "hot.bin";  // only where bytes were granted for it
inline constexpr char kCurrentFile[] = "CURRENT";
inline constexpr uint64_t kMaxManifestBytes = 1 << 20;

// "<folder>/gen-<generation>"
std::string GenerationPath(const std::string& folder, uint64_t generation);

// The published generation; null when none has been published yet. DATA_LOSS
// when CURRENT is malformed or names a generation that is not there. `codebooks`: as
// Generation::Open.
absl::StatusOr<std::shared_ptr<const Generation>> OpenCurrent(
    const std::string& folder, const SharedCodebooks* codebooks = nullptr);

// One more than any generation that stands in the folder.
absl::StatusOr<uint64_t> NextGeneration(const std::string& folder);

// Makes `generation` the published one: its folder is synced, CURRENT swapped.
absl::Status PublishGeneration(const std::string& folder, uint64_t generation);

// Removes every gen-* but `keep` (0: all). Open maps stay readable.
absl::Status RemoveOtherGenerations(const std::string& folder, uint64_t keep);

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_GENERATION_FOLDER_H_
