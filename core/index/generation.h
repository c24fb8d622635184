// One published generation: graph, codes and node map, mapped read-only.
// Immutable; shared by the snapshots that pin it; its files live as long as the
// last of them.
//
// Thread safety: any thread may call any const member.
#ifndef SEEKD_CORE_INDEX_GENERATION_H_
#define SEEKD_CORE_INDEX_GENERATION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/codes/codes.h"
#include "core/graph/graph_view.h"
#include "core/index/manifest.h"
#include "core/search/node_map.h"

namespace seekd {

class Generation {
 public:
  // Opens `folder` (…/gen-N) and checks that its files belong together. Errors:
  // NOT_FOUND, DATA_LOSS, FAILED_PRECONDITION; each names the file.
  static absl::StatusOr<std::shared_ptr<const Generation>> Open(const std::string& folder);

  const Manifest& manifest() const { return manifest_; }
  const GraphView& graph() const { return graph_; }
  const CodesView& codes() const { return codes_; }
  const NodeMap& nodes() const { return nodes_; }
  uint64_t index_bytes() const { return index_bytes_; }
  // OK until a read met a corrupt block or a lost page.
  absl::Status status() const;

 private:
  Generation(Manifest manifest, GraphView graph, CodesView codes, NodeMap nodes,
             uint64_t index_bytes);

  Manifest manifest_;
  GraphView graph_;
  CodesView codes_;
  NodeMap nodes_;
  uint64_t index_bytes_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_GENERATION_H_
