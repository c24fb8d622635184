#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

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

// The parts lie one after the other and fill the payload exactly. The products
// cannot wrap: every factor is below 2^32, and dim is bounded first.
absl::Status CheckHeader(const CheckedFile& file, const CodesHeader& h) {
  const uint64_t payload = file.bytes().size();
  const bool shape = h.dim >= 1 && h.dim <= payload && h.code_bytes >= 1 && h.code_bytes <= h.dim &&
                     h.centroids >= 1 && h.centroids <= 256;
  if (shape && h.codebook_offset == kCodesHeaderBytes &&
      h.codes_offset == kCodesHeaderBytes + CodebookBytes(h.dim, h.centroids) &&
      h.codes_offset <= payload &&
      payload - h.codes_offset == uint64_t{h.node_count} * h.code_bytes) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(
      file.path(), ": ", h.node_count, " codes of ", h.code_bytes, " bytes and ", h.centroids,
      " centroids of ", h.dim, " dimensions do not fill the ", payload, " bytes of payload"));
}

}  // namespace

absl::StatusOr<CodesView> CodesView::Open(const std::string& path) {
  CodesView view;
  ABSL_ASSIGN_OR_RETURN(view.file_, CheckedFile::Open(path, kCodesMagic, kCodesVersion));
  ABSL_ASSIGN_OR_RETURN(const CodesHeader header, ReadHeader(*view.file_));
  ABSL_RETURN_IF_ERROR(CheckHeader(*view.file_, header));
  if (!view.file_->Touch(0, header.codes_offset)) return view.file_->status();
  auto codebook = std::make_shared<Codebook>();
  codebook->dim = header.dim;
  codebook->code_bytes = header.code_bytes;
  codebook->centroids = header.centroids;
  std::vector<uint16_t> halves(size_t{header.dim} * header.centroids);
  std::memcpy(halves.data(), view.file_->bytes().data() + header.codebook_offset,
              halves.size() * sizeof(uint16_t));
  codebook->values.resize(halves.size());
  FromHalf(halves, codebook->values.data());
  view.codebook_ = std::move(codebook);
  view.node_count_ = header.node_count;
  view.codes_offset_ = header.codes_offset;
  return view;
}

const uint8_t* CodesView::Code(NodeId node) const { return Codes(node, 1); }

const uint8_t* CodesView::Codes(NodeId first, uint32_t count) const {
  const uint64_t width = codebook_->code_bytes;
  const uint64_t offset = codes_offset_ + first.value * width;
  if (!file_->Touch(offset, count * width)) return nullptr;
  return file_->bytes().data() + offset;
}

}  // namespace seekd
