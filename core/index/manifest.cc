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

std::string CrcLine(std::string_view body) {
  char hex[16];
  std::snprintf(hex, sizeof(hex), "%08x", Crc32c(body));
  return absl::StrCat(std::string(kCrcPrefix), hex, "\n");
}

// Six digits say all that a fitted number means; 17 would triple the file.
double Short(float value) { return std::strtod(absl::StrCat(value).c_str(), nullptr); }

json CalibrationJson(const StopCalibration& calibration) {
  json entries = json::array();
  for (const auto& entry : calibration.entries) {
    entries.push_back({{"k", entry.k},
                       {"recall_target", Short(entry.recall_target)},
                       {"margin", Short(entry.rule.margin)},
                       {"code_bias", Short(entry.rule.code_bias)},
                       {"link_bonus", Short(entry.rule.link_bonus)},
                       {"patience", entry.rule.patience},
                       {"trust_codes", entry.rule.trust_codes},
                       {"beam_width", entry.beam_width},
                       {"scan", entry.scan}});
  }
  return entries;
}

StopCalibration ReadCalibration(const json& entries) {
  StopCalibration calibration;
  for (const json& entry : entries) {
    calibration.entries.push_back(
        {entry.at("k").get<uint32_t>(),
         entry.at("recall_target").get<float>(),
         {entry.at("margin").get<float>(), entry.at("code_bias").get<float>(),
          entry.at("link_bonus").get<float>(), entry.at("patience").get<uint32_t>(),
          entry.at("trust_codes").get<bool>()},
         entry.at("beam_width").get<uint32_t>(),
         entry.at("scan").get<bool>()});
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
    if (version != kManifestVersion) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, ": format version ", version, "; this program reads version ",
                       kManifestVersion, ". Index again to rebuild it."));
    }
    return FromJson(parsed);
  } catch (const json::exception& e) {
    return absl::DataLossError(absl::StrCat(path, ": ", e.what()));
  }
}

}  // namespace seekd
