#include "core/index/manifest.h"

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/crc32c.h"

namespace seekd {
namespace {

using nlohmann::json;

constexpr std::string_view kCrcPrefix = "crc32c ";
constexpr char kOwnCodebookName[] = "own";
constexpr char kSharedCodebookName[] = "model";

std::string CrcLine(std::string_view body) {
  char hex[16];
  std::snprintf(hex, sizeof(hex), "%08x", Crc32c(body));
  return absl::StrCat(std::string(kCrcPrefix), hex, "\n");
}

// Six digits say all that a fitted number means; 17 would double the file.
double Short(float value) { return std::strtod(absl::StrCat(value).c_str(), nullptr); }

// The values of an entry, in this order and with max_rows after them.
constexpr const char* kEntryFields[] = {"k",           "recall_target", "margin",
                                        "code_bias",   "link_bonus",    "patience",
                                        "trust_codes", "beam_width",    "scan"};

json CalibrationJson(const StopCalibration& calibration) {
  json entries = json::array();
  for (const auto& entry : calibration.entries) {
    entries.push_back({entry.k, Short(entry.recall_target), Short(entry.rule.margin),
                       Short(entry.rule.code_bias), Short(entry.rule.link_bonus),
                       entry.rule.patience, entry.rule.trust_codes, entry.beam_width, entry.scan,
                       entry.rule.max_rows});
  }
  return entries;
}

// Version 3 named the values in each entry and knew no max_rows.
json EntryValues(const json& entry) {
  if (entry.is_array()) return entry;
  json values = json::array();
  for (const char* field : kEntryFields) values.push_back(entry.at(field));
  values.push_back(0);
  return values;
}

StopCalibration ReadCalibration(const json& entries) {
  StopCalibration calibration;
  for (const json& entry : entries) {
    const json v = EntryValues(entry);
    calibration.entries.push_back(
        {v.at(0).get<uint32_t>(),
         v.at(1).get<float>(),
         {v.at(2).get<float>(), v.at(3).get<float>(), v.at(4).get<float>(), v.at(5).get<uint32_t>(),
          v.at(9).get<uint32_t>(), v.at(6).get<bool>()},
         v.at(7).get<uint32_t>(),
         v.at(8).get<bool>()});
  }
  return calibration;
}

Manifest FromJson(const json& body) {
  Manifest m;
  m.generation = body.at("generation").get<uint64_t>();
  m.model_id = body.at("model").at("id").get<std::string>();
  m.model_fingerprint = body.at("model").at("fingerprint").get<std::string>();
  m.dim = body.at("model").at("dim").get<uint32_t>();
  m.node_count = body.at("nodes").get<uint32_t>();
  const json& parameters = body.at("parameters");
  m.hub_degree = parameters.at("hub_degree").get<uint32_t>();
  m.degree = parameters.at("degree").get<uint32_t>();
  m.hub_share = parameters.at("hub_share").get<double>();
  m.code_bytes = parameters.at("code_bytes").get<uint32_t>();
  m.code_stages = parameters.value("code_stages", 0U);
  m.shared_codebook =
      parameters.value("codebook", std::string(kOwnCodebookName)) == kSharedCodebookName;
  m.max_index_share = parameters.value("max_index_share", 0.0);
  m.hot_share = parameters.value("hot_share", 0.0);
  m.edge_count = body.at("edges").get<uint64_t>();
  const json& build = body.at("build");
  m.shards = build.at("shards").get<uint32_t>();
  m.peak_embedding_bytes = build.at("peak_embedding_bytes").get<uint64_t>();
  m.rows_recomputed = build.value("rows_recomputed", uint64_t{0});
  m.file_bytes = body.at("file_bytes").get<std::map<std::string, uint64_t>>();
  m.calibration = ReadCalibration(body.at("calibration"));
  return m;
}

}  // namespace

std::string SerializeManifest(const Manifest& m) {
  const json body = {
      {"version", kManifestVersion},
      {"generation", m.generation},
      {"model", {{"id", m.model_id}, {"fingerprint", m.model_fingerprint}, {"dim", m.dim}}},
      {"nodes", m.node_count},
      {"edges", m.edge_count},
      {"parameters",
       {{"hub_degree", m.hub_degree},
        {"degree", m.degree},
        {"hub_share", m.hub_share},
        {"code_bytes", m.code_bytes},
        {"code_stages", m.code_stages},
        {"codebook", m.shared_codebook ? kSharedCodebookName : kOwnCodebookName},
        {"max_index_share", m.max_index_share},
        {"hot_share", m.hot_share}}},
      {"build",
       {{"shards", m.shards},
        {"peak_embedding_bytes", m.peak_embedding_bytes},
        {"rows_recomputed", m.rows_recomputed}}},
      {"file_bytes", m.file_bytes},
      {"calibration", CalibrationJson(m.calibration)}};
  const std::string text = body.dump() + "\n";
  return text + CrcLine(text);
}

absl::StatusOr<Manifest> ParseManifest(const std::string& content, const std::string& path) {
  const size_t crc_at = content.rfind(kCrcPrefix);
  if (crc_at == std::string::npos) {
    return absl::DataLossError(absl::StrCat(path, ": no checksum line at the end"));
  }
  const std::string_view body = std::string_view(content).substr(0, crc_at);
  const std::string_view found = std::string_view(content).substr(crc_at);
  if (const std::string expected = CrcLine(body); found != expected) {
    return absl::DataLossError(absl::StrCat(path, ": checksum mismatch, expected \"",
                                            expected.substr(0, expected.size() - 1), "\""));
  }
  try {
    const json parsed = json::parse(body);
    const auto version = parsed.at("version").get<uint32_t>();
    if (version < kOldestManifestVersion || version > kManifestVersion) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, ": format version ", version, "; this program reads versions ",
          kOldestManifestVersion, " to ", kManifestVersion, ". Index again to rebuild it."));
    }
    return FromJson(parsed);
  } catch (const json::exception& e) {
    return absl::DataLossError(absl::StrCat(path, ": ", e.what()));
  }
}

}  // namespace seekd
