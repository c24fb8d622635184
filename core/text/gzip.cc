#include "core/text/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;

class Inflater {
 public:
  explicit Inflater(std::string_view bytes) : bytes_(bytes) {
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool ready() const { return ready_; }
  size_t offset() const { return offset_; }
  void NextMember() { inflateReset(&stream_); }

  // Appends the next block of the member to `out`; returns zlib's code.
  int Step(std::string* out) {
    const size_t given =
        std::min<size_t>(bytes_.size() - offset_, std::numeric_limits<uInt>::max());
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes_.data() + offset_));
    stream_.avail_in = static_cast<uInt>(given);
    stream_.next_out = reinterpret_cast<Bytef*>(block_.data());
    stream_.avail_out = static_cast<uInt>(block_.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    offset_ += given - stream_.avail_in;
    out->append(block_.data(), block_.size() - stream_.avail_out);
    return code;
  }

 private:
  std::string_view bytes_;
  size_t offset_ = 0;
  z_stream stream_{};
  bool ready_ = false;
  std::array<char, 1 << 16> block_;
};

absl::Status UnpackMember(Inflater* inflater, uint64_t max_bytes, std::string* out) {
  for (;;) {
    const int code = inflater->Step(out);
    if (code != Z_OK && code != Z_STREAM_END) {
      return absl::DataLossError(
          absl::StrCat("broken gzip data at byte ", inflater->offset(), " (zlib code ", code, ")"));
    }
    if (out->size() > max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("gzip file unpacks to more than ", max_bytes, " bytes"));
    }
    if (code == Z_STREAM_END) return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<std::string> Gunzip(std::string_view bytes, uint64_t max_bytes) {
  Inflater inflater(bytes);
  if (!inflater.ready()) return absl::ResourceExhaustedError("zlib: no memory");
  std::string out;
  do {
    inflater.NextMember();
    ABSL_RETURN_IF_ERROR(UnpackMember(&inflater, max_bytes, &out));
  } while (bytes.find_first_not_of('\0', inflater.offset()) != std::string_view::npos);
  return out;
}

}  // namespace seekd
