#include "embedding_service/remote/probe_rows.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxFileBytes = 64 << 20;
constexpr int kFormatVersion = 1;

double Dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

absl::StatusOr<std::vector<float>> ParseRows(const std::string& text, uint32_t count,
                                             uint32_t dim) {
  const Json file = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!file.is_object()) return absl::DataLossError("expected a JSON object");
  if (file.value("version", Json()) != kFormatVersion || file.value("dim", Json()) != dim) {
    return absl::DataLossError(
        absl::StrCat("expected \"version\" ", kFormatVersion, " and \"dim\" ", dim));
  }
  const Json values = file.value("values", Json());
  if (!values.is_array() || values.size() != size_t{count} * dim) {
    return absl::DataLossError(absl::StrCat("expected ", count, " rows of ", dim, " \"values\""));
  }
  std::vector<float> rows;
  for (const Json& value : values) {
    if (!value.is_number()) return absl::DataLossError("a value is no number");
    rows.push_back(value.get<float>());
  }
  return rows;
}

}  // namespace

std::string ProbeRowsPath(const std::string& dir) { return dir + "/probe_rows.json"; }

absl::StatusOr<std::vector<float>> ReadProbeRows(const std::string& path, uint32_t count,
                                                 uint32_t dim) {
  ABSL_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kMaxFileBytes));
  auto rows = ParseRows(text, count, dim);
  if (rows.ok()) return rows;
  return absl::Status(
      rows.status().code(),
      absl::StrCat(path, ": ", rows.status().message(),
                   ". Restore the file, or delete it to record the server's rows anew"));
}

absl::Status WriteProbeRows(const std::string& path, std::span<const float> rows, uint32_t dim) {
  const Json file = {{"version", kFormatVersion},
                     {"dim", dim},
                     {"values", std::vector<float>(rows.begin(), rows.end())}};
  return WriteFileAtomically(path, file.dump() + "\n");
}

double Cosine(std::span<const float> a, std::span<const float> b) {
  const double lengths = Dot(a, a) * Dot(b, b);
  if (lengths == 0) return Dot(a, a) == Dot(b, b) ? 1 : 0;
  return Dot(a, b) / std::sqrt(lengths);
}

bool ScaleToUnit(std::span<float> row) {
  const double length = std::sqrt(Dot(row, row));
  if (!std::isfinite(length)) return false;
  if (length == 0) return true;
  for (float& value : row) value = static_cast<float>(value / length);
  return true;
}

}  // namespace seekd
