#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/codes/codebook_parts.h"
#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/codes/shared_codebooks.h"
#include "core/storage/checked_file_format.h"

namespace seekd {
namespace {

uint64_t CodebookValues(uint32_t dim, uint32_t stages, uint32_t centroids) {
  return (uint64_t{stages} + 1) * TableValues(dim, centroids);
}

// The digest that names the model's codebooks, or all values of an own one.
uint64_t CodebookBytes(uint32_t dim, uint32_t stages, uint32_t centroids, bool shared) {
  return shared ? sizeof(Digest::bytes) : CodebookValues(dim, stages, centroids) * sizeof(uint16_t);
}

absl::Status CheckWritable(const Codebook& codebook, std::span<const uint8_t> codes) {
  const auto& [dim, stages, subspaces, centroids, values, min_scale, scale_step] = codebook;
  if (IsCodebookShape(dim, stages, subspaces, centroids) && IsScaleRange(min_scale, scale_step) &&
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
  const auto& [dim, stages, subspaces, centroids, nodes, min_scale, scale_step, codebook, offset] =
      header;
  if (IsCodebookShape(dim, stages, subspaces, centroids) && IsScaleRange(min_scale, scale_step) &&
      (codebook == kOwnCodebook || codebook == kSharedCodebook)) {
    const uint64_t before_codes =
        kCodesHeaderBytes + CodebookBytes(dim, stages, centroids, codebook == kSharedCodebook);
    const uint64_t code_bytes = uint64_t{stages} + subspaces + 1;
    if (offset == before_codes && before_codes <= payload &&
        nodes * code_bytes == payload - before_codes) {
      return absl::OkStatus();
    }
  }
  return absl::DataLossError(
      absl::StrCat(file.path(), ": ", nodes, " codes at ", offset, " of ", stages, " stages and ",
                   subspaces, " subspaces, scales from ", min_scale, " by ", scale_step,
                   " and a codebook (", codebook, ") of ", dim, " dimensions x ", centroids,
                   " centroids do not fill the ", payload, " bytes of payload"));
}

absl::StatusOr<std::shared_ptr<const Codebook>> ReadOwnCodebook(const CheckedFile& file,
                                                                const CodesHeader& header) {
  auto codebook = std::make_shared<Codebook>(Codebook{.dim = header.dim,
                                                      .stages = header.stages,
                                                      .subspaces = header.subspaces,
                                                      .centroids = header.centroids,
                                                      .values = {},
                                                      .min_scale = header.min_scale,
                                                      .scale_step = header.scale_step});
  ABSL_ASSIGN_OR_RETURN(codebook->values,
                        ReadHalves(file, kCodesHeaderBytes,
                                   CodebookValues(header.dim, header.stages, header.centroids)));
  return codebook;
}

absl::Status CheckModel(const CheckedFile& file, const Digest& wanted,
                        const SharedCodebooks* shared) {
  if (shared != nullptr && shared->digest() == wanted) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      file.path(), ": the codes are by the codebooks.bin of the model with digest ", wanted.ToHex(),
      "; the model's folder now has ",
      shared == nullptr ? "none" : absl::StrCat("the one with digest ", shared->digest().ToHex()),
      ". Index again to rebuild them from the stored text."));
}

absl::StatusOr<std::shared_ptr<const Codebook>> FindSharedCodebook(const CheckedFile& file,
                                                                   const CodesHeader& header,
                                                                   const SharedCodebooks* shared) {
  Digest wanted;
  if (!file.Touch(kCodesHeaderBytes, wanted.bytes.size())) return file.status();
  std::memcpy(wanted.bytes.data(), file.bytes().data() + kCodesHeaderBytes, wanted.bytes.size());
  ABSL_RETURN_IF_ERROR(CheckModel(file, wanted, shared));
  absl::StatusOr<std::shared_ptr<const Codebook>> found =
      shared->Find(header.stages + header.subspaces + 1);
  if (absl::IsNotFound(found.status()) ||
      (found.ok() &&
       !(header.dim == (*found)->dim && header.stages == (*found)->stages &&
         header.centroids == (*found)->centroids && header.min_scale == (*found)->min_scale &&
         header.scale_step == (*found)->scale_step))) {
    return absl::DataLossError(
        absl::StrCat(file.path(), ": codes of ", header.stages, " stages, ", header.subspaces,
                     " subspaces and scales from ", header.min_scale, " by ", header.scale_step,
                     " are by none of the codebooks in the file that they name"));
  }
  return found;
}

}  // namespace

absl::StatusOr<uint64_t> WriteCodes(const std::string& path, const Codebook& codebook,
                                    std::span<const uint8_t> codes, const Digest* shared) {
  ABSL_RETURN_IF_ERROR(CheckWritable(codebook, codes));
  CodesHeader header{};
  header.dim = codebook.dim;
  header.stages = codebook.stages;
  header.subspaces = codebook.subspaces;
  header.centroids = codebook.centroids;
  header.node_count = static_cast<uint32_t>(codes.size() / codebook.code_bytes());
  header.min_scale = codebook.min_scale;
  header.scale_step = codebook.scale_step;
  header.codebook = shared == nullptr ? kOwnCodebook : kSharedCodebook;
  header.codes_offset = kCodesHeaderBytes + CodebookBytes(codebook.dim, codebook.stages,
                                                          codebook.centroids, shared != nullptr);
  std::string payload(reinterpret_cast<const char*>(&header), sizeof(header));
  if (shared == nullptr) {
    AppendHalves(codebook.values, &payload);
  } else {
    payload.append(shared->AsKey());
  }
  payload.append(AsString(codes));
  return WriteCheckedFile(path, kCodesMagic, kCodesVersion, AsBytes(payload));
}

uint64_t CodesFileBytes(uint32_t dim, const CodeShape& shape, uint64_t nodes) {
  const uint64_t payload = kCodesHeaderBytes +
                           CodebookBytes(dim, shape.stages, shape.centroids, shape.shared) +
                           nodes * shape.code_bytes;
  return kCheckedHeaderBytes + payload + CheckedBlockCount(payload) * sizeof(uint32_t);
}

absl::StatusOr<CodesView> CodesView::Open(const std::string& path, const SharedCodebooks* shared) {
  CodesView view;
  ABSL_ASSIGN_OR_RETURN(view.file_,
                        CheckedFile::Open(path, kCodesMagic, kOldestCodesVersion, kCodesVersion));
  ABSL_ASSIGN_OR_RETURN(const CodesHeader header, ReadHeader(*view.file_));
  ABSL_RETURN_IF_ERROR(CheckSections(*view.file_, header));
  view.codebook_is_shared_ = header.codebook == kSharedCodebook;
  ABSL_ASSIGN_OR_RETURN(view.codebook_, view.codebook_is_shared_
                                            ? FindSharedCodebook(*view.file_, header, shared)
                                            : ReadOwnCodebook(*view.file_, header));
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
