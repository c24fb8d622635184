#include "core/base/digest.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

// FIPS 180-4 examples, truncated to 16 bytes.
CATCH_TEST_CASE("a digest is the first half of SHA-256") {
  CATCH_CHECK(ComputeDigest("").ToHex() == "e3b0c44298fc1c149afbf4c8996fb924");
  CATCH_CHECK(ComputeDigest("abc").ToHex() == "ba7816bf8f01cfea414140de5dae2223");
  CATCH_CHECK(ComputeDigest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").ToHex() ==
              "248d6a61d20638b8e5c026930c3e6039");
}

CATCH_TEST_CASE("a digest orders and keys by its bytes") {
  const Digest a = ComputeDigest("a");
  const Digest b = ComputeDigest("b");
  CATCH_CHECK(a != b);
  CATCH_CHECK((a < b) == (a.AsKey() < b.AsKey()));
  CATCH_CHECK(a.AsKey().size() == 16);
}

}  // namespace
}  // namespace seekd
