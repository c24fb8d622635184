#include "embedding_service/precision.h"

#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using Timings = std::vector<PrecisionTiming>;

constexpr PrecisionTiming kExact{Precision::kFp32, 1000, 1};

PrecisionKey Key() { return {"f00d", "cpu", 2, {Precision::kFp32, Precision::kInt8}}; }

CATCH_TEST_CASE("the choice of a precision", "[precision]") {
  const auto choose = [](const Timings& timings) { return ChoosePrecision(timings); };
  CATCH_CHECK(choose({kExact}) == Precision::kFp32);
  CATCH_CHECK(choose({kExact, {Precision::kInt8, 1500, 0.9995}}) == Precision::kInt8);
  CATCH_CHECK(choose({kExact, {Precision::kInt8, 1500, 0.9985}}) == Precision::kFp32);
  CATCH_CHECK(choose({kExact, {Precision::kInt8, 1050, 0.9995}}) == Precision::kFp32);
  CATCH_CHECK(
      choose({kExact, {Precision::kBf16, 2000, 0.9999}, {Precision::kInt8, 1500, 0.9995}}) ==
      Precision::kBf16);
}

CATCH_TEST_CASE("names of precisions", "[precision]") {
  for (const Precision p :
       {Precision::kFp32, Precision::kBf16, Precision::kFp16, Precision::kInt8}) {
    CATCH_CHECK(ParsePrecision(PrecisionName(p)) == p);
  }
  CATCH_CHECK_FALSE(ParsePrecision("int4").has_value());
  CATCH_CHECK(DeviceAndPrecision("cuda:0", Precision::kBf16) == "cuda:0 bf16");
  CATCH_CHECK(DeviceAndPrecision("cpu", Precision::kFp32) == "cpu");
}

CATCH_TEST_CASE("a profile holds for its own key", "[precision]") {
  const Timings timings = {kExact, {Precision::kInt8, 1512.5, 0.99953}};
  const std::string text = FormatPrecisionProfile(Key(), timings);
  CATCH_CHECK(ParsePrecisionProfile(text, Key()) == timings);
  PrecisionKey other = Key();
  other.fingerprint = "beef";
  CATCH_CHECK_FALSE(ParsePrecisionProfile(text, other).has_value());
  other = Key();
  other.device = "cuda:0";
  CATCH_CHECK_FALSE(ParsePrecisionProfile(text, other).has_value());
  other = Key();
  other.threads = 3;
  CATCH_CHECK_FALSE(ParsePrecisionProfile(text, other).has_value());
  other = Key();
  other.supported = {Precision::kFp32, Precision::kBf16};
  CATCH_CHECK_FALSE(ParsePrecisionProfile(text, other).has_value());
  for (size_t size = 0; size + 2 < text.size(); ++size) {
    CATCH_REQUIRE_FALSE(ParsePrecisionProfile(text.substr(0, size), Key()).has_value());
  }
}

CATCH_TEST_CASE("measured once, and anew when the file is damaged", "[precision]") {
  const testing::TempFolder folder;
  const std::string path = folder.File("precision_profile.json");
  int measured = 0;
  const auto load = [&] {
    return LoadOrMeasurePrecision(path, Key(), [&]() -> absl::StatusOr<Timings> {
      ++measured;
      return Timings{kExact, {Precision::kInt8, 1500, 0.9995}};
    });
  };
  CATCH_CHECK(load().value() == Precision::kInt8);
  CATCH_CHECK(load().value() == Precision::kInt8);
  CATCH_CHECK(measured == 1);
  folder.Write("precision_profile.json", R"({"version": 1, "timings": [["int8", "fast", 1]]})");
  CATCH_CHECK(load().value() == Precision::kInt8);
  CATCH_CHECK(measured == 2);
  const auto failed =
      LoadOrMeasurePrecision(folder.File("none"), Key(),
                             []() -> absl::StatusOr<Timings> { return absl::InternalError("x"); });
  CATCH_CHECK(failed.status().code() == absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace seekd
