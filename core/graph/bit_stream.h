// Bits in little-endian order: bit i of a string is bit i % 8 of byte i / 8.
#ifndef SEEKD_CORE_GRAPH_BIT_STREAM_H_
#define SEEKD_CORE_GRAPH_BIT_STREAM_H_

#include <cstdint>
#include <string>

#include "core/base/bytes.h"

namespace seekd {

// Appends to a byte string.
class BitWriter {
 public:
  explicit BitWriter(std::string* out) : out_(out) {}

  // REQUIRES: width <= 32, value < 2^width.
  void Write(uint64_t value, uint32_t width) {
    buffer_ |= value << filled_;
    filled_ += width;
    for (; filled_ >= 8; filled_ -= 8, buffer_ >>= 8) out_->push_back(static_cast<char>(buffer_));
  }
  // Fills the last byte with zeros.
  void Flush() {
    if (filled_ > 0) out_->push_back(static_cast<char>(buffer_));
    buffer_ = 0;
    filled_ = 0;
  }

 private:
  std::string* out_;
  uint64_t buffer_ = 0;
  uint32_t filled_ = 0;
};

// Reads `size` bytes at `data`, and may load (never use) up to 8 bytes beyond:
// they must be readable.
class BitReader {
 public:
  BitReader(const uint8_t* data, uint64_t size) : data_(data), limit_(size * 8) {}

  // The next 57 bits or more; those beyond the end have no meaning. Never fails.
  uint64_t Peek() const {
    return LoadLittleEndian<uint64_t>(data_ + (position_ >> 3)) >> (position_ & 7);
  }
  // False, and nothing is skipped, when fewer than `bits` bits remain.
  [[nodiscard]] bool Skip(uint64_t bits) {
    if (bits > remaining()) return false;
    position_ += bits;
    return true;
  }
  uint64_t remaining() const { return limit_ - position_; }

 private:
  const uint8_t* data_;
  uint64_t limit_;
  uint64_t position_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_BIT_STREAM_H_
