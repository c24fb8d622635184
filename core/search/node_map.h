// nodes.bin: which chunk each node of a generation is (docs/formats/nodes.md).
// Node ids are given in ascending ChunkId order, so the file is a monotone
// (Elias-Fano) sequence of at most 3 bits per node when ids are dense.
#ifndef SEEKD_CORE_SEARCH_NODE_MAP_H_
#define SEEKD_CORE_SEARCH_NODE_MAP_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/storage/checked_file.h"

namespace seekd {

// REQUIRES: `chunks` strictly ascending. Returns the file's size.
absl::StatusOr<uint64_t> WriteNodeMap(const std::string& path, std::span<const ChunkId> chunks);

// Thread safety: any thread may call any const member.
class NodeMap {
 public:
  static absl::StatusOr<NodeMap> Open(const std::string& path);
  ~NodeMap();
  NodeMap(NodeMap&&) noexcept;
  NodeMap& operator=(NodeMap&&) noexcept;

  uint32_t node_count() const;
  uint64_t file_bytes() const;
  // ChunkId{0} when the block is bad (status() tells). REQUIRES: node < node_count().
  ChunkId Chunk(NodeId node) const;
  // The node that holds `chunk`, if any.
  std::optional<NodeId> Find(ChunkId chunk) const;
  void ReleasePages() const;
  absl::Status status() const;

 private:
  struct Impl;
  explicit NodeMap(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_NODE_MAP_H_
