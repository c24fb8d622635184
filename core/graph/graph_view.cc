#include "core/graph/graph_view.h"

#include <cstring>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/graph/adjacency_codec.h"
#include "core/graph/graph_format.h"

namespace seekd {
namespace {

absl::Status Malformed(const CheckedFile& file, std::string_view what) {
  return absl::DataLossError(
      absl::StrCat(file.path(), ": ", absl::string_view(what.data(), what.size())));
}

absl::StatusOr<GraphHeader> ReadHeader(const CheckedFile& file) {
  GraphHeader header;
  if (sizeof(header) > file.bytes().size()) {
    return Malformed(file, absl::StrCat("a payload of ", file.bytes().size(),
                                        " bytes; expected a header of ", sizeof(header)));
  }
  if (!file.Touch(0, sizeof(header))) return file.status();
  std::memcpy(&header, file.bytes().data(), sizeof(header));
  return header;
}

// The sections lie one after the other and fill the payload exactly.
absl::Status CheckSections(const CheckedFile& file, const GraphHeader& header) {
  const uint64_t index_bytes = (uint64_t{GraphGroupCount(header.node_count)} + 1) * 4;
  const uint64_t before_lists = kGraphHeaderBytes + index_bytes;
  const uint64_t payload = file.bytes().size();
  if (header.index_offset == kGraphHeaderBytes && header.lists_offset == before_lists &&
      before_lists + kGraphPaddingBytes <= payload &&
      header.lists_bytes == payload - before_lists - kGraphPaddingBytes) {
    return absl::OkStatus();
  }
  return Malformed(
      file, absl::StrCat("sections of ", header.node_count, " nodes at ", header.index_offset,
                         " and ", header.lists_offset, ", ", header.lists_bytes,
                         " bytes of lists, do not fill the ", payload, " bytes of payload"));
}

absl::Status CheckEntryPoints(const CheckedFile& file, const GraphHeader& header) {
  if (header.entry_count > kGraphMaxEntryPoints ||
      (header.entry_count == 0) != (header.node_count == 0)) {
    return Malformed(
        file, absl::StrCat(header.entry_count, " entry points of ", header.node_count, " nodes"));
  }
  for (uint32_t i = 0; i < header.entry_count; ++i) {
    if (header.entry_points[i] >= header.node_count) {
      return Malformed(file, absl::StrCat("entry point ", header.entry_points[i], " of ",
                                          header.node_count, " nodes"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<GraphView> GraphView::Open(const std::string& path) {
  GraphView view;
  ABSL_ASSIGN_OR_RETURN(view.file_, CheckedFile::Open(path, kGraphMagic, kGraphVersion));
  ABSL_ASSIGN_OR_RETURN(const GraphHeader header, ReadHeader(*view.file_));
  ABSL_RETURN_IF_ERROR(CheckSections(*view.file_, header));
  ABSL_RETURN_IF_ERROR(CheckEntryPoints(*view.file_, header));
  view.node_count_ = header.node_count;
  view.edge_count_ = header.edge_count;
  for (uint32_t i = 0; i < header.entry_count; ++i) {
    view.entry_points_.emplace_back(header.entry_points[i]);
  }
  view.index_offset_ = header.index_offset;
  view.lists_offset_ = header.lists_offset;
  view.lists_bytes_ = header.lists_bytes;
  view.first_bad_node_ = std::make_shared<std::atomic<uint64_t>>(kNoNode);
  return view;
}

bool GraphView::Decode(uint32_t node, std::vector<NodeId>* out) const {
  const uint64_t index = index_offset_ + uint64_t{node / kGraphGroupNodes} * 4;
  if (node >= node_count_ || !file_->Touch(index, 8)) return false;
  const uint8_t* payload = file_->bytes().data();
  const uint64_t begin = LoadLittleEndian<uint32_t>(payload + index);
  const uint64_t end = LoadLittleEndian<uint32_t>(payload + index + 4);
  if (begin > end || end > lists_bytes_) return false;
  if (!file_->Touch(lists_offset_ + begin, end - begin + kGraphPaddingBytes)) return false;
  BitReader bits(payload + lists_offset_ + begin, end - begin);
  const AdjacencyCodec codec(node_count_);
  for (uint32_t before = node % kGraphGroupNodes; before > 0; --before) {
    if (!codec.Skip(&bits)) return false;
  }
  return codec.Decode(node, &bits, out);
}

bool GraphView::Neighbors(NodeId node, std::vector<NodeId>* out) const {
  if (Decode(node.value, out)) return true;
  out->clear();
  uint64_t none = kNoNode;
  first_bad_node_->compare_exchange_strong(none, node.value);
  return false;
}

absl::Status GraphView::status() const {
  ABSL_RETURN_IF_ERROR(file_->status());
  const uint64_t node = first_bad_node_->load();
  if (node == kNoNode) return absl::OkStatus();
  return Malformed(*file_, absl::StrCat("the adjacency list of node ", node, " of ", node_count_,
                                        " is malformed"));
}

}  // namespace seekd
