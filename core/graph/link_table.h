// The adjacency of a graph under construction: at most `cap` out-links per node
// in one flat array, guarded by striped locks.
//
// Thread safety: any thread may call any member; each call is atomic per node.
#ifndef SEEKD_CORE_GRAPH_LINK_TABLE_H_
#define SEEKD_CORE_GRAPH_LINK_TABLE_H_

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "core/vector/pair_distances.h"

namespace seekd {

class LinkTable {
 public:
  // `distances` must outlive this. REQUIRES: cap >= 1.
  LinkTable(const PairDistances& distances, uint32_t cap);

  uint32_t cap() const { return cap_; }
  // Replaces *out by the links of `node`.
  void Read(uint32_t node, std::vector<uint32_t>* out) const;
  // Adds `selected` as links of `node`, and `node` as a back-link of each. A list
  // that would outgrow `cap` is shrunk by the RNG rule.
  void Connect(uint32_t node, std::span<const uint32_t> selected);
  // One vector per node, exactly sized; leaves the table empty.
  std::vector<std::vector<uint32_t>> Release();

 private:
  static constexpr size_t kStripes = 4096;

  std::mutex& lock(uint32_t node) const { return locks_[node % kStripes]; }
  std::span<const uint32_t> links(uint32_t node) const;
  void Assign(uint32_t node, std::span<const uint32_t> list);
  void Add(uint32_t from, uint32_t to);

  const PairDistances& distances_;
  const uint32_t cap_;
  std::vector<uint32_t> slots_;  // cap_ per node
  std::vector<uint32_t> degrees_;
  mutable std::array<std::mutex, kStripes> locks_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_LINK_TABLE_H_
