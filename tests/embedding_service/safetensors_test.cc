#include "embedding_service/safetensors.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "core/base/bytes.h"
#include "tests/support/catch.h"
#include "tests/support/safetensors_writer.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::SafetensorsBytes;
using testing::TensorToWrite;

// Two fp32 tensors, a half and a scalar.
std::string GoodFile() {
  std::vector<float> values(6);
  std::iota(values.begin(), values.end(), 1.0f);
  const std::vector<TensorToWrite> tensors = {
      testing::FloatTensor("a", {2, 3}, values),
      {"half", "F16", {2}, std::string("\x00\x3c\x00\x40", 4)},
      testing::FloatTensor("empty", {0, 7}, {}),
      {"scalar", "U8", {}, "x"},
  };
  return SafetensorsBytes(tensors);
}

absl::Status ParseStatus(const std::string& header, const std::string& data) {
  const std::string bytes = SafetensorsBytes(header, data);
  return ParseSafetensors(AsBytes(bytes), "model.safetensors").status();
}

// A header of one F32 tensor "t".
std::string OneTensor(const std::string& shape, const std::string& offsets) {
  return R"({"t":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

CATCH_TEST_CASE("a sound file", "[safetensors]") {
  const testing::TempFolder folder;
  testing::WriteFileOrDie(folder.File("m"), GoodFile());
  auto file = SafetensorsFile::Open(folder.File("m"));
  CATCH_REQUIRE(file.ok());
  CATCH_CHECK((*file)->tensors().size() == 4);
  const TensorView* a = (*file)->Find("a", {2, 3}).value();
  CATCH_CHECK(DescribeTensor(*a) == "F32 [2, 3]");
  float last = 0;
  std::memcpy(&last, a->bytes.data() + 20, 4);
  CATCH_CHECK(last == 6.0f);
  CATCH_CHECK((*file)->Find("half").value()->type == TensorType::kF16);
  CATCH_CHECK((*file)->Find("empty").value()->bytes.empty());
  CATCH_CHECK((*file)->Find("scalar").value()->bytes.size() == 1);
  CATCH_CHECK((*file)->Find("b").status().code() == absl::StatusCode::kNotFound);
  CATCH_CHECK((*file)->Find("a", {3, 2}).status().code() == absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("files that cannot be opened", "[safetensors]") {
  const testing::TempFolder folder;
  CATCH_CHECK(SafetensorsFile::Open(folder.File("none")).status().code() ==
              absl::StatusCode::kNotFound);
  testing::WriteFileOrDie(folder.File("empty"), "");
  CATCH_CHECK(SafetensorsFile::Open(folder.File("empty")).status().code() ==
              absl::StatusCode::kDataLoss);
  CATCH_CHECK_FALSE(SafetensorsFile::Open(folder.path()).ok());
}

CATCH_TEST_CASE("the smallest files", "[safetensors]") {
  CATCH_CHECK(ParseStatus("{}", "").ok());
  CATCH_CHECK(ParseStatus(R"({"__metadata__":{"a":"b"}}  )", "").ok());
  CATCH_CHECK(ParseStatus(OneTensor("[1]", "[0,4]"), "abcd").ok());
}

CATCH_TEST_CASE("broken headers are DATA_LOSS and name the file", "[safetensors]") {
  const std::string big = "18446744073709551615";
  const std::string half = "9223372036854775808";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"[]", ""},
      {"null", ""},
      {"{", ""},
      {R"({"t":1})", ""},
      {R"({"t":{}})", ""},
      {R"({"t":{"dtype":"F7","shape":[1],"data_offsets":[0,4]}})", "abcd"},
      {R"({"t":{"dtype":4,"shape":[1],"data_offsets":[0,4]}})", "abcd"},
      {OneTensor("1", "[0,4]"), "abcd"},
      {OneTensor("[-1]", "[0,4]"), "abcd"},
      {OneTensor("[1.0]", "[0,4]"), "abcd"},
      {OneTensor("[\"1\"]", "[0,4]"), "abcd"},
      {OneTensor("[1]", "[0]"), "abcd"},
      {OneTensor("[1]", "[0,4,8]"), "abcd"},
      {OneTensor("[1]", "[4,0]"), "abcd"},
      {OneTensor("[1]", "[0,5]"), "abcd"},
      {OneTensor("[1]", "[0," + big + "]"), "abcd"},
      {OneTensor("[1]", "[" + big + "," + big + "]"), "abcd"},
      {OneTensor("[2]", "[0,4]"), "abcd"},
      {OneTensor("[0]", "[0,4]"), "abcd"},
      {OneTensor("[" + big + "]", "[0,4]"), "abcd"},
      {OneTensor("[" + half + ",2]", "[0,0]"), ""},       // the product wraps to 0
      {OneTensor("[4611686018427387904]", "[0,0]"), ""},  // times 4 wraps to 0
      {OneTensor("[" + half + "," + half + ",0]", "[0,0]"), ""},
      {OneTensor("[1]", "[0,4]"), "abcde"},  // a byte too many
      {OneTensor("[1]", "[1,5]"), "abcde"},  // a hole
      {R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
       R"("u":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
       "abcdef"},  // overlap
      {R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
       R"("u":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       "abcd"},  // twice the same
      {std::string(100000, '['), ""},
      {"{\"t\xff\":{}}", ""},
  };
  for (const auto& [header, data] : cases) {
    CATCH_INFO(header.substr(0, 100));
    const absl::Status status = ParseStatus(header, data);
    CATCH_CHECK(status.code() == absl::StatusCode::kDataLoss);
    CATCH_CHECK(std::string(status.message()).find("model.safetensors: ") == 0);
  }
}

CATCH_TEST_CASE("header lengths", "[safetensors]") {
  const std::string file = GoodFile();
  for (size_t size = 0; size < file.size(); ++size) {
    // A copy of its own, so that a sanitizer sees reads behind the end.
    const std::vector<uint8_t> prefix(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
    CATCH_CHECK_FALSE(ParseSafetensors(prefix, "x").ok());
  }
  for (uint64_t length : {uint64_t{1} << 32, UINT64_MAX, UINT64_MAX - 7, uint64_t{1000000}}) {
    std::string bytes = file;
    StoreLittleEndian<uint64_t>(length, reinterpret_cast<uint8_t*>(bytes.data()));
    CATCH_CHECK_FALSE(ParseSafetensors(AsBytes(bytes), "x").ok());
  }
  std::string huge = SafetensorsBytes("{}" + std::string(kMaxSafetensorsHeaderBytes, ' '), "");
  CATCH_CHECK_FALSE(ParseSafetensors(AsBytes(huge), "x").ok());
}

// Every byte of the header (length and JSON) with every value: refused, or
// accepted with views that stay inside and take the bytes their shape says.
CATCH_TEST_CASE("every header byte changed to every value", "[safetensors]") {
  const std::string good = GoodFile();
  const uint64_t header_end = 8 + LoadLittleEndian<uint64_t>(AsBytes(good).data());
  std::vector<uint8_t> bytes(good.begin(), good.end());
  size_t accepted = 0;
  for (uint64_t at = 0; at < header_end; ++at) {
    for (int value = 0; value < 256; ++value) {
      bytes[at] = static_cast<uint8_t>(value);
      const auto tensors = ParseSafetensors(bytes, "x");
      if (!tensors.ok()) continue;
      ++accepted;
      uint64_t total = 0;
      for (const TensorView& t : *tensors) {
        CATCH_REQUIRE(t.bytes.data() >= bytes.data() + 8);
        CATCH_REQUIRE(t.bytes.data() + t.bytes.size() <= bytes.data() + bytes.size());
        total += t.bytes.size();
      }
      // All data is accounted for; a flip that makes one tensor metadata is not
      // possible without leaving a hole.
      CATCH_REQUIRE(total <= bytes.size() - 8);
    }
    bytes[at] = static_cast<uint8_t>(good[at]);
  }
  CATCH_CHECK(accepted > header_end);  // names may change, and the byte itself
  CATCH_CHECK(accepted < header_end * 256);
}

}  // namespace
}  // namespace seekd
