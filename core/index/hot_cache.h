// hot.bin: fp16 embeddings of the nodes that searches ask for most, so that these
// need no encoder (docs/formats/hot.md). Written only where the user grants bytes.
#ifndef SEEKD_CORE_INDEX_HOT_CACHE_H_
#define SEEKD_CORE_INDEX_HOT_CACHE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/ids.h"
#include "core/storage/checked_file.h"
#include "core/vector/row_source.h"

namespace seekd {

// Size of a hot.bin of `rows` rows, and the most rows (of `nodes`) whose hot.bin
// takes at most `max_bytes`.
uint64_t HotCacheFileBytes(uint32_t dim, uint64_t rows);
uint32_t HotRowsWithin(uint64_t max_bytes, uint32_t dim, uint32_t nodes);

// `hot`: the nodes to hold, strictly ascending; node i is row i of `rows`. Holds no more than
// kRowsPerRead of these in memory. Returns the file's size. INVALID_ARGUMENT, CANCELLED,
// errors of `rows` and of the disk.
absl::StatusOr<uint64_t> WriteHotCache(const std::string& path, const RowSource& rows,
                                       std::span<const uint32_t> hot,
                                       const CancellationPtr& cancellation);

// Thread safety: any thread may call any const member.
class HotCache {
 public:
  // Proves all bounds and that the nodes ascend. NOT_FOUND, DATA_LOSS, FAILED_PRECONDITION.
  static absl::StatusOr<HotCache> Open(const std::string& path);

  uint32_t dim() const { return dim_; }
  uint32_t node_count() const { return node_count_; }
  uint32_t row_count() const { return row_count_; }
  uint64_t file_bytes() const { return file_->file_bytes(); }

  // The node's fp16 components; empty when it is not held, or when its block is bad
  // (status() tells).
  std::span<const uint16_t> Find(NodeId node) const;
  void ReleasePages() const { file_->ReleasePages(); }
  absl::Status status() const { return file_->status(); }

 private:
  HotCache() = default;
  std::span<const uint32_t> Nodes() const;

  std::shared_ptr<const CheckedFile> file_;
  uint32_t dim_ = 0;
  uint32_t node_count_ = 0;
  uint32_t row_count_ = 0;
  uint64_t rows_offset_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_HOT_CACHE_H_
