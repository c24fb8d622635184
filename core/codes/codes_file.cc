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

uint64_t CodebookValues(uint32_t dim, uint32_t stages, uint32_t centroids) {
  return (uint64_t{stages} + 1) * dim * centroids;
}

bool IsScale(float min_scale, float scale_step) {
  return std::isfinite(min_scale) && min_scale > 0 && std::isfinite(scale_step) && scale_step >= 0;
}

bool IsShape(uint32_t dim, uint32_t stages, uint32_t subspaces, uint32_t centroids) {
  return stages <= kMaxStages && subspaces >= 1 && subspaces <= dim && centroids >= 1 &&
         centroids <= kMaxCentroids;
}

absl::Status CheckWritable(const Codebook& codebook, std::span<const uint8_t> codes) {
  const auto& [dim, stages, subspaces, centroids, values, min_scale, scale_step] = codebook;
  if (IsShape(dim, stages, subspaces, centroids) && IsScale(min_scale, scale_step) &&
      values.size() == CodebookValues(dim, stages, centroids) &&
      codes.size() % codebook.code_bytes() == 0 &&
      codes.size() / codebook.code_bytes() <= std::numeric_limits<uint32_t>::max()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "a codebook of ", dim, " dimensions, ", stages, " stages, ", subspaces, " subspaces, ",
      centroids, " centroids, ", values.size(), " values and scales from ", min_scale, " by ",
      scale_step, " does not go with ", codes.size(), " bytes of codes"));
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
  const auto& [dim, stages, subspaces, centroids, nodes, min_scale, scale_step, reserved, offset] =
      header;
  if (IsShape(dim, stages, subspaces, centroids) && IsScale(min_scale, scale_step) &&
      reserved == 0) {
    const uint64_t before_codes =
        kCodesHeaderBytes + CodebookValues(dim, stages, centroids) * sizeof(uint16_t);
    const uint64_t code_bytes = uint64_t{stages} + subspaces + 1;
    if (offset == before_codes && before_codes <= payload &&
        nodes * code_bytes == payload - before_codes) {
      return absl::OkStatus();
    }
  }
  return absl::DataLossError(absl::StrCat(
      file.path(), ": ", nodes, " codes at ", offset, " of ", stages, " stages and ", subspaces,
      " subspaces, scales from ", min_scale, " by ", scale_step, " and a codebook of ", dim,
      " dimensions x ", centroids, " centroids do not fill the ", payload, " bytes of payload"));
}

absl::StatusOr<std::shared_ptr<const Codebook>> ReadCodebook(const CheckedFile& file,
                                                             const CodesHeader& header) {
  std::vector<uint16_t> halves(CodebookValues(header.dim, header.stages, header.centroids));
  if (!file.Touch(kCodesHeaderBytes, halves.size() * sizeof(uint16_t))) return file.status();
  std::memcpy(halves.data(), file.bytes().data() + kCodesHeaderBytes,
              halves.size() * sizeof(uint16_t));
  auto codebook = std::make_shared<Codebook>(Codebook{.dim = header.dim,
                                                      .stages = header.stages,
                                                      .subspaces = header.subspaces,
                                                      .centroids = header.centroids,
                                                      .values = {},
                                                      .min_scale = header.min_scale,
                                                      .scale_step = header.scale_step});
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
  header.stages = codebook.stages;
  header.subspaces = codebook.subspaces;
  header.centroids = codebook.centroids;
  header.node_count = static_cast<uint32_t>(codes.size() / codebook.code_bytes());
  header.min_scale = codebook.min_scale;
  header.scale_step = codebook.scale_step;
  header.codes_offset = kCodesHeaderBytes + codebook.values.size() * sizeof(uint16_t);
  std::string payload(reinterpret_cast<const char*>(&header), sizeof(header));
  const std::vector<uint16_t> halves = ToHalf(codebook.values);
  payload.append(reinterpret_cast<const char*>(halves.data()), halves.size() * sizeof(uint16_t));
  payload.append(AsString(codes));
  return WriteCheckedFile(path, kCodesMagic, kCodesVersion, AsBytes(payload));
}

uint64_t CodesFileBytes(uint32_t dim, const CodeShape& shape, uint64_t nodes) {
  const uint64_t payload = kCodesHeaderBytes +
                           CodebookValues(dim, shape.stages, shape.centroids) * sizeof(uint16_t) +
                           nodes * shape.code_bytes;
  return kCheckedHeaderBytes + payload + CheckedBlockCount(payload) * sizeof(uint32_t);
}

absl::StatusOr<CodesView> CodesView::Open(const std::string& path) {
  CodesView view;
  ABSL_ASSIGN_OR_RETURN(view.file_, CheckedFile::Open(path, kCodesMagic, kCodesVersion));
  ABSL_ASSIGN_OR_RETURN(const CodesHeader header, ReadHeader(*view.file_));
  ABSL_RETURN_IF_ERROR(CheckSections(*view.file_, header));
  ABSL_ASSIGN_OR_RETURN(view.codebook_, ReadCodebook(*view.file_, header));
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
