// A read-only memory-mapped file whose payload is guarded by one CRC32C per
// 64 KiB block, verified on first touch. Format: docs/formats/checked_file.md.
//
// A bad block, or a page that cannot be read any more (the file was truncated,
// the disk failed: SIGBUS), never becomes data: Touch returns false, and
// status() says which file, which offset, what was expected and found.
//
// Thread safety: any thread may call any const member.
#ifndef SEEKD_CORE_STORAGE_CHECKED_FILE_H_
#define SEEKD_CORE_STORAGE_CHECKED_FILE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/storage/atomic_file.h"
#include "core/storage/checked_file_format.h"
#include "core/storage/mapped_file.h"

namespace seekd {

class CheckedFile final {
 public:
  // `magic` is 8 bytes. Verifies header, file size and CRC table; payload blocks
  // are verified on first touch. Errors: NOT_FOUND, DATA_LOSS,
  // FAILED_PRECONDITION (a version this program does not know).
  static absl::StatusOr<std::shared_ptr<const CheckedFile>> Open(const std::string& path,
                                                                 std::string_view magic,
                                                                 uint32_t version) {
    return Open(path, magic, version, version);
  }
  // The same where versions from `oldest` on are laid out alike.
  static absl::StatusOr<std::shared_ptr<const CheckedFile>> Open(const std::string& path,
                                                                 std::string_view magic,
                                                                 uint32_t oldest, uint32_t newest);
  // The payload. Bytes may be read only after Touch of their range returned true.
  std::span<const uint8_t> bytes() const { return payload_; }
  // True when [offset, offset + size) lies inside the payload and its blocks are
  // sound. Cheap (one relaxed load per block) after the first time.
  bool Touch(uint64_t offset, uint64_t size) const {
    if (offset > payload_.size() || size > payload_.size() - offset) return false;
    if (size == 0) return true;
    const uint64_t last = (offset + size - 1) / kCheckedBlockBytes;
    for (uint64_t block = offset / kCheckedBlockBytes; block <= last; ++block) {
      if (blocks_[block].load(std::memory_order_relaxed) != kSound && !VerifyBlock(block)) {
        return false;
      }
    }
    return true;
  }
  // OK until a touched block was bad or a mapped page could not be read.
  // Readers call it once after a search round: a page lost under them reads as
  // zeros meanwhile.
  absl::Status status() const;
  // Takes the pages out of this process's memory; a later read brings them back.
  void ReleasePages() const { mapping_->ReleasePages(); }
  const std::string& path() const { return mapping_->path(); }
  uint64_t file_bytes() const { return mapping_->bytes().size(); }

 private:
  enum BlockState : uint8_t { kUntouched, kSound, kBad };

  CheckedFile(std::unique_ptr<const MappedFile> mapping, std::span<const uint8_t> payload,
              std::vector<uint32_t> block_crcs);
  bool VerifyBlock(uint64_t block) const;
  void RecordBadBlock(uint64_t block, uint32_t found) const;

  const std::unique_ptr<const MappedFile> mapping_;
  const std::span<const uint8_t> payload_;
  const std::vector<uint32_t> block_crcs_;
  // BlockState each. The payload never changes, so the states order nothing else.
  const std::unique_ptr<std::atomic<uint8_t>[]> blocks_;
  mutable std::atomic<bool> has_bad_block_{false};
  mutable std::mutex mutex_;
  mutable absl::Status first_error_;  // guarded by mutex_
};

// Writes a checked file whose payload comes in pieces of any size and is never held. One that
// is destroyed before Finish leaves nothing.
class CheckedFileWriter {
 public:
  // `magic` is 8 bytes.
  static absl::StatusOr<CheckedFileWriter> Create(const std::string& path, std::string_view magic,
                                                  uint32_t version);
  absl::Status Append(std::span<const uint8_t> payload);
  // CRC table and header → fsync → rename → fsync of the folder. Returns the file's size.
  // REQUIRES: once, and nothing after it.
  absl::StatusOr<uint64_t> Finish();

 private:
  CheckedFileWriter(AtomicFileWriter file, std::string_view magic, uint32_t version)
      : file_(std::move(file)), magic_(magic), version_(version) {}

  AtomicFileWriter file_;
  std::string magic_;
  uint32_t version_;
  uint64_t payload_bytes_ = 0;
  uint32_t block_crc_ = 0;  // of what has come of the last block
  std::string table_;       // of the blocks before
};

// The same of a payload at hand.
absl::StatusOr<uint64_t> WriteCheckedFile(const std::string& path, std::string_view magic,
                                          uint32_t version, std::span<const uint8_t> payload);

}  // namespace seekd

#endif  // SEEKD_CORE_STORAGE_CHECKED_FILE_H_
