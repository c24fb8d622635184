#include "embedding_service/remote/probe_rows.h"

#include <cmath>
#include <limits>

#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("rows come back bit for bit", "[probe_rows]") {
  const testing::TempFolder folder;
  const std::vector<float> rows = {0.1f, -1.0f / 3, 1e-30f, 0, 0.5f, std::nextafter(1.0f, 0.0f)};
  const std::string path = ProbeRowsPath(folder.path());
  CATCH_CHECK(absl::IsNotFound(ReadProbeRows(path, 2, 3).status()));
  CATCH_REQUIRE(WriteProbeRows(path, rows, 3).ok());
  CATCH_CHECK(ReadProbeRows(path, 2, 3).value() == rows);
  CATCH_CHECK(absl::IsDataLoss(ReadProbeRows(path, 3, 3).status()));
  CATCH_CHECK(absl::IsDataLoss(ReadProbeRows(path, 3, 2).status()));
}

CATCH_TEST_CASE("a damaged file is an error with its path", "[probe_rows]") {
  const testing::TempFolder folder;
  for (const char* text :
       {"", "[]", "{}", R"({"version":2,"dim":1,"values":[1]})",
        R"({"version":1,"dim":1,"values":["1"]})", R"({"version":1,"dim":1,"values":1})"}) {
    const std::string path = folder.Write("probe_rows.json", text);
    const absl::Status status = ReadProbeRows(path, 1, 1).status();
    CATCH_INFO(text);
    CATCH_CHECK(absl::IsDataLoss(status));
    CATCH_CHECK(std::string(status.message()).find(path) == 0);
  }
}

CATCH_TEST_CASE("cosines and unit lengths", "[probe_rows]") {
  const std::vector<float> zero = {0, 0}, a = {3, 4}, b = {-4, 3};
  CATCH_CHECK(Cosine(a, a) == Approx(1));
  CATCH_CHECK(Cosine(a, b) == Approx(0));
  CATCH_CHECK(Cosine(zero, zero) == 1);
  CATCH_CHECK(Cosine(zero, a) == 0);
  std::vector<float> row = a;
  CATCH_CHECK(ScaleToUnit(row));
  CATCH_CHECK(row == std::vector<float>{0.6f, 0.8f});
  row = zero;
  CATCH_CHECK(ScaleToUnit(row));
  CATCH_CHECK(row == zero);
  row[1] = std::numeric_limits<float>::infinity();
  CATCH_CHECK_FALSE(ScaleToUnit(row));
}

}  // namespace
}  // namespace seekd
