#include "core/codes/shared_codebooks.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/codes/codebook_parts.h"

namespace seekd {
namespace {

uint64_t TableBytes(const CodebooksHeader& header) {
  return TableValues(header.dim, header.centroids) * sizeof(uint16_t);
}

uint64_t StagesOffset(const CodebooksHeader& header) {
  return sizeof(CodebooksHeader) + uint64_t{header.length_count} * sizeof(CodebooksLength);
}

// `lengths` ascend and each stands for a codebook.
bool AreSound(const CodebooksHeader& header, std::span<const CodebooksLength> lengths) {
  uint32_t longest = 0;
  for (const CodebooksLength& length : lengths) {
    if (length.code_bytes <= std::max(longest, header.stages + 1) || length.reserved != 0 ||
        !IsCodebookShape(header.dim, header.stages, length.code_bytes - header.stages - 1,
                         header.centroids) ||
        !IsScaleRange(length.min_scale, length.scale_step)) {
      return false;
    }
    longest = length.code_bytes;
  }
  return !lengths.empty();
}

absl::Status NotSound(const CheckedFile& file, const CodebooksHeader& header) {
  return absl::DataLossError(absl::StrCat(file.path(), ": ", header.length_count, " codebooks of ",
                                          header.dim, " dimensions, ", header.stages,
                                          " stages and ", header.centroids,
                                          " centroids, ascending by length, do not fill the ",
                                          file.bytes().size(), " bytes of payload"));
}

absl::StatusOr<CodebooksHeader> ReadCodebooksHeader(const CheckedFile& file) {
  CodebooksHeader header{};
  const std::span<const uint8_t> payload = file.bytes();
  if (payload.size() < sizeof(header)) return NotSound(file, header);
  std::memcpy(&header, payload.data(), sizeof(header));
  // Divisions, because a product of what the file says could wrap.
  const uint64_t tables = uint64_t{header.stages} + header.length_count;
  if (!IsCodebookShape(header.dim, header.stages, 1, header.centroids) ||
      header.length_count == 0 || StagesOffset(header) > payload.size() ||
      TableBytes(header) > payload.size() / tables ||
      StagesOffset(header) + tables * TableBytes(header) != payload.size()) {
    return NotSound(file, header);
  }
  return header;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SharedCodebooks>> SharedCodebooks::Open(
    const std::string& path) {
  std::shared_ptr<SharedCodebooks> shared(new SharedCodebooks());
  ABSL_ASSIGN_OR_RETURN(shared->file_, CheckedFile::Open(path, kCodebooksMagic, kCodebooksVersion));
  const CheckedFile& file = *shared->file_;
  if (!file.Touch(0, file.bytes().size())) return file.status();
  ABSL_ASSIGN_OR_RETURN(shared->header_, ReadCodebooksHeader(file));
  const CodebooksHeader& header = shared->header_;
  shared->lengths_.resize(header.length_count);
  std::memcpy(shared->lengths_.data(), file.bytes().data() + sizeof(header),
              shared->lengths_.size() * sizeof(CodebooksLength));
  if (!AreSound(header, shared->lengths_)) return NotSound(file, header);
  const uint64_t values = (file.bytes().size() - StagesOffset(header)) / sizeof(uint16_t);
  ABSL_RETURN_IF_ERROR(ReadHalves(file, StagesOffset(header), values).status());
  shared->digest_ = ComputeDigest(AsString(file.bytes()));
  for (const CodebooksLength& length : shared->lengths_) {
    shared->shapes_.push_back(
        {length.code_bytes, header.stages, header.centroids, /*shared=*/true});
  }
  shared->held_.resize(header.length_count);
  ABSL_RETURN_IF_ERROR(file.status());
  return shared;
}

absl::StatusOr<std::shared_ptr<const Codebook>> SharedCodebooks::Find(uint32_t code_bytes) const {
  for (size_t i = 0; i < lengths_.size(); ++i) {
    if (lengths_[i].code_bytes != code_bytes) continue;
    std::lock_guard lock(mutex_);
    std::shared_ptr<const Codebook> held = held_[i].lock();
    if (held != nullptr) return held;
    ABSL_ASSIGN_OR_RETURN(held, Read(i));
    held_[i] = held;
    return held;
  }
  const auto append = [](std::string* out, const CodebooksLength& length) {
    absl::StrAppend(out, length.code_bytes);
  };
  return absl::NotFoundError(absl::StrCat(file_->path(), ": no codebook for codes of ", code_bytes,
                                          " bytes; it has those for ",
                                          absl::StrJoin(lengths_, ", ", append)));
}

absl::StatusOr<std::shared_ptr<const Codebook>> SharedCodebooks::Read(size_t length) const {
  const CodebooksLength& entry = lengths_[length];
  const uint64_t table = TableValues(header_.dim, header_.centroids);
  const uint64_t stages = StagesOffset(header_);
  auto codebook =
      std::make_shared<Codebook>(Codebook{.dim = header_.dim,
                                          .stages = header_.stages,
                                          .subspaces = entry.code_bytes - header_.stages - 1,
                                          .centroids = header_.centroids,
                                          .values = {},
                                          .min_scale = entry.min_scale,
                                          .scale_step = entry.scale_step});
  ABSL_ASSIGN_OR_RETURN(codebook->values, ReadHalves(*file_, stages, header_.stages * table));
  const uint64_t product = stages + (header_.stages + length) * TableBytes(header_);
  ABSL_ASSIGN_OR_RETURN(const std::vector<float> values, ReadHalves(*file_, product, table));
  codebook->values.insert(codebook->values.end(), values.begin(), values.end());
  ABSL_RETURN_IF_ERROR(file_->status());
  return codebook;
}

namespace {

absl::Status CheckWritable(const CodebooksHeader& header, std::span<const CodebooksLength> lengths,
                           std::span<const Codebook> codebooks) {
  const uint64_t table = TableValues(header.dim, header.centroids);
  const uint64_t stage_values = header.stages * table;
  bool sound = AreSound(header, lengths);
  for (const Codebook& codebook : codebooks) {
    sound = sound && codebook.dim == header.dim && codebook.stages == header.stages &&
            codebook.centroids == header.centroids &&
            codebook.values.size() == stage_values + table &&
            std::equal(codebook.values.begin(),
                       codebook.values.begin() + static_cast<std::ptrdiff_t>(stage_values),
                       codebooks[0].values.begin());
  }
  if (sound) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("expected codebooks of ascending lengths that share their stages; found ",
                   codebooks.size(), " of which the first has ", header.dim, " dimensions, ",
                   header.stages, " stages and ", header.centroids, " centroids"));
}

}  // namespace

absl::StatusOr<uint64_t> WriteSharedCodebooks(const std::string& path,
                                              std::span<const Codebook> codebooks) {
  CodebooksHeader header{};
  if (!codebooks.empty()) {
    header = {codebooks[0].dim, codebooks[0].stages, codebooks[0].centroids,
              static_cast<uint32_t>(codebooks.size())};
  }
  std::vector<CodebooksLength> lengths;
  for (const Codebook& codebook : codebooks) {
    lengths.push_back({codebook.code_bytes(), codebook.min_scale, codebook.scale_step, 0});
  }
  ABSL_RETURN_IF_ERROR(CheckWritable(header, lengths, codebooks));
  std::string payload(reinterpret_cast<const char*>(&header), sizeof(header));
  payload.append(reinterpret_cast<const char*>(lengths.data()),
                 lengths.size() * sizeof(CodebooksLength));
  const size_t stage_values = header.stages * TableValues(header.dim, header.centroids);
  AppendHalves(std::span(codebooks[0].values).first(stage_values), &payload);
  for (const Codebook& codebook : codebooks) {
    AppendHalves(std::span(codebook.values).subspan(stage_values), &payload);
  }
  return WriteCheckedFile(path, kCodebooksMagic, kCodebooksVersion, AsBytes(payload));
}

}  // namespace seekd
