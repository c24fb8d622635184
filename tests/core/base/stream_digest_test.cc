#include "core/base/stream_digest.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

std::string HexOf(DigestKind kind, std::initializer_list<std::string_view> pieces) {
  StreamDigest digest(kind);
  for (const std::string_view piece : pieces) digest.Update(piece);
  return digest.FinishHex();
}

// "abc": FIPS 180-4, example values.
CATCH_TEST_CASE("digests of pieces are those of the whole") {
  constexpr char kSha1OfAbc[] = "a9993e364706816aba3e25717850c26c9cd0d89d";
  constexpr char kSha256OfAbc[] =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CATCH_CHECK(HexOf(DigestKind::kSha1, {"abc"}) == kSha1OfAbc);
  CATCH_CHECK(HexOf(DigestKind::kSha1, {"a", "", "bc"}) == kSha1OfAbc);
  CATCH_CHECK(HexOf(DigestKind::kSha256, {"abc"}) == kSha256OfAbc);
  CATCH_CHECK(HexOf(DigestKind::kSha256, {"ab", "c"}) == kSha256OfAbc);
}

CATCH_TEST_CASE("digests of nothing") {
  CATCH_CHECK(HexOf(DigestKind::kSha1, {}) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CATCH_CHECK(HexOf(DigestKind::kSha256, {}) ==
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace seekd
