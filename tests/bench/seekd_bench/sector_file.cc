#include "tests/bench/seekd_bench/sector_file.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace seekd::bench {

SectorFile::Writer::Writer(std::string path)
    : path_(std::move(path)),
      file_(open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)),
      failed_(file_ < 0) {}

SectorFile::Writer::~Writer() {
  if (file_ >= 0) close(file_);
}

uint64_t SectorFile::Writer::Append(std::span<const float> values) {
  const uint64_t first = sectors_;
  const uint64_t count = (values.size_bytes() + kSectorBytes - 1) / kSectorBytes;
  std::vector<char> padded(count * kSectorBytes);
  std::memcpy(padded.data(), values.data(), values.size_bytes());
  for (size_t at = 0; at < padded.size() && !failed_;) {
    const ssize_t written = write(file_, padded.data() + at, padded.size() - at);
    failed_ = written <= 0;
    if (!failed_) at += static_cast<size_t>(written);
  }
  sectors_ += count;
  return first;
}

absl::StatusOr<std::unique_ptr<SectorFile>> SectorFile::Writer::Finish() {
  if (failed_ || fsync(file_) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot write ", path_));
  }
  bool direct = true;
  int file = open(path_.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  if (file < 0) {
    direct = false;
    file = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (file < 0) return absl::UnavailableError(absl::StrCat("cannot open ", path_));
  return std::unique_ptr<SectorFile>(new SectorFile(path_, file, sectors_, direct));
}

SectorFile::SectorFile(std::string path, int file, uint64_t sectors, bool direct)
    : path_(std::move(path)), file_(file), sectors_(sectors), direct_(direct) {}

SectorFile::~SectorFile() { close(file_); }

absl::StatusOr<const float*> SectorFile::Read(uint64_t first, uint64_t count) {
  if (count > buffer_sectors_) {
    buffer_.reset(std::aligned_alloc(kSectorBytes, count * kSectorBytes));
    buffer_sectors_ = count;
  }
  auto* const out = static_cast<char*>(buffer_.get());
  const uint64_t bytes = count * kSectorBytes;
  for (uint64_t at = 0; at < bytes;) {
    const ssize_t got =
        pread(file_, out + at, bytes - at, static_cast<off_t>(first * kSectorBytes + at));
    if (got <= 0) {
      return absl::DataLossError(absl::StrCat(path_, ": cannot read sectors ", first, " to ",
                                              first + count, " of ", sectors_));
    }
    at += static_cast<uint64_t>(got);
  }
  return reinterpret_cast<const float*>(out);
}

}  // namespace seekd::bench
