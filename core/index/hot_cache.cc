#include "core/index/hot_cache.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/index/hot_cache_format.h"
#include "core/storage/checked_file_format.h"
#include "core/vector/half.h"

namespace seekd {
namespace {

// Mapped numbers are read in place.
static_assert(std::endian::native == std::endian::little);

uint64_t PayloadBytes(uint32_t dim, uint64_t rows) {
  return kHotCacheHeaderBytes + rows * (sizeof(uint32_t) + uint64_t{dim} * sizeof(uint16_t));
}

bool Ascend(std::span<const uint32_t> nodes) {
  return std::ranges::adjacent_find(nodes, std::ranges::greater_equal()) == nodes.end();
}

absl::Status CheckHotNodes(const RowSource& rows, std::span<const uint32_t> hot) {
  if (rows.dim() == 0) {
    return absl::InvalidArgumentError("hot cache: dim is 0; expected at least 1");
  }
  if (Ascend(hot) && (hot.empty() || hot.back() < rows.size())) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("hot cache: expected ascending nodes below ",
                                                 rows.size(), ", found ", hot.size(), " nodes",
                                                 Ascend(hot) ? "" : " out of order"));
}

// What is read at once, with its fp16 copy less than kRowsPerRead rows.
constexpr size_t kHotRowsPerRead = kRowsPerRead / 2;

absl::Status AppendRows(const RowSource& rows, std::span<const uint32_t> hot,
                        const CancellationPtr& cancellation, CheckedFileWriter* file) {
  std::vector<float> values;
  std::string halves;
  for (size_t at = 0; at < hot.size(); at += kHotRowsPerRead) {
    if (IsCancelled(cancellation)) return absl::CancelledError("the build was cancelled");
    const auto block = hot.subspan(at, std::min(kHotRowsPerRead, hot.size() - at));
    values.resize(block.size() * rows.dim());
    ABSL_RETURN_IF_ERROR(rows.Read(block, values.data()));
    halves.clear();
    for (const float value : values) AppendFixed(FloatToHalf(value), &halves);
    ABSL_RETURN_IF_ERROR(file->Append(AsBytes(halves)));
  }
  return absl::OkStatus();
}

absl::StatusOr<HotCacheHeader> ReadHeader(const CheckedFile& file) {
  HotCacheHeader header;
  if (sizeof(header) > file.bytes().size()) {
    return absl::DataLossError(absl::StrCat(file.path(), ": a payload of ", file.bytes().size(),
                                            " bytes; expected a header of ", sizeof(header)));
  }
  if (!file.Touch(0, sizeof(header))) return file.status();
  std::memcpy(&header, file.bytes().data(), sizeof(header));
  return header;
}

// The sections lie one after the other and fill the payload exactly. A row takes less
// than 2^34 bytes and there are less than 2^32, but not both in a file: divide.
absl::Status CheckSections(const CheckedFile& file, const HotCacheHeader& header) {
  const uint64_t payload = file.bytes().size();
  const uint64_t row_bytes = sizeof(uint32_t) + uint64_t{header.dim} * sizeof(uint16_t);
  const uint64_t rows = (payload - kHotCacheHeaderBytes) / row_bytes;
  if (header.dim >= 1 && header.reserved == 0 && header.row_count <= header.node_count &&
      header.row_count == rows && PayloadBytes(header.dim, rows) == payload &&
      header.nodes_offset == kHotCacheHeaderBytes &&
      header.rows_offset == kHotCacheHeaderBytes + rows * sizeof(uint32_t)) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat(file.path(), ": ", header.row_count, " of ", header.node_count, " nodes at ",
                   header.nodes_offset, " and rows of ", header.dim, " dimensions at ",
                   header.rows_offset, " do not fill the ", payload, " bytes of payload"));
}

}  // namespace

uint64_t HotCacheFileBytes(uint32_t dim, uint64_t rows) {
  const uint64_t payload = PayloadBytes(dim, rows);
  return kCheckedHeaderBytes + payload + CheckedBlockCount(payload) * sizeof(uint32_t);
}

