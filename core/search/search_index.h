// The pieces of one snapshot that a search reads.
#ifndef SEEKD_CORE_SEARCH_SEARCH_INDEX_H_
#define SEEKD_CORE_SEARCH_SEARCH_INDEX_H_

#include "core/base/ids.h"
#include "core/codes/codes.h"
#include "core/graph/graph_view.h"
#include "core/search/chunk_filter.h"
#include "core/search/node_map.h"
#include "core/search/pending_set.h"
#include "core/search/stop_rule.h"

namespace seekd {

// All outlive the search; the first three are null together when there is no
// generation yet. A chunk is either a node or pending, never both.
struct SearchIndex {
  const GraphView* graph = nullptr;
  const CodesView* codes = nullptr;
  const NodeMap* nodes = nullptr;
  const StopCalibration* calibration = nullptr;  // null: defaults
  const PendingSet* pending = nullptr;           // null: none
  const ChunkFilter* filter = nullptr;           // null: every chunk may be returned
};

// A ChunkFilter seen from the nodes. The default allows every node.
struct NodeFilter {
  const NodeMap* nodes = nullptr;
  const ChunkFilter* filter = nullptr;

  bool Allows(NodeId node) const { return filter == nullptr || filter->Allows(nodes->Chunk(node)); }
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_SEARCH_INDEX_H_
