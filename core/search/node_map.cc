#include "core/search/node_map.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/search/node_map_format.h"

namespace seekd {
namespace {

absl::Status CheckAscending(std::span<const ChunkId> chunks) {
  ChunkId previous{0};
  for (size_t i = 0; i < chunks.size(); ++i) {
    if (chunks[i] <= previous) {
      return absl::InvalidArgumentError(
          absl::StrCat("node map: expected chunk ids > 0 in strictly ascending order, found ",
                       chunks[i].value, " after ", previous.value, " at node ", i));
    }
    previous = chunks[i];
  }
  return absl::OkStatus();
}

void SetBit(std::vector<uint8_t>* payload, uint64_t section, uint64_t bit) {
  (*payload)[section + bit / 8] |= static_cast<uint8_t>(1U << (bit % 8));
}

void WriteNode(const NodeMapLayout& layout, uint64_t node, uint64_t gap,
               std::vector<uint8_t>* payload) {
  const uint64_t position = (gap >> layout.low_bits) + node;
  SetBit(payload, kNodeMapHeaderBytes, position);
  for (uint32_t b = 0; b < layout.low_bits; ++b) {
    if ((gap >> b & 1) != 0) SetBit(payload, layout.low_offset, node * layout.low_bits + b);
  }
  if (node % kNodesPerSample == 0) {
    StoreLittleEndian<uint64_t>(
        position, payload->data() + layout.sample_offset + node / kNodesPerSample * 8);
  }
}

// Position of the one with `rank` ones below it. REQUIRES: rank < popcount(word).
uint64_t SelectInWord(uint64_t word, uint64_t rank) {
  uint64_t position = 0;
  for (unsigned half = 32; half > 0; half /= 2) {
    const auto ones = static_cast<uint64_t>(std::popcount(word & ((uint64_t{1} << half) - 1)));
    if (rank >= ones) {
      rank -= ones;
      word >>= half;
      position += half;
    }
  }
  return position;
}

}  // namespace

absl::StatusOr<uint64_t> WriteNodeMap(const std::string& path, std::span<const ChunkId> chunks) {
  ABSL_RETURN_IF_ERROR(CheckAscending(chunks));
  if (chunks.size() > std::numeric_limits<uint32_t>::max()) {
    return absl::InvalidArgumentError(
        absl::StrCat("node map: expected at most 2^32 - 1 nodes, found ", chunks.size()));
  }
  const uint64_t max_gap = chunks.empty() ? 0 : chunks.back().value - (chunks.size() - 1);
  const NodeMapLayout layout = NodeMapLayout::Of(chunks.size(), max_gap);
  std::vector<uint8_t> payload(layout.payload_bytes, 0);
  StoreLittleEndian<uint32_t>(static_cast<uint32_t>(chunks.size()), payload.data());
  StoreLittleEndian<uint32_t>(layout.low_bits, payload.data() + 4);
  StoreLittleEndian<uint64_t>(max_gap, payload.data() + 8);
  for (uint64_t node = 0; node < chunks.size(); ++node) {
    WriteNode(layout, node, chunks[node].value - node, &payload);
  }
  return WriteCheckedFile(path, kNodeMapMagic, kNodeMapVersion, payload);
}

struct NodeMap::Impl {
  std::shared_ptr<const CheckedFile> file;
  NodeMapLayout layout;
  mutable std::atomic<bool> corrupt{false};

  const uint8_t* at(uint64_t offset) const { return file->bytes().data() + offset; }

  ChunkId Corrupt() const {
    corrupt.store(true, std::memory_order_relaxed);
    return ChunkId{0};
  }

  // Bit range of the high bits that holds the one of `node`. False: a bad block.
  bool HighRange(uint64_t node, uint64_t* begin, uint64_t* end) const {
    const uint64_t sample = node / kNodesPerSample;
    const bool last = (sample + 1) * kNodesPerSample >= layout.node_count;
    const uint64_t offset = layout.sample_offset + sample * 8;
    if (!file->Touch(offset, last ? 8 : 16)) return false;
    *begin = LoadLittleEndian<uint64_t>(at(offset));
    *end = last ? layout.high_bit_count : LoadLittleEndian<uint64_t>(at(offset + 8));
    return true;
  }

  // Position of the one with `rank` ones between `begin` and it; `end` when there is none.
  // REQUIRES: begin < end, the words of the range were touched.
  uint64_t Select(uint64_t begin, uint64_t end, uint64_t rank) const {
    uint64_t mask = ~uint64_t{0} << (begin % 64);
    for (uint64_t word = begin / 64; word < (end + 63) / 64; ++word) {
      const uint64_t bits = LoadLittleEndian<uint64_t>(at(kNodeMapHeaderBytes + word * 8)) & mask;
      const auto ones = static_cast<uint64_t>(std::popcount(bits));
      if (rank < ones) return word * 64 + SelectInWord(bits, rank);
      rank -= ones;
      mask = ~uint64_t{0};
    }
    return end;
  }

