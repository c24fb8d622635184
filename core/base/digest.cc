#include "core/base/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace seekd {

std::string Digest::ToHex() const {
  const std::string_view key = AsKey();
  return absl::BytesToHexString(absl::string_view(key.data(), key.size()));
}

Digest ComputeDigest(std::string_view data) {
  std::array<uint8_t, 32> full;
  unsigned int full_size = 0;
  // Fails only when OpenSSL cannot allocate or has no SHA-256: nothing content
  // addressed can go on then.
  if (EVP_Digest(data.data(), data.size(), full.data(), &full_size, EVP_sha256(), nullptr) != 1 ||
      full_size != full.size()) {
    std::abort();
  }
  Digest digest;
  std::copy_n(full.begin(), digest.bytes.size(), digest.bytes.begin());
  return digest;
}

}  // namespace seekd
