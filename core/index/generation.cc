#include "core/index/generation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/index/generation_folder.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

absl::Status CheckCount(const std::string& folder, const char* file, uint32_t expected,
                        uint32_t found) {
  if (expected == found) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(folder, "/", file, ": MANIFEST says ", expected,
                                          " nodes, the file holds ", found));
}

absl::Status CheckDim(const std::string& folder, const char* file, uint32_t expected,
                      uint32_t found) {
  if (expected == found) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(folder, "/", file, ": MANIFEST says ", expected,
                                          " dimensions, the file holds ", found));
}

absl::Status CheckSize(const std::string& folder, const Manifest& manifest, const char* file,
                       uint64_t found) {
  const auto it = manifest.file_bytes.find(file);
  if (it != manifest.file_bytes.end() && it->second == found) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(folder, "/", file, ": MANIFEST says ",
                                          it == manifest.file_bytes.end() ? 0 : it->second,
                                          " bytes, the file has ", found));
}

absl::StatusOr<std::optional<HotCache>> OpenHot(const std::string& folder,
                                                const Manifest& manifest) {
  if (!manifest.file_bytes.contains(kHotFile)) return std::nullopt;
  ABSL_ASSIGN_OR_RETURN(HotCache hot, HotCache::Open(absl::StrCat(folder, "/", kHotFile)));
  ABSL_RETURN_IF_ERROR(CheckSize(folder, manifest, kHotFile, hot.file_bytes()));
  ABSL_RETURN_IF_ERROR(CheckCount(folder, kHotFile, manifest.node_count, hot.node_count()));
  ABSL_RETURN_IF_ERROR(CheckDim(folder, kHotFile, manifest.dim, hot.dim()));
  return hot;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Generation>> Generation::Open(
    const std::string& folder, const SharedCodebooks* codebooks) {
  const std::string manifest_path = absl::StrCat(folder, "/", kManifestFile);
  ABSL_ASSIGN_OR_RETURN(const std::string content, ReadWholeFile(manifest_path, kMaxManifestBytes));
  ABSL_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(content, manifest_path));
  ABSL_ASSIGN_OR_RETURN(GraphView graph, GraphView::Open(absl::StrCat(folder, "/", kGraphFile)));
  ABSL_ASSIGN_OR_RETURN(CodesView codes,
                        CodesView::Open(absl::StrCat(folder, "/", kCodesFile), codebooks));
  ABSL_ASSIGN_OR_RETURN(NodeMap nodes, NodeMap::Open(absl::StrCat(folder, "/", kNodesFile)));
  ABSL_RETURN_IF_ERROR(CheckSize(folder, manifest, kGraphFile, graph.file_bytes()));
  ABSL_RETURN_IF_ERROR(CheckSize(folder, manifest, kCodesFile, codes.file_bytes()));
  ABSL_RETURN_IF_ERROR(CheckSize(folder, manifest, kNodesFile, nodes.file_bytes()));
  ABSL_RETURN_IF_ERROR(CheckCount(folder, kGraphFile, manifest.node_count, graph.node_count()));
  ABSL_RETURN_IF_ERROR(CheckCount(folder, kCodesFile, manifest.node_count, codes.node_count()));
  ABSL_RETURN_IF_ERROR(CheckCount(folder, kNodesFile, manifest.node_count, nodes.node_count()));
  ABSL_RETURN_IF_ERROR(CheckDim(folder, kCodesFile, manifest.dim, codes.codebook().dim));
  ABSL_ASSIGN_OR_RETURN(std::optional<HotCache> hot, OpenHot(folder, manifest));
  const uint64_t index_bytes = content.size() + graph.file_bytes() + codes.file_bytes() +
                               nodes.file_bytes() + (hot ? hot->file_bytes() : 0);
  return std::shared_ptr<const Generation>(new Generation(std::move(manifest), std::move(graph),
                                                          std::move(codes), std::move(nodes),
                                                          std::move(hot), index_bytes));
}

Generation::Generation(Manifest manifest, GraphView graph, CodesView codes, NodeMap nodes,
                       std::optional<HotCache> hot, uint64_t index_bytes)
    : manifest_(std::move(manifest)),
      graph_(std::move(graph)),
      codes_(std::move(codes)),
      nodes_(std::move(nodes)),
      hot_(std::move(hot)),
      index_bytes_(index_bytes) {}

void Generation::ReleasePages() const {
  graph_.ReleasePages();
  codes_.ReleasePages();
  nodes_.ReleasePages();
  if (hot_) hot_->ReleasePages();
}

absl::Status Generation::status() const {
  ABSL_RETURN_IF_ERROR(graph_.status());
  ABSL_RETURN_IF_ERROR(codes_.status());
  ABSL_RETURN_IF_ERROR(nodes_.status());
  return hot_ ? hot_->status() : absl::OkStatus();
}

}  // namespace seekd
