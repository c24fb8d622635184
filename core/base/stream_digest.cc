#include "core/base/stream_digest.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace seekd {
namespace {

// OpenSSL fails here only when it cannot allocate or lacks the algorithm.
void CheckEvp(bool done) {
  if (!done) std::abort();
}

}  // namespace

void StreamDigest::FreeContext::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

StreamDigest::StreamDigest(DigestKind kind) : context_(EVP_MD_CTX_new()) {
  const EVP_MD* algorithm = kind == DigestKind::kSha1 ? EVP_sha1() : EVP_sha256();
  CheckEvp(context_ != nullptr && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1);
}

void StreamDigest::Update(std::string_view data) {
  CheckEvp(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
}

std::string StreamDigest::FinishHex() {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CheckEvp(EVP_DigestFinal_ex(context_.get(), bytes, &size) == 1);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(bytes), size));
}

}  // namespace seekd
