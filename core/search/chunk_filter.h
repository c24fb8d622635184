// Which chunks a search may return: tombstones and the request's filter in one.
// Immutable once shared.
#ifndef SEEKD_CORE_SEARCH_CHUNK_FILTER_H_
#define SEEKD_CORE_SEARCH_CHUNK_FILTER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/ids.h"

namespace seekd {

// A set of chunk ids as a bitmap. Value type.
class ChunkSet {
 public:
  void Insert(ChunkId chunk);
  void Erase(ChunkId chunk);
  bool Contains(ChunkId chunk) const;
  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Ascending.
  std::vector<ChunkId> ToVector() const;

 private:
  std::vector<uint64_t> words_;
  uint64_t size_ = 0;
};

struct ChunkFilter {
  std::shared_ptr<const ChunkSet> denied;   // null: none
  std::shared_ptr<const ChunkSet> allowed;  // null: all

  bool Allows(ChunkId chunk) const {
    return (denied == nullptr || !denied->Contains(chunk)) &&
           (allowed == nullptr || allowed->Contains(chunk));
  }
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_CHUNK_FILTER_H_
