#include "embedding_service/precision.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

using Json = nlohmann::json;

constexpr double kLeastCosine = 0.999;
constexpr double kWorthIt = 1.1;  // times as fast as fp32
constexpr int kPrecisionFileVersion = 1;
constexpr uint64_t kMaxPrecisionFileBytes = 64 << 10;

constexpr std::pair<Precision, std::string_view> kNames[] = {{Precision::kFp32, "fp32"},
                                                             {Precision::kBf16, "bf16"},
                                                             {Precision::kFp16, "fp16"},
                                                             {Precision::kInt8, "int8"}};

std::optional<PrecisionTiming> ParseTiming(const Json& json) {
  if (!json.is_array() || json.size() != 3 || !json[0].is_string() || !json[1].is_number() ||
      !json[2].is_number()) {
    return std::nullopt;
  }
  const std::optional<Precision> precision = ParsePrecision(json[0].get<std::string>());
  const double speed = json[1].get<double>();
  if (!precision || !(speed > 0)) return std::nullopt;
  return PrecisionTiming{*precision, speed, json[2].get<double>()};
}

}  // namespace

std::string_view PrecisionName(Precision precision) {
  return std::ranges::find(kNames, precision, &std::pair<Precision, std::string_view>::first)
      ->second;
}

std::optional<Precision> ParsePrecision(std::string_view name) {
  for (const auto& [precision, known] : kNames) {
    if (known == name) return precision;
  }
  return std::nullopt;
}

std::string DeviceAndPrecision(const std::string& device, Precision precision) {
  if (precision == Precision::kFp32) return device;
  const std::string_view name = PrecisionName(precision);
  return absl::StrCat(device, " ", absl::string_view(name.data(), name.size()));
}

Precision ChoosePrecision(std::span<const PrecisionTiming> timings) {
  const auto exact = std::ranges::find(timings, Precision::kFp32, &PrecisionTiming::precision);
  Precision best = Precision::kFp32;
  double least = kWorthIt * exact->tokens_per_second;
  for (const PrecisionTiming& timing : timings) {
    if (timing.cosine < kLeastCosine || timing.tokens_per_second < least) continue;
    best = timing.precision;
    least = timing.tokens_per_second;
  }
  return best;
}

std::string FormatPrecisionProfile(const PrecisionKey& key,
                                   std::span<const PrecisionTiming> timings) {
  Json json = {{"version", kPrecisionFileVersion},
               {"fingerprint", key.fingerprint},
               {"device", key.device},
               {"threads", key.threads},
               {"timings", Json::array()}};
  for (const PrecisionTiming& timing : timings) {
    json["timings"].push_back(
        {PrecisionName(timing.precision), timing.tokens_per_second, timing.cosine});
  }
  return json.dump() + "\n";
}

std::optional<std::vector<PrecisionTiming>> ParsePrecisionProfile(std::string_view text,
                                                                  const PrecisionKey& key) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("version", Json()) != kPrecisionFileVersion ||
      json.value("fingerprint", Json()) != key.fingerprint ||
      json.value("device", Json()) != key.device || json.value("threads", Json()) != key.threads) {
    return std::nullopt;
  }
  const Json list = json.value("timings", Json());
  if (!list.is_array() || list.size() != key.supported.size()) return std::nullopt;
  std::vector<PrecisionTiming> timings;
  for (const Json& entry : list) {
    const std::optional<PrecisionTiming> timing = ParseTiming(entry);
    if (!timing || timing->precision != key.supported[timings.size()]) return std::nullopt;
    timings.push_back(*timing);
  }
  return timings;
}

absl::StatusOr<Precision> LoadOrMeasurePrecision(const std::string& path, const PrecisionKey& key,
                                                 const MeasurePrecisions& measure) {
  // Whatever is wrong with the file: it is worth a new measurement, never an error.
  if (const absl::StatusOr<std::string> text = ReadWholeFile(path, kMaxPrecisionFileBytes);
      text.ok()) {
    if (const auto kept = ParsePrecisionProfile(*text, key)) return ChoosePrecision(*kept);
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<PrecisionTiming> timings, measure());
  ABSL_RETURN_IF_ERROR(WriteFileAtomically(path, FormatPrecisionProfile(key, timings)));
  return ChoosePrecision(timings);
}

}  // namespace seekd
