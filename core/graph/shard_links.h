// One shard of a graph that is built in parts (LEANN section 4.3): its members' link
// candidates, in a file, so that the vectors can go before the next shard is built.
#ifndef SEEKD_CORE_GRAPH_SHARD_LINKS_H_
#define SEEKD_CORE_GRAPH_SHARD_LINKS_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/graph/builder.h"
#include "core/graph/candidate.h"
#include "core/storage/checked_file.h"
#include "core/vector/vector_set.h"

namespace seekd {

struct ShardLinks {
  std::vector<uint32_t> members;      // node ids of the whole graph, ascending
  std::vector<uint32_t> degrees;      // of each member, in either direction, within the shard
  std::vector<uint32_t> ends;         // where each member's candidates end
  std::vector<Candidate> candidates;  // member after member, each ascending by distance
};

// Builds the graph of the members alone and keeps of each one's neighbourhood what the
// RNG rule leaves, at most prune.hub_degree nodes. vectors.row(i) belongs to members[i].
// `progress` counts members. Errors: INVALID_ARGUMENT, CANCELLED.
absl::StatusOr<ShardLinks> BuildShard(std::vector<uint32_t> members, const VectorSet& vectors,
                                      const GraphBuildOptions& build, const PruneOptions& prune,
                                      const CancellationPtr& cancellation,
                                      const GraphProgress& progress);

absl::Status WriteShard(const std::string& path, const ShardLinks& links);

// A shard's file, mapped. Thread safety: any thread may call any const member.
class ShardView {
 public:
  // Checks every byte. NOT_FOUND, DATA_LOSS, FAILED_PRECONDITION. `nodes`: of the whole
  // graph; a larger id is DATA_LOSS.
  static absl::StatusOr<ShardView> Open(const std::string& path, uint32_t nodes);

  std::span<const uint32_t> members() const { return members_; }
  std::span<const uint32_t> degrees() const { return degrees_; }
  std::span<const Candidate> candidates(size_t member) const {
    const uint32_t begin = member == 0 ? 0 : ends_[member - 1];
    return candidates_.subspan(begin, ends_[member] - begin);
  }

 private:
  ShardView() = default;
  absl::Status Check(uint32_t nodes) const;

  std::shared_ptr<const CheckedFile> file_;
  std::span<const uint32_t> members_, degrees_, ends_;
  std::span<const Candidate> candidates_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_SHARD_LINKS_H_
