#include "core/graph/shard_links.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/graph/hubs.h"
#include "core/graph/neighbor_selection.h"
#include "core/graph/neighborhoods.h"

namespace seekd {
namespace {

constexpr std::string_view kShardMagic = "SEEKSHRD";
constexpr uint32_t kShardVersion = 1;

// Payload: header, then members, degrees, ends (uint32 each) and candidates. A file of
// one build on one machine: written and read in the machine's own byte order.
struct ShardHeader {
  uint64_t members = 0;
  uint64_t candidates = 0;
};

static_assert(sizeof(ShardHeader) == 16);
static_assert(sizeof(Candidate) == 8);

template <typename T>
void Append(const std::vector<T>& values, std::vector<uint8_t>* out) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
  out->insert(out->end(), bytes, bytes + values.size() * sizeof(T));
}

}  // namespace

absl::StatusOr<ShardLinks> BuildShard(std::vector<uint32_t> members, const VectorSet& vectors,
                                      const GraphBuildOptions& build, const PruneOptions& prune,
                                      const CancellationPtr& cancellation,
                                      const GraphProgress& progress) {
  ABSL_ASSIGN_OR_RETURN(const Adjacency graph, BuildGraph(vectors, build, cancellation, progress));
  Neighborhoods neighborhoods(vectors, graph, prune.ef_construction, prune.threads);
  const VectorDistances distances(vectors);
  std::vector<std::vector<Candidate>> lists(members.size());
  ABSL_RETURN_IF_ERROR(ParallelFor(
      members.size(), {prune.threads, 64, cancellation, {}},
      [&](uint32_t worker, uint64_t begin, uint64_t end) {
        for (auto i = static_cast<uint32_t>(begin); i < end; ++i) {
          const std::vector<Candidate> near = neighborhoods.Of(worker, i);
          auto candidate = near.begin();
          for (const uint32_t kept : SelectNeighbors(distances, near, prune.hub_degree)) {
            candidate = std::find_if(candidate, near.end(),
                                     [kept](const Candidate& c) { return c.node == kept; });
            lists[i].push_back({candidate->distance, members[kept]});
          }
        }
      }));
  ShardLinks links;
  links.degrees = CountDegrees(graph);
  for (const std::vector<Candidate>& list : lists) {
    links.candidates.insert(links.candidates.end(), list.begin(), list.end());
    links.ends.push_back(static_cast<uint32_t>(links.candidates.size()));
  }
  links.members = std::move(members);
  return links;
}

absl::Status WriteShard(const std::string& path, const ShardLinks& links) {
  const ShardHeader header{links.members.size(), links.candidates.size()};
  std::vector<uint8_t> payload(sizeof header);
  std::memcpy(payload.data(), &header, sizeof header);
  Append(links.members, &payload);
  Append(links.degrees, &payload);
  Append(links.ends, &payload);
  Append(links.candidates, &payload);
  return WriteCheckedFile(path, kShardMagic, kShardVersion, payload).status();
}

absl::StatusOr<ShardView> ShardView::Open(const std::string& path, uint32_t nodes) {
  ShardView view;
  ABSL_ASSIGN_OR_RETURN(view.file_, CheckedFile::Open(path, kShardMagic, kShardVersion));
  const std::span<const uint8_t> bytes = view.file_->bytes();
  ShardHeader header;
  if (!view.file_->Touch(0, bytes.size())) return view.file_->status();
  if (bytes.size() < sizeof header) {
    return absl::DataLossError(absl::StrCat(path, ": no header in ", bytes.size(), " bytes"));
  }
  std::memcpy(&header, bytes.data(), sizeof header);
  constexpr uint64_t kMost = UINT32_MAX;
  if (header.members > kMost || header.candidates > kMost ||
      bytes.size() != sizeof header + header.members * 12 + header.candidates * sizeof(Candidate)) {
    return absl::DataLossError(absl::StrCat(path, ": ", header.members, " members and ",
                                            header.candidates, " candidates do not fit ",
                                            bytes.size(), " bytes"));
  }
  const auto* words = reinterpret_cast<const uint32_t*>(bytes.data() + sizeof header);
  view.members_ = {words, header.members};
  view.degrees_ = {words + header.members, header.members};
  view.ends_ = {words + 2 * header.members, header.members};
  view.candidates_ = {reinterpret_cast<const Candidate*>(words + 3 * header.members),
                      header.candidates};
  if (const absl::Status status = view.Check(nodes); !status.ok()) {
    return absl::DataLossError(absl::StrCat(path, ": ", status.message()));
  }
  return view;
}

absl::Status ShardView::Check(uint32_t nodes) const {
  const auto ascending = [](std::span<const uint32_t> values) {
    return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
  };
  const bool sound =
      ascending(members_) && std::is_sorted(ends_.begin(), ends_.end()) &&
      (members_.empty() ? candidates_.empty()
                        : members_.back() < nodes && ends_.back() == candidates_.size()) &&
      std::all_of(candidates_.begin(), candidates_.end(),
                  [nodes](const Candidate& c) { return c.node < nodes; });
  return sound ? absl::OkStatus() : absl::DataLossError("ids or list ends out of order");
}

}  // namespace seekd
