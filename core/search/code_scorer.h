// Approximate distances of nodes to one query, from their codes. Belongs to one query; not
// thread-safe.
#ifndef SEEKD_CORE_SEARCH_CODE_SCORER_H_
#define SEEKD_CORE_SEARCH_CODE_SCORER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/ids.h"
#include "core/codes/codes.h"
#include "core/search/scored_node.h"

namespace seekd {

// Of `nodes` nodes those that a scan which keeps `keep` scores by their whole codes: all, or,
// where that is half of them or fewer, the ones that are nearest by their rough distance.
uint64_t LookedAtClosely(uint64_t keep, uint64_t nodes);
// What a scan keeps that looks closely at all of them, whatever their number.
uint32_t WholeScanWidth(uint32_t nodes);

class CodeScorer {
 public:
  // `codes` outlives the scorer. REQUIRES: query.size() == codes->codebook().dim.
  CodeScorer(const CodesView* codes, std::span<const float> query)
      : codes_(codes), table_(codes->codebook(), query) {}

  // Replaces *out by the nodes with their distances, in the same order; nodes
  // whose code is unreadable or has no number for a distance are left out
  // (codes->status() tells).
  void Score(std::span<const NodeId> nodes, std::vector<ScoredNode>* out);

  // The `keep` nodes of smallest distance, ascending, among those looked at closely.
  std::vector<ScoredNode> ScanAll(size_t keep);
  // The same over `nodes` alone.
  std::vector<ScoredNode> ScanNodes(std::span<const NodeId> nodes, size_t keep);

  uint32_t node_count() const { return codes_->node_count(); }
  // Distances computed so far.
  uint64_t scored() const { return scored_; }

 private:
  // Shows all codes: visit(first, rows, count).
  template <typename Visit>
  void ForEachBlock(const Visit& visit) const;
  // The rough distance that about so many nodes do not exceed, judged by a sample.
  float RoughLimit(uint64_t nodes) const;
  std::vector<NodeId> RoughlyNear(float limit) const;

  const CodesView* codes_;
  DistanceTable table_;
  uint64_t scored_ = 0;
  std::vector<const uint8_t*> rows_;  // scratch of Score
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_CODE_SCORER_H_
