#include "core/graph/link_table.h"

#include <algorithm>

#include "core/graph/neighbor_selection.h"

namespace seekd {

LinkTable::LinkTable(const PairDistances& distances, uint32_t cap)
    : distances_(distances),
      cap_(cap),
      slots_(static_cast<size_t>(distances.size()) * cap),
      degrees_(distances.size(), 0) {}

std::span<const uint32_t> LinkTable::links(uint32_t node) const {
  return {slots_.data() + static_cast<size_t>(node) * cap_, degrees_[node]};
}

void LinkTable::Read(uint32_t node, std::vector<uint32_t>* out) const {
  const std::lock_guard<std::mutex> guard(lock(node));
  const std::span<const uint32_t> list = links(node);
  out->assign(list.begin(), list.end());
}

void LinkTable::Assign(uint32_t node, std::span<const uint32_t> list) {
  std::copy(list.begin(), list.end(), slots_.begin() + static_cast<std::ptrdiff_t>(node) * cap_);
  degrees_[node] = static_cast<uint32_t>(list.size());
}

void LinkTable::Add(uint32_t from, uint32_t to) {
  const std::lock_guard<std::mutex> guard(lock(from));
  const std::span<const uint32_t> list = links(from);
  if (std::find(list.begin(), list.end(), to) != list.end()) return;
  if (list.size() < cap_) {
    slots_[static_cast<size_t>(from) * cap_ + degrees_[from]++] = to;
    return;
  }
  std::vector<uint32_t> grown(list.begin(), list.end());
  grown.push_back(to);
  Assign(from, SelectNeighbors(distances_, from, grown, cap_));
}

void LinkTable::Connect(uint32_t node, std::span<const uint32_t> selected) {
  for (const uint32_t neighbor : selected) Add(node, neighbor);
  for (const uint32_t neighbor : selected) Add(neighbor, node);
}

std::vector<std::vector<uint32_t>> LinkTable::Release() {
  std::vector<std::vector<uint32_t>> lists(degrees_.size());
  for (uint32_t node = 0; node < lists.size(); ++node) {
    const std::span<const uint32_t> list = links(node);
    lists[node].assign(list.begin(), list.end());
  }
  slots_ = {};
  degrees_ = {};
  return lists;
}

}  // namespace seekd
