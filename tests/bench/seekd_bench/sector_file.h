// A file of 4 KiB sectors that is read past the page cache where the file system lets
// it (O_DIRECT): what vectors on a disk cost a query.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_SECTOR_FILE_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_SECTOR_FILE_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd::bench {

class SectorFile {
 public:
  static constexpr uint64_t kSectorBytes = 4096;

  // Appends to a new file; each Append begins a sector.
  class Writer {
   public:
    explicit Writer(std::string path);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    // Returns the first sector of `bytes`.
    uint64_t Append(std::span<const float> values);
    absl::StatusOr<std::unique_ptr<SectorFile>> Finish();

   private:
    const std::string path_;
    int file_;
    uint64_t sectors_ = 0;
    bool failed_;
  };

  ~SectorFile();
  SectorFile(const SectorFile&) = delete;
  SectorFile& operator=(const SectorFile&) = delete;

  // The floats in `count` sectors from `first` on; valid until the next Read.
  absl::StatusOr<const float*> Read(uint64_t first, uint64_t count);
  uint64_t bytes() const { return sectors_ * kSectorBytes; }
  bool direct() const { return direct_; }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  SectorFile(std::string path, int file, uint64_t sectors, bool direct);

  const std::string path_;
  const int file_;
  const uint64_t sectors_;
  const bool direct_;
  std::unique_ptr<void, Free> buffer_;
  uint64_t buffer_sectors_ = 0;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_SECTOR_FILE_H_
