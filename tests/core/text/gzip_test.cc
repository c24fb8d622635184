#include "core/text/gzip.h"

#include <zlib.h>

#include "tests/support/catch.h"

namespace seekd {
namespace {

std::string Gzip(std::string text) {
  z_stream stream{};
  CATCH_REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) ==
                Z_OK);
  std::string out(text.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CATCH_REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

CATCH_TEST_CASE("one member, several, padding") {
  const std::string text(200000, 'x');
  CATCH_CHECK(Gunzip(Gzip(text), 1 << 20).value() == text);
  CATCH_CHECK(Gunzip(Gzip("one ") + Gzip("") + Gzip("two"), 100).value() == "one two");
  CATCH_CHECK(Gunzip(Gzip("one") + std::string(7, '\0'), 100).value() == "one");
}

CATCH_TEST_CASE("a bomb is refused at the limit") {
  const std::string packed = Gzip(std::string(1000, 'x'));
  CATCH_CHECK(Gunzip(packed, 1000).ok());
  CATCH_CHECK(Gunzip(packed, 999).status().code() == absl::StatusCode::kResourceExhausted);
  CATCH_CHECK(Gunzip(packed + packed, 1999).status().code() ==
              absl::StatusCode::kResourceExhausted);
}

CATCH_TEST_CASE("every truncation and trailing rubbish is data loss") {
  const std::string packed = Gzip("some text that is packed");
  for (size_t size = 0; size < packed.size(); ++size) {
    CATCH_REQUIRE(Gunzip(packed.substr(0, size), 1000).status().code() ==
                  absl::StatusCode::kDataLoss);
  }
  CATCH_CHECK(Gunzip(packed + "rubbish", 1000).status().code() == absl::StatusCode::kDataLoss);
}

CATCH_TEST_CASE("a flipped byte of the body never yields other text") {
  const std::string text = "some text that is packed, some text that is flipped";
  const std::string packed = Gzip(text);
  for (size_t i = 10; i < packed.size(); ++i) {
    std::string flipped = packed;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    const auto unpacked = Gunzip(flipped, 1000);
    if (unpacked.ok()) CATCH_REQUIRE(*unpacked == text);
  }
}

}  // namespace
}  // namespace seekd
