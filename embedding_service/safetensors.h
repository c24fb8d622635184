// Reader of safetensors files (github.com/huggingface/safetensors, "Format"):
// 8 bytes little-endian header length, a JSON header {name: {dtype, shape,
// data_offsets}}, then the tensors' bytes without holes.
//
// Open proves every bound: header length, shape products, byte counts, and that
// the tensors tile the data exactly, so that no view can leave the file. The
// file is memory-mapped read-only; views point into it. The format has no
// checksum: changed weights are noticed by the model fingerprint.
//
// Thread safety: immutable; any thread may read. Views must not outlive it.
#ifndef SEEKD_EMBEDDING_SERVICE_SAFETENSORS_H_
#define SEEKD_EMBEDDING_SERVICE_SAFETENSORS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/storage/mapped_file.h"

namespace seekd {

inline constexpr uint64_t kMaxSafetensorsHeaderBytes = 16 << 20;

enum class TensorType { kBool, kU8, kI8, kI16, kI32, kI64, kF16, kBF16, kF32, kF64 };

std::string_view TensorTypeName(TensorType type);  // "F16"

struct TensorView {
  std::string name;
  TensorType type = TensorType::kF32;
  std::vector<uint64_t> shape;     // row-major; empty: one scalar
  std::span<const uint8_t> bytes;  // product(shape) * element size; alignment as in the file
};

// "F16 [32000, 256]"
std::string DescribeTensor(const TensorView& tensor);

// INVALID_ARGUMENT unless the tensor has this shape; `where` names the file.
absl::Status CheckShape(const TensorView& tensor, const std::vector<uint64_t>& shape,
                        const std::string& where);

// Index of the first component that is infinite or not a number, if there is one. REQUIRES: F16,
// BF16 or F32.
std::optional<uint64_t> FirstNotFinite(const TensorView& tensor);

// The tensors of the file image `file`, ascending by position; `where` names it
// in errors. DATA_LOSS: what was expected and found, which tensor.
absl::StatusOr<std::vector<TensorView>> ParseSafetensors(std::span<const uint8_t> file,
                                                         const std::string& where);

class SafetensorsFile {
 public:
  // Errors: those of MappedFile::Open, DATA_LOSS.
  static absl::StatusOr<std::unique_ptr<const SafetensorsFile>> Open(const std::string& path);
  const std::vector<TensorView>& tensors() const { return tensors_; }
  // NOT_FOUND names the file and the tensor.
  absl::StatusOr<const TensorView*> Find(std::string_view name) const;
  // The same, and INVALID_ARGUMENT unless it has this shape.
  absl::StatusOr<const TensorView*> Find(std::string_view name,
                                         const std::vector<uint64_t>& shape) const;

  std::span<const uint8_t> file_bytes() const { return map_->bytes(); }
  const std::string& path() const { return map_->path(); }
  // DATA_LOSS once a page of the file could not be read (it then reads as
  // zeros): whoever computed with its bytes asks afterwards.
  absl::Status status() const { return map_->status(); }

 private:
  explicit SafetensorsFile(std::unique_ptr<MappedFile> map) : map_(std::move(map)) {}

  const std::unique_ptr<MappedFile> map_;
  std::vector<TensorView> tensors_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_SAFETENSORS_H_
