#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/storage/checked_file_format.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

uint64_t CodebookBytes(uint32_t dim, uint32_t centroids) {
  return uint64_t{dim} * centroids * sizeof(uint16_t);
}

absl::Status CheckWritable(const Codebook& codebook, std::span<const uint8_t> codes) {
  const bool shape = codebook.code_bytes >= 1 && codebook.code_bytes <= codebook.dim &&
                     codebook.centroids >= 1 && codebook.centroids <= kMaxCentroids &&
                     codebook.values.size() == uint64_t{codebook.dim} * codebook.centroids;
  if (shape && codes.size() % codebook.code_bytes == 0 &&
      codes.size() / codebook.code_bytes <= std::numeric_limits<uint32_t>::max()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a codebook of ", codebook.dim, " dimensions, ", codebook.code_bytes,
                   " subspaces, ", codebook.centroids, " centroids and ", codebook.values.size(),
                   " values does not go with ", codes.size(), " bytes of codes"));
}

absl::StatusOr<CodesHeader> ReadHeader(const CheckedFile& file) {
  CodesHeader header;
  if (sizeof(header) > file.bytes().size()) {
    return absl::DataLossError(absl::StrCat(file.path(), ": a payload of ", file.bytes().size(),
                                            " bytes; expected a header of ", sizeof(header)));
  }
  if (!file.Touch(0, sizeof(header))) return file.status();
  std::memcpy(&header, file.bytes().data(), sizeof(header));
  return header;
}

// The sections lie one after the other and fill the payload exactly.
absl::Status CheckSections(const CheckedFile& file, const CodesHeader& header) {
  const uint64_t payload = file.bytes().size();
  const uint64_t before_codes = kCodesHeaderBytes + CodebookBytes(header.dim, header.centroids);
  if (header.code_bytes >= 1 && header.code_bytes <= header.dim && header.centroids >= 1 &&
      header.centroids <= kMaxCentroids && header.codebook_offset == kCodesHeaderBytes &&
      header.codes_offset == before_codes && before_codes <= payload &&
      uint64_t{header.node_count} * header.code_bytes == payload - before_codes) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(
      file.path(), ": ", header.node_count, " codes of ", header.code_bytes, " bytes at ",
      header.codes_offset, " and a codebook of ", header.dim, " dimensions x ", header.centroids,
      " centroids at ", header.codebook_offset, " do not fill the ", payload, " bytes of payload"));
}

absl::StatusOr<std::shared_ptr<const Codebook>> ReadCodebook(const CheckedFile& file,
                                                             const CodesHeader& header) {
  if (!file.Touch(header.codebook_offset, CodebookBytes(header.dim, header.centroids))) {
    return file.status();
  }
  std::vector<uint16_t> halves(size_t{header.dim} * header.centroids);
  std::memcpy(halves.data(), file.bytes().data() + header.codebook_offset,
              halves.size() * sizeof(uint16_t));
  auto codebook = std::make_shared<Codebook>(
      Codebook{.dim = header.dim, .code_bytes = header.code_bytes, .centroids = header.centroids});
  codebook->values.resize(halves.size());
  FromHalf(halves, codebook->values.data());
  for (size_t i = 0; i < halves.size(); ++i) {
    // Distances that are no numbers would have no order.
    if (!std::isfinite(codebook->values[i])) {
      return absl::DataLossError(
          absl::StrCat(file.path(), ": codebook value ", i, " is not finite"));
    }
  }
  return codebook;
}

}  // namespace

absl::StatusOr<uint64_t> WriteCodes(const std::string& path, const Codebook& codebook,
                                    std::span<const uint8_t> codes) {
  ABSL_RETURN_IF_ERROR(CheckWritable(codebook, codes));
  CodesHeader header{};
  header.dim = codebook.dim;
  header.code_bytes = codebook.code_bytes;
  header.centroids = codebook.centroids;
  header.node_count = static_cast<uint32_t>(codes.size() / codebook.code_bytes);
  header.codebook_offset = kCodesHeaderBytes;
  header.codes_offset = kCodesHeaderBytes + CodebookBytes(codebook.dim, codebook.centroids);
  std::string payload(reinterpret_cast<const char*>(&header), sizeof(header));
  const std::vector<uint16_t> halves = ToHalf(codebook.values);
  payload.append(reinterpret_cast<const char*>(halves.data()), halves.size() * sizeof(uint16_t));
  payload.append(AsString(codes));
  return WriteCheckedFile(path, kCodesMagic, kCodesVersion, AsBytes(payload));
}

uint64_t CodesFileBytes(uint32_t dim, uint32_t code_bytes, uint32_t centroids, uint64_t nodes) {
  const uint64_t payload = kCodesHeaderBytes + CodebookBytes(dim, centroids) + nodes * code_bytes;
  return kCheckedHeaderBytes + payload + CheckedBlockCount(payload) * sizeof(uint32_t);
}

absl::StatusOr<CodesView> CodesView::Open(const std::string& path) {
  CodesView view;
  ABSL_ASSIGN_OR_RETURN(view.file_, CheckedFile::Open(path, kCodesMagic, kCodesVersion));
  ABSL_ASSIGN_OR_RETURN(const CodesHeader header, ReadHeader(*view.file_));
  ABSL_RETURN_IF_ERROR(CheckSections(*view.file_, header));
  ABSL_ASSIGN_OR_RETURN(view.codebook_, ReadCodebook(*view.file_, header));
  view.norms_ = std::make_shared<const CodeNorms>(*view.codebook_);
  view.node_count_ = header.node_count;
  view.codes_offset_ = header.codes_offset;
  return view;
}

const uint8_t* CodesView::Code(NodeId node) const { return Codes(node, 1); }

const uint8_t* CodesView::Codes(NodeId first, uint32_t count) const {
  if (first.value > node_count_ || count > node_count_ - first.value) return nullptr;
  const uint64_t offset = codes_offset_ + uint64_t{first.value} * code_bytes();
  if (!file_->Touch(offset, uint64_t{count} * code_bytes())) return nullptr;
  return file_->bytes().data() + offset;
}

}  // namespace seekd
