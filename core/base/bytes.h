// Little-endian integers and LEB128 varints to and from byte strings. Writing
// appends to a std::string; reading goes through ByteReader, which never reads
// outside its span.
#ifndef SEEKD_CORE_BASE_BYTES_H_
#define SEEKD_CORE_BASE_BYTES_H_

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace seekd {

inline std::span<const uint8_t> AsBytes(std::string_view s) {
  return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}
inline std::string_view AsString(std::span<const uint8_t> s) {
  return {reinterpret_cast<const char*>(s.data()), s.size()};
}

// REQUIRES: sizeof(T) bytes at `p`, of any alignment.
template <std::unsigned_integral T>
T LoadLittleEndian(const uint8_t* p) {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, p, sizeof(T));
  return value;
}
template <std::unsigned_integral T>
void StoreLittleEndian(T value, uint8_t* p) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(p, &value, sizeof(T));
}

template <std::unsigned_integral T>
void AppendFixed(T value, std::string* out) {
  uint8_t bytes[sizeof(T)];
  StoreLittleEndian(value, bytes);
  out->append(reinterpret_cast<const char*>(bytes), sizeof(T));
}

// 7 bits per byte, least significant first; at most 10 bytes.
inline void AppendVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

// Maps small negative and positive differences to small varints: 0, -1, 1, -2, ...
inline uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline int64_t UnZigZag(uint64_t v) { return static_cast<int64_t>((v >> 1) ^ (~(v & 1) + 1)); }

// varint(size), bytes.
inline void AppendLengthPrefixed(std::string_view s, std::string* out) {
  AppendVarint(s.size(), out);
  out->append(s);
}

// Reads a span from front to back. Each Read returns false, and moves nothing,
// when the span does not hold what was asked for. The span must outlive the
// reader and the views it hands out.
class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> data) : data_(data) {}
  explicit ByteReader(std::string_view data) : data_(AsBytes(data)) {}

  size_t offset() const { return offset_; }
  size_t remaining() const { return data_.size() - offset_; }
  bool empty() const { return remaining() == 0; }

  template <std::unsigned_integral T>
  [[nodiscard]] bool ReadFixed(T* value) {
    if (sizeof(T) > remaining()) return false;
    *value = LoadLittleEndian<T>(data_.data() + offset_);
    offset_ += sizeof(T);
    return true;
  }

  // False also for more than 64 bits.
  [[nodiscard]] bool ReadVarint(uint64_t* value) {
    uint64_t result = 0;
    size_t at = offset_;
    for (unsigned shift = 0; shift < 64 && at < data_.size(); shift += 7) {
      const uint8_t byte = data_[at++];
      if (shift == 63 && byte > 1) return false;
      result |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) {
        *value = result;
        offset_ = at;
        return true;
      }
    }
    return false;
  }

  // A varint that fits T.
  template <std::unsigned_integral T>
  [[nodiscard]] bool ReadVarintAs(T* value) {
    const size_t start = offset_;
    uint64_t wide = 0;
    if (!ReadVarint(&wide)) return false;
    if (wide > static_cast<T>(-1)) {
      offset_ = start;
      return false;
    }
    *value = static_cast<T>(wide);
    return true;
  }

  [[nodiscard]] bool ReadBytes(uint64_t size, std::span<const uint8_t>* bytes) {
    if (size > remaining()) return false;
    *bytes = data_.subspan(offset_, static_cast<size_t>(size));
    offset_ += static_cast<size_t>(size);
    return true;
  }

  [[nodiscard]] bool ReadLengthPrefixed(std::string_view* s) {
    const size_t start = offset_;
    uint64_t size = 0;
    std::span<const uint8_t> bytes;
    if (!ReadVarint(&size) || !ReadBytes(size, &bytes)) {
      offset_ = start;
      return false;
    }
    *s = AsString(bytes);
    return true;
  }
  [[nodiscard]] bool ReadLengthPrefixed(std::string* s) {
    std::string_view view;
    if (!ReadLengthPrefixed(&view)) return false;
    s->assign(view);
    return true;
  }

 private:
  std::span<const uint8_t> data_;
  size_t offset_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_BASE_BYTES_H_
