#include "embedding_service/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

using nlohmann::json;

struct TypeRow {
  TensorType type;
  std::string_view name;
  uint64_t bytes;
};
constexpr TypeRow kTypes[] = {
    {TensorType::kBool, "BOOL", 1}, {TensorType::kU8, "U8", 1},     {TensorType::kI8, "I8", 1},
    {TensorType::kI16, "I16", 2},   {TensorType::kI32, "I32", 4},   {TensorType::kI64, "I64", 8},
    {TensorType::kF16, "F16", 2},   {TensorType::kBF16, "BF16", 2}, {TensorType::kF32, "F32", 4},
    {TensorType::kF64, "F64", 8},
};

const TypeRow* FindType(const json& name) {
  if (!name.is_string()) return nullptr;
  for (const TypeRow& row : kTypes) {
    if (name.get_ref<const std::string&>() == row.name) return &row;
  }
  return nullptr;
}

std::string Show(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80);
}

// Product of `factor` and the extents, or nullopt when it does not fit.
std::optional<uint64_t> CheckedProduct(uint64_t factor, const std::vector<uint64_t>& extents) {
  uint64_t product = factor;
  for (uint64_t extent : extents) {
    if (__builtin_mul_overflow(product, extent, &product)) return std::nullopt;
  }
  return product;
}

bool ReadUnsignedArray(const json& value, std::vector<uint64_t>* out) {
  if (!value.is_array()) return false;
  for (const json& element : value) {
    if (!element.is_number_unsigned()) return false;
    out->push_back(element.get<uint64_t>());
  }
  return true;
}

const json& Member(const json& object, const char* key) {
  static const json kNull;
  auto it = object.find(key);
  return it == object.end() ? kNull : *it;
}

// One entry of the header; `data` is everything after the header. An error's
// message is a phrase; the caller adds file and tensor.
absl::StatusOr<TensorView> ParseTensor(const json& entry, std::span<const uint8_t> data) {
  if (!entry.is_object()) return absl::DataLossError("expected an object");
  TensorView view;
  const TypeRow* type = FindType(Member(entry, "dtype"));
  if (type == nullptr) {
    return absl::DataLossError(absl::StrCat("unknown dtype ", Show(Member(entry, "dtype"))));
  }
  view.type = type->type;
  if (!ReadUnsignedArray(Member(entry, "shape"), &view.shape)) {
    return absl::DataLossError(absl::StrCat("bad shape ", Show(Member(entry, "shape"))));
  }
  std::vector<uint64_t> offsets;
  if (!ReadUnsignedArray(Member(entry, "data_offsets"), &offsets) || offsets.size() != 2) {
    return absl::DataLossError(
        absl::StrCat("bad data_offsets ", Show(Member(entry, "data_offsets"))));
  }
  if (offsets[0] > offsets[1] || offsets[1] > data.size()) {
    return absl::DataLossError(absl::StrCat("data_offsets [", offsets[0], ", ", offsets[1],
                                            "] leave the ", data.size(), " bytes of data"));
  }
  view.bytes = data.subspan(offsets[0], offsets[1] - offsets[0]);
  const std::optional<uint64_t> expected = CheckedProduct(type->bytes, view.shape);
  if (expected != view.bytes.size()) {
    return absl::DataLossError(absl::StrCat(DescribeTensor(view), " does not take the ",
                                            view.bytes.size(), " bytes it is given"));
  }
  return view;
}

