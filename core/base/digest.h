// 128-bit content address: the first 16 bytes of SHA-256 (FIPS 180-4).
#ifndef SEEKD_CORE_BASE_DIGEST_H_
#define SEEKD_CORE_BASE_DIGEST_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace seekd {

struct Digest {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const Digest&) const = default;

  // 32 lower-case hexadecimal digits.
  std::string ToHex() const;
  std::string_view AsKey() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  template <typename H>
  friend H AbslHashValue(H h, const Digest& d) {
    return H::combine(std::move(h), d.bytes);
  }
};

Digest ComputeDigest(std::string_view data);

}  // namespace seekd

#endif  // SEEKD_CORE_BASE_DIGEST_H_
