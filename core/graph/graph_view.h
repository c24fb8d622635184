// Read side of graph.bin: the compressed adjacency of one generation
// (docs/formats/graph.md). Borrows the file; owns nothing else.
//
// Thread safety: any thread may call any const member.
#ifndef SEEKD_CORE_GRAPH_GRAPH_VIEW_H_
#define SEEKD_CORE_GRAPH_GRAPH_VIEW_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/storage/checked_file.h"

namespace seekd {

class GraphView {
 public:
  // Proves all bounds of the header. DATA_LOSS, FAILED_PRECONDITION.
  static absl::StatusOr<GraphView> Open(const std::string& path);

  uint32_t node_count() const { return node_count_; }
  uint64_t edge_count() const { return edge_count_; }
  // False where nodes were left by themselves: nothing can be walked.
  bool has_links() const { return edge_count_ > 0 || node_count_ <= 1; }
  uint64_t file_bytes() const { return file_->file_bytes(); }
  // Where searches begin: hubs, at least one when node_count() > 0.
  const std::vector<NodeId>& entry_points() const { return entry_points_; }

  // Replaces *out by the neighbours of `node`, ascending. False when the list is
  // corrupt (out of bounds, an id >= node_count, a bad block): then *out is
  // empty and status() tells.
  bool Neighbors(NodeId node, std::vector<NodeId>* out) const;

  void ReleasePages() const { file_->ReleasePages(); }
  absl::Status status() const;

 private:
  static constexpr uint64_t kNoNode = UINT64_MAX;

  GraphView() = default;
  bool Decode(uint32_t node, std::vector<NodeId>* out) const;

  std::shared_ptr<const CheckedFile> file_;
  uint32_t node_count_ = 0;
  uint64_t edge_count_ = 0;
  std::vector<NodeId> entry_points_;
  // Section offsets within the payload; see graph_format.h.
  uint64_t index_offset_ = 0;
  uint64_t lists_offset_ = 0;
  uint64_t lists_bytes_ = 0;
  std::shared_ptr<std::atomic<uint64_t>> first_bad_node_;  // kNoNode: none so far
};

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_GRAPH_VIEW_H_