// The format allows neither holes nor overlaps nor bytes at the end.
absl::Status CheckTiling(std::vector<TensorView>* tensors, std::span<const uint8_t> data) {
  std::ranges::sort(*tensors, [](const TensorView& a, const TensorView& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  const uint8_t* end = data.data();
  for (const TensorView& tensor : *tensors) {
    if (tensor.bytes.data() != end) {
      return absl::DataLossError(absl::StrCat("tensor \"", tensor.name, "\" begins at data byte ",
                                              tensor.bytes.data() - data.data(), ", expected ",
                                              end - data.data()));
    }
    end += tensor.bytes.size();
  }
  if (end == data.data() + data.size()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the tensors take ", end - data.data(), " of ", data.size(), " bytes of data"));
}

absl::Status At(const std::string& where, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(where, ": ", status.message()));
}

// Of numbers whose exponent has the bits of `exponent`; all ones mean infinite or NaN.
template <typename Bits>
std::optional<uint64_t> FirstWithExponent(std::span<const uint8_t> bytes, Bits exponent) {
  const size_t count = bytes.size() / sizeof(Bits);
  for (size_t i = 0; i < count; ++i) {
    const Bits bits = LoadLittleEndian<Bits>(bytes.data() + i * sizeof(Bits));
    if ((bits & exponent) == exponent) return i;
  }
  return std::nullopt;
}

}  // namespace

std::string_view TensorTypeName(TensorType type) {
  return std::ranges::find(kTypes, type, &TypeRow::type)->name;
}

std::string DescribeTensor(const TensorView& tensor) {
  const std::string_view type = TensorTypeName(tensor.type);
  return absl::StrCat(std::string(type), " [", absl::StrJoin(tensor.shape, ", "), "]");
}

absl::Status CheckShape(const TensorView& tensor, const std::vector<uint64_t>& shape,
                        const std::string& where) {
  if (tensor.shape == shape) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(where, ": tensor \"", tensor.name, "\" is ",
                                                 DescribeTensor(tensor), ", expected shape [",
                                                 absl::StrJoin(shape, ", "), "]"));
}

std::optional<uint64_t> FirstNotFinite(const TensorView& tensor) {
  if (tensor.type == TensorType::kF16) return FirstWithExponent<uint16_t>(tensor.bytes, 0x7c00);
  if (tensor.type == TensorType::kBF16) return FirstWithExponent<uint16_t>(tensor.bytes, 0x7f80);
  return FirstWithExponent<uint32_t>(tensor.bytes, 0x7f800000);
}

absl::StatusOr<std::vector<TensorView>> ParseSafetensors(std::span<const uint8_t> file,
                                                         const std::string& where) {
  constexpr size_t kLengthBytes = 8;
  if (file.size() < kLengthBytes) {
    return absl::DataLossError(absl::StrCat(where, ": ", file.size(), " bytes, shorter than the ",
                                            kLengthBytes, " of the header length"));
  }
  const uint64_t header_bytes = LoadLittleEndian<uint64_t>(file.data());
  if (header_bytes > std::min<uint64_t>(kMaxSafetensorsHeaderBytes, file.size() - kLengthBytes)) {
    return absl::DataLossError(absl::StrCat(where, ": header of ", header_bytes, " bytes in ",
                                            file.size(), ", limit ", kMaxSafetensorsHeaderBytes));
  }
  const auto header = file.subspan(kLengthBytes, header_bytes);
  const auto data = file.subspan(kLengthBytes + header_bytes);
  const json root = json::parse(header.begin(), header.end(), nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) {
    return absl::DataLossError(absl::StrCat(where, ": the header is no JSON object"));
  }
  std::vector<TensorView> tensors;
  for (const auto& [name, entry] : root.items()) {
    if (name == "__metadata__") continue;
    absl::StatusOr<TensorView> tensor = ParseTensor(entry, data);
    if (!tensor.ok()) return At(absl::StrCat(where, ": tensor \"", name, "\""), tensor.status());
    tensor->name = name;
    tensors.push_back(*std::move(tensor));
  }
  if (absl::Status status = CheckTiling(&tensors, data); !status.ok()) return At(where, status);
  return tensors;
}

absl::StatusOr<std::unique_ptr<const SafetensorsFile>> SafetensorsFile::Open(
    const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<MappedFile> map, MappedFile::Open(path));
  std::unique_ptr<SafetensorsFile> file(new SafetensorsFile(std::move(map)));
  ABSL_ASSIGN_OR_RETURN(file->tensors_, ParseSafetensors(file->file_bytes(), path));
  ABSL_RETURN_IF_ERROR(file->status());
  return file;
}

absl::StatusOr<const TensorView*> SafetensorsFile::Find(std::string_view name) const {
  auto it = std::ranges::find(tensors_, name, &TensorView::name);
  if (it != tensors_.end()) return &*it;
  return absl::NotFoundError(absl::StrCat(path(), ": no tensor \"", std::string(name), "\""));
}

absl::StatusOr<const TensorView*> SafetensorsFile::Find(std::string_view name,
                                                        const std::vector<uint64_t>& shape) const {
  ABSL_ASSIGN_OR_RETURN(const TensorView* tensor, Find(name));
  ABSL_RETURN_IF_ERROR(CheckShape(*tensor, shape, path()));
  return tensor;
}

}  // namespace seekd