uint32_t HotRowsWithin(uint64_t max_bytes, uint32_t dim, uint32_t nodes) {
  if (dim == 0 || HotCacheFileBytes(dim, 1) > max_bytes) return 0;
  const uint64_t row_bytes = sizeof(uint32_t) + uint64_t{dim} * sizeof(uint16_t);
  uint64_t rows = std::min<uint64_t>(nodes, max_bytes / row_bytes);
  // Header and checksums take less than a few rows.
  while (rows > 0 && HotCacheFileBytes(dim, rows) > max_bytes) --rows;
  return static_cast<uint32_t>(rows);
}

absl::StatusOr<uint64_t> WriteHotCache(const std::string& path, const RowSource& rows,
                                       std::span<const uint32_t> hot,
                                       const CancellationPtr& cancellation) {
  ABSL_RETURN_IF_ERROR(CheckHotNodes(rows, hot));
  HotCacheHeader header{};
  header.dim = rows.dim();
  header.node_count = rows.size();
  header.row_count = static_cast<uint32_t>(hot.size());
  header.nodes_offset = kHotCacheHeaderBytes;
  header.rows_offset = kHotCacheHeaderBytes + hot.size() * sizeof(uint32_t);
  ABSL_ASSIGN_OR_RETURN(CheckedFileWriter file,
                        CheckedFileWriter::Create(path, kHotCacheMagic, kHotCacheVersion));
  ABSL_RETURN_IF_ERROR(
      file.Append(std::span(reinterpret_cast<const uint8_t*>(&header), sizeof(header))));
  ABSL_RETURN_IF_ERROR(
      file.Append(std::span(reinterpret_cast<const uint8_t*>(hot.data()), hot.size_bytes())));
  ABSL_RETURN_IF_ERROR(AppendRows(rows, hot, cancellation, &file));
  return file.Finish();
}

absl::StatusOr<HotCache> HotCache::Open(const std::string& path) {
  HotCache cache;
  ABSL_ASSIGN_OR_RETURN(cache.file_, CheckedFile::Open(path, kHotCacheMagic, kHotCacheVersion));
  ABSL_ASSIGN_OR_RETURN(const HotCacheHeader header, ReadHeader(*cache.file_));
  ABSL_RETURN_IF_ERROR(CheckSections(*cache.file_, header));
  cache.dim_ = header.dim;
  cache.node_count_ = header.node_count;
  cache.row_count_ = header.row_count;
  cache.rows_offset_ = header.rows_offset;
  if (!cache.file_->Touch(header.nodes_offset, uint64_t{header.row_count} * sizeof(uint32_t))) {
    return cache.file_->status();
  }
  const std::span<const uint32_t> nodes = cache.Nodes();
  if (!Ascend(nodes) || (!nodes.empty() && nodes.back() >= header.node_count)) {
    return absl::DataLossError(
        absl::StrCat(path, ": expected ascending nodes below ", header.node_count));
  }
  return cache;
}

// The payload begins at a multiple of 64 in the mapping: aligned.
std::span<const uint32_t> HotCache::Nodes() const {
  const uint8_t* const at = file_->bytes().data() + kHotCacheHeaderBytes;
  return {reinterpret_cast<const uint32_t*>(at), row_count_};
}

std::span<const uint16_t> HotCache::Find(NodeId node) const {
  const std::span<const uint32_t> nodes = Nodes();
  const auto found = std::ranges::lower_bound(nodes, node.value);
  if (found == nodes.end() || *found != node.value) return {};
  const uint64_t row_bytes = uint64_t{dim_} * sizeof(uint16_t);
  const uint64_t offset = rows_offset_ + static_cast<uint64_t>(found - nodes.begin()) * row_bytes;
  if (!file_->Touch(offset, row_bytes)) return {};
  return {reinterpret_cast<const uint16_t*>(file_->bytes().data() + offset), dim_};
}

}  // namespace seekd
