// Codebooks that ship with a model (codebooks.bin, docs/formats/codebooks.md), so that the
// collections embedded by it need not keep one of their own (docs/adr/0016). All lengths of
// code share their stages; each has its own product quantization of what these leave.
//
// Thread safety: any thread may call any const member.
#ifndef SEEKD_CORE_CODES_SHARED_CODEBOOKS_H_
#define SEEKD_CORE_CODES_SHARED_CODEBOOKS_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/codes/codebooks_format.h"
#include "core/codes/codes.h"
#include "core/storage/checked_file.h"

namespace seekd {

class SharedCodebooks {
 public:
  // Reads and proves the whole file. NOT_FOUND, DATA_LOSS, FAILED_PRECONDITION.
  static absl::StatusOr<std::shared_ptr<const SharedCodebooks>> Open(const std::string& path);

  uint32_t dim() const { return header_.dim; }
  // Of the payload: the name by which codes.bin asks for it.
  const Digest& digest() const { return digest_; }
  // All codebooks as shapes, ascending by code_bytes; never empty.
  std::span<const CodeShape> shapes() const { return shapes_; }
  // The codebook for codes of `code_bytes`; one object for all that hold it at a time. NOT_FOUND
  // when there is none, DATA_LOSS when the file can no longer be read.
  absl::StatusOr<std::shared_ptr<const Codebook>> Find(uint32_t code_bytes) const;

 private:
  SharedCodebooks() = default;
  absl::StatusOr<std::shared_ptr<const Codebook>> Read(size_t length) const;

  std::shared_ptr<const CheckedFile> file_;
  Digest digest_;
  CodebooksHeader header_{};
  std::vector<CodebooksLength> lengths_;
  std::vector<CodeShape> shapes_;
  mutable std::mutex mutex_;
  mutable std::vector<std::weak_ptr<const Codebook>> held_;  // by length; guarded by mutex_
};

// Writes codebooks.bin; returns its size. INVALID_ARGUMENT unless the codebooks ascend by
// code_bytes and share dim, centroids and stages, as those of TrainCodebooks do.
absl::StatusOr<uint64_t> WriteSharedCodebooks(const std::string& path,
                                              std::span<const Codebook> codebooks);

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_SHARED_CODEBOOKS_H_