  // The low bits of `node`. False: a bad block.
  bool Low(uint64_t node, uint64_t* low) const {
    *low = 0;
    if (layout.low_bits == 0) return true;
    const uint64_t bit = node * layout.low_bits;
    const uint64_t offset = layout.low_offset + bit / 64 * 8;
    const bool crosses = bit % 64 + layout.low_bits > 64;
    if (!file->Touch(offset, crosses ? 16 : 8)) return false;
    *low = LoadLittleEndian<uint64_t>(at(offset)) >> (bit % 64);
    if (crosses) *low |= LoadLittleEndian<uint64_t>(at(offset + 8)) << (64 - bit % 64);
    *low &= (uint64_t{1} << layout.low_bits) - 1;
    return true;
  }

  ChunkId Chunk(uint64_t node) const {
    uint64_t begin = 0;
    uint64_t end = 0;
    uint64_t low = 0;
    if (!HighRange(node, &begin, &end) || !Low(node, &low)) return ChunkId{0};
    if (begin >= end || end > layout.high_bit_count) return Corrupt();
    const uint64_t first_word = begin / 64;
    const uint64_t words = (end + 63) / 64 - first_word;
    if (!file->Touch(kNodeMapHeaderBytes + first_word * 8, words * 8)) return ChunkId{0};
    const uint64_t position = Select(begin, end, node % kNodesPerSample);
    if (position >= end || position < node) return Corrupt();
    const uint64_t gap = (position - node) << layout.low_bits | low;
    return gap > layout.max_gap || gap + node == 0 ? Corrupt() : ChunkId{gap + node};
  }
};

NodeMap::NodeMap(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NodeMap::~NodeMap() = default;
NodeMap::NodeMap(NodeMap&&) noexcept = default;
NodeMap& NodeMap::operator=(NodeMap&&) noexcept = default;

absl::StatusOr<NodeMap> NodeMap::Open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  ABSL_ASSIGN_OR_RETURN(impl->file, CheckedFile::Open(path, kNodeMapMagic, kNodeMapVersion));
  const uint64_t payload_bytes = impl->file->bytes().size();
  if (payload_bytes < kNodeMapHeaderBytes) {
    return absl::DataLossError(absl::StrCat(path, ": expected a header of ", kNodeMapHeaderBytes,
                                            " bytes, found ", payload_bytes));
  }
  if (!impl->file->Touch(0, kNodeMapHeaderBytes)) return impl->file->status();
  impl->layout = NodeMapLayout::Of(LoadLittleEndian<uint32_t>(impl->at(0)),
                                   LoadLittleEndian<uint64_t>(impl->at(8)));
  const auto low_bits = LoadLittleEndian<uint32_t>(impl->at(4));
  if (impl->layout.payload_bytes != payload_bytes || impl->layout.low_bits != low_bits) {
    return absl::DataLossError(absl::StrCat(path, ": expected ", impl->layout.low_bits,
                                            " low bits and ", impl->layout.payload_bytes,
                                            " payload bytes for ", impl->layout.node_count,
                                            " nodes, found ", low_bits, " and ", payload_bytes));
  }
  return NodeMap(std::move(impl));
}

uint32_t NodeMap::node_count() const { return static_cast<uint32_t>(impl_->layout.node_count); }
uint64_t NodeMap::file_bytes() const { return impl_->file->file_bytes(); }
ChunkId NodeMap::Chunk(NodeId node) const { return impl_->Chunk(node.value); }

std::optional<NodeId> NodeMap::Find(ChunkId chunk) const {
  // chunk == gap + node with gap in [0, max_gap], and chunk ids ascend with nodes.
  const uint64_t max_gap = impl_->layout.max_gap;
  uint64_t begin = chunk.value > max_gap ? chunk.value - max_gap : 0;
  uint64_t end = std::min(impl_->layout.node_count, chunk.value);
  while (begin < end) {
    const uint64_t middle = begin + (end - begin) / 2;
    const ChunkId found = impl_->Chunk(middle);
    if (found == chunk) return NodeId{static_cast<uint32_t>(middle)};
    if (found < chunk) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return std::nullopt;
}

void NodeMap::ReleasePages() const { impl_->file->ReleasePages(); }
absl::Status NodeMap::status() const {
  ABSL_RETURN_IF_ERROR(impl_->file->status());
  if (!impl_->corrupt.load(std::memory_order_relaxed)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(impl_->file->path(),
                   ": expected one set bit per node within its sample, found "
                   "none where a node should be"));
}

}  // namespace seekd
