// One published generation: graph, codes, node map and maybe a hot cache, mapped read-only.
// Immutable; shared by the snapshots that pin it; its files live as long as the
// last of them.
//
// Thread safety: any thread may call any const member.
#ifndef SEEKD_CORE_INDEX_GENERATION_H_
#define SEEKD_CORE_INDEX_GENERATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/codes/codes.h"
#include "core/graph/graph_view.h"
#include "core/index/hot_cache.h"
#include "core/index/manifest.h"
#include "core/search/node_map.h"

namespace seekd {

class Generation {
 public:
  // Opens `folder` (…/gen-N) and checks that its files belong together. `codebooks` are the
  // model's, null where it has none. Errors: NOT_FOUND, DATA_LOSS, FAILED_PRECONDITION; each
  // names the file.
  static absl::StatusOr<std::shared_ptr<const Generation>> Open(
      const std::string& folder, const SharedCodebooks* codebooks = nullptr);

  const Manifest& manifest() const { return manifest_; }
  const GraphView& graph() const { return graph_; }
  const CodesView& codes() const { return codes_; }
  const NodeMap& nodes() const { return nodes_; }
  // Null where no bytes were granted for it.
  const HotCache* hot() const { return hot_ ? &*hot_ : nullptr; }
  uint64_t index_bytes() const { return index_bytes_; }
  // Takes the files' pages out of memory; searches bring back what they read.
  void ReleasePages() const;
  // OK until a read met a corrupt block or a lost page.
  absl::Status status() const;

 private:
  Generation(Manifest manifest, GraphView graph, CodesView codes, NodeMap nodes,
             std::optional<HotCache> hot, uint64_t index_bytes);

  Manifest manifest_;
  GraphView graph_;
  CodesView codes_;
  NodeMap nodes_;
  std::optional<HotCache> hot_;
  uint64_t index_bytes_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_GENERATION_H_
