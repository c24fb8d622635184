// SHA-1 or SHA-256 (FIPS 180-4) of bytes that come in pieces, as the text that other programs
// write. For checking what others have hashed: our own content addresses are in digest.h.
#ifndef SEEKD_CORE_BASE_STREAM_DIGEST_H_
#define SEEKD_CORE_BASE_STREAM_DIGEST_H_

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's

namespace seekd {

enum class DigestKind {
  kSha1,  // names of git's objects; no proof against an attacker
  kSha256,
};

class StreamDigest {
 public:
  explicit StreamDigest(DigestKind kind);

  void Update(std::string_view data);
  // Lower-case hexadecimal digits: 40 or 64. REQUIRES: once, and nothing after it.
  std::string FinishHex();

 private:
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, FreeContext> context_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_BASE_STREAM_DIGEST_H_
