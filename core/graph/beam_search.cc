#include "core/graph/beam_search.h"

#include <algorithm>

#include "core/vector/distance.h"

namespace seekd {
namespace {

// Asks for a row ahead of its use: rows lie all over memory, and waiting for
// them is most of what a search costs.
void PrefetchRow(const float* row, uint32_t dim) {
  const char* bytes = reinterpret_cast<const char*>(row);
  const size_t size = dim * sizeof(float);
  for (size_t offset = 0; offset < size; offset += 64) __builtin_prefetch(bytes + offset);
}

}  // namespace

void VisitedNodes::Clear() {
  if (++epoch_ != 0) return;
  std::fill(marks_.begin(), marks_.end(), uint16_t{0});
  epoch_ = 1;
}

void Beam::Reset(uint32_t capacity) {
  capacity_ = capacity;
  candidates_.clear();
  expanded_.clear();
  first_open_ = 0;
}

void Beam::Insert(Candidate candidate) {
  if (candidates_.size() == capacity_) {
    if (!(candidate < candidates_.back())) return;
    candidates_.pop_back();
    expanded_.pop_back();
  }
  const auto at = std::lower_bound(candidates_.begin(), candidates_.end(), candidate);
  const size_t position = static_cast<size_t>(at - candidates_.begin());
  candidates_.insert(at, candidate);
  expanded_.insert(expanded_.begin() + static_cast<std::ptrdiff_t>(position), false);
  first_open_ = std::min(first_open_, position);
}

bool Beam::PopNearest(uint32_t* node) {
  while (first_open_ < candidates_.size() && expanded_[first_open_]) ++first_open_;
  if (first_open_ >= candidates_.size()) return false;
  expanded_[first_open_] = true;
  *node = candidates_[first_open_].node;
  return true;
}

void DistancesTo::operator()(std::span<const uint32_t> nodes, float* out) const {
  constexpr size_t kAhead = 3;
  for (size_t i = 0; i < std::min(kAhead, nodes.size()); ++i) {
    PrefetchRow(vectors_.row(nodes[i]), vectors_.dim);
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (i + kAhead < nodes.size()) PrefetchRow(vectors_.row(nodes[i + kAhead]), vectors_.dim);
    out[i] = SquaredDistance(point_, vectors_.row(nodes[i]), vectors_.dim);
  }
}

}  // namespace seekd
