#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/graph/adjacency.h"
#include "core/graph/adjacency_codec.h"
#include "core/graph/graph_format.h"
#include "core/storage/checked_file.h"
#include "core/storage/checked_file_format.h"

namespace seekd {
namespace {

absl::Status CheckEntryPoints(const Adjacency& graph) {
  const size_t nodes = graph.lists.size();
  const size_t entries = graph.entry_points.size();
  if (entries > kGraphMaxEntryPoints || (entries == 0) != (nodes == 0)) {
    return absl::InvalidArgumentError(absl::StrCat("a graph of ", nodes, " nodes has ", entries,
                                                   " entry points; expected 1 to ",
                                                   kGraphMaxEntryPoints, ", none without nodes"));
  }
  for (const NodeId entry : graph.entry_points) {
    if (entry.value >= nodes) {
      return absl::InvalidArgumentError(
          absl::StrCat("entry point ", entry.value, " of a graph of ", nodes, " nodes"));
    }
  }
  return absl::OkStatus();
}

// The list as the codec wants it.
absl::StatusOr<std::vector<uint32_t>> SortedList(const Adjacency& graph, uint32_t node) {
  std::vector<uint32_t> list = graph.lists[node];
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  if (!list.empty() && list.back() >= graph.lists.size()) {
    return absl::InvalidArgumentError(absl::StrCat("node ", node, " links to node ", list.back(),
                                                   " of a graph of ", graph.lists.size()));
  }
  if (std::binary_search(list.begin(), list.end(), node)) {
    return absl::InvalidArgumentError(absl::StrCat("node ", node, " links to itself"));
  }
  return list;
}

struct Sections {
  std::string index;
  std::string lists;
  uint64_t edge_count = 0;
};

absl::StatusOr<Sections> EncodeLists(const Adjacency& graph) {
  Sections out;
  const auto nodes = static_cast<uint32_t>(graph.lists.size());
  const AdjacencyCodec codec(nodes);
  BitWriter bits(&out.lists);
  for (uint32_t node = 0; node < nodes; ++node) {
    if (node % kGraphGroupNodes == 0) {
      bits.Flush();
      AppendFixed(static_cast<uint32_t>(out.lists.size()), &out.index);
    }
    ABSL_ASSIGN_OR_RETURN(const std::vector<uint32_t> list, SortedList(graph, node));
    codec.Encode(node, list, &bits);
    out.edge_count += list.size();
  }
  bits.Flush();
  AppendFixed(static_cast<uint32_t>(out.lists.size()), &out.index);
  if (out.lists.size() > std::numeric_limits<uint32_t>::max()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the adjacency takes ", out.lists.size(), " bytes; expected less than 4 GiB"));
  }
  return out;
}

absl::StatusOr<std::string> EncodeGraph(const Adjacency& graph) {
  ABSL_RETURN_IF_ERROR(CheckEntryPoints(graph));
  ABSL_ASSIGN_OR_RETURN(const Sections sections, EncodeLists(graph));
  GraphHeader header{};
  header.node_count = static_cast<uint32_t>(graph.lists.size());
  header.entry_count = static_cast<uint32_t>(graph.entry_points.size());
  header.edge_count = sections.edge_count;
  header.index_offset = kGraphHeaderBytes;
  header.lists_offset = kGraphHeaderBytes + sections.index.size();
  header.lists_bytes = sections.lists.size();
  for (uint32_t i = 0; i < header.entry_count; ++i) {
    header.entry_points[i] = graph.entry_points[i].value;
  }
  std::string payload(reinterpret_cast<const char*>(&header), sizeof(header));
  payload += sections.index;
  payload += sections.lists;
  payload.append(kGraphPaddingBytes, '\0');
  return payload;
}

}  // namespace

absl::StatusOr<uint64_t> WriteGraph(const std::string& path, const Adjacency& graph) {
  ABSL_ASSIGN_OR_RETURN(const std::string payload, EncodeGraph(graph));
  return WriteCheckedFile(path, kGraphMagic, kGraphVersion, AsBytes(payload));
}

uint64_t EncodedGraphBytes(const Adjacency& graph) {
  const absl::StatusOr<std::string> payload = EncodeGraph(graph);
  if (!payload.ok()) return 0;
  return kCheckedHeaderBytes + payload->size() +
         CheckedBlockCount(payload->size()) * sizeof(uint32_t);
}

}  // namespace seekd
