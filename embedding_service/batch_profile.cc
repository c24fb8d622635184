#include "embedding_service/batch_profile.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/collection/run_sync.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

using Json = nlohmann::json;

constexpr uint32_t kMaxRows = 256;
constexpr uint32_t kInputTokens = 200;  // of a chunk of the default size, roughly
constexpr int kRepetitions = 3;
constexpr int64_t kLongUs = 250'000;
constexpr double kGoodShare = 0.9;  // of the best throughput
constexpr int kProfileVersion = 1;
constexpr uint64_t kMaxProfileBytes = 64 << 10;

double RowsPerSecond(const BatchTiming& timing) {
  return 1e6 * timing.rows / static_cast<double>(timing.us);
}

// Distinct: equal inputs of a batch are computed once.
std::vector<std::vector<TokenId>> Inputs(uint32_t rows, uint32_t tokens, uint32_t vocab_size,
                                         std::mt19937* random) {
  std::vector<std::vector<TokenId>> inputs(rows);
  for (auto& input : inputs) {
    for (uint32_t t = 0; t < tokens; ++t) {
      input.push_back(static_cast<TokenId>((*random)() % vocab_size));
    }
  }
  return inputs;
}

absl::StatusOr<int64_t> TimeOnce(InputEncoder* encoder, std::vector<std::vector<TokenId>> inputs,
                                 const CancellationPtr& cancellation) {
  EncodeOptions options;
  options.priority = EncodePriority::kIngest;
  options.cancellation = cancellation;
  ABSL_ASSIGN_OR_RETURN(const EmbeddingRows rows,
                        RunSync(encoder->Encode(std::move(inputs), std::move(options))));
  return std::max<int64_t>(rows.times.encode_us, 1);
}

}  // namespace

BatchProfile MakeBatchProfile(BatchProfileKey key, std::vector<BatchTiming> timings) {
  BatchProfile profile;
  profile.key = std::move(key);
  double best = 0;
  for (const BatchTiming& timing : timings) best = std::max(best, RowsPerSecond(timing));
  for (const BatchTiming& timing : timings) {
    if (RowsPerSecond(timing) < kGoodShare * best) continue;
    profile.batch_rows = timing.rows;
    profile.rows_per_second = RowsPerSecond(timing);
    break;
  }
  profile.timings = std::move(timings);
  return profile;
}

absl::StatusOr<std::vector<BatchTiming>> MeasureBatches(InputEncoder* encoder, uint32_t vocab_size,
                                                        const CancellationPtr& cancellation) {
  const uint32_t tokens = std::min(kInputTokens, encoder->max_input_tokens());
  std::mt19937 random(1);
  // The first batch of a library allocates.
  ABSL_RETURN_IF_ERROR(
      TimeOnce(encoder, Inputs(1, tokens, vocab_size, &random), cancellation).status());
  std::vector<BatchTiming> timings;
  for (uint32_t rows = 1; rows <= kMaxRows; rows *= 2) {
    BatchTiming timing{rows, INT64_MAX};
    // The same each time: the first run brings the model's pages into memory.
    const auto inputs = Inputs(rows, tokens, vocab_size, &random);
    for (int i = 0; i < kRepetitions && timing.us > kLongUs / kRepetitions; ++i) {
      ABSL_ASSIGN_OR_RETURN(const int64_t us, TimeOnce(encoder, inputs, cancellation));
      timing.us = std::min(timing.us, us);
    }
    timings.push_back(timing);
    if (timing.us > kLongUs) break;
  }
  return timings;
}

std::string FormatBatchProfile(const BatchProfile& profile) {
  Json json = {{"version", kProfileVersion},
               {"fingerprint", profile.key.fingerprint},
               {"device", profile.key.device},
               {"threads", profile.key.threads},
               {"timings", Json::array()}};
  for (const BatchTiming& timing : profile.timings) {
    json["timings"].push_back({timing.rows, timing.us});
  }
  return json.dump() + "\n";
}

absl::StatusOr<BatchProfile> ParseBatchProfile(std::string_view text) {
  const auto damaged = [](std::string_view what) {
    return absl::DataLossError(
        absl::StrCat("batch profile: ", absl::string_view(what.data(), what.size())));
  };
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return damaged("expected a JSON object");
  const auto is = [&json](const char* name, auto predicate) {
    const auto it = json.find(name);
    return it != json.end() && predicate(*it);
  };
  const auto is_string = [](const Json& v) { return v.is_string(); };
  const auto is_count = [](const Json& v) { return v.is_number_unsigned() && v <= UINT32_MAX; };
  if (!is("version", is_count) || json["version"] != kProfileVersion) {
    return damaged(absl::StrCat("expected version ", kProfileVersion));
  }
  if (!is("fingerprint", is_string) || !is("device", is_string) || !is("threads", is_count)) {
    return damaged("expected fingerprint, device and threads");
  }
  if (!is("timings", [](const Json& v) { return v.is_array() && !v.empty(); })) {
    return damaged("expected a list of timings");
  }
  std::vector<BatchTiming> timings;
  for (const Json& pair : json["timings"]) {
    const bool sound = pair.is_array() && pair.size() == 2 && is_count(pair[0]) &&
                       is_count(pair[1]) && pair[0] > 0U && pair[1] > 0U &&
                       (timings.empty() || pair[0] > timings.back().rows);
    if (!sound) return damaged("expected pairs of ascending rows and microseconds above 0");
    timings.push_back({pair[0].get<uint32_t>(), pair[1].get<int64_t>()});
  }
  BatchProfileKey key{json["fingerprint"].get<std::string>(), json["device"].get<std::string>(),
                      json["threads"].get<uint32_t>()};
  return MakeBatchProfile(std::move(key), std::move(timings));
}

absl::StatusOr<BatchProfile> LoadOrMeasureBatchProfile(const std::string& path,
                                                       const BatchProfileKey& key,
                                                       InputEncoder* encoder, uint32_t vocab_size,
                                                       const CancellationPtr& cancellation) {
  // Whatever is wrong with the file: it is worth a new measurement, never an error.
  const absl::StatusOr<std::string> text = ReadWholeFile(path, kMaxProfileBytes);
  if (text.ok()) {
    absl::StatusOr<BatchProfile> kept = ParseBatchProfile(*text);
    if (kept.ok() && kept->key == key) return kept;
  }
  ABSL_ASSIGN_OR_RETURN(std::vector<BatchTiming> timings,
                        MeasureBatches(encoder, vocab_size, cancellation));
  BatchProfile profile = MakeBatchProfile(key, std::move(timings));
  ABSL_RETURN_IF_ERROR(WriteFileAtomically(path, FormatBatchProfile(profile)));
  return profile;
}

}  // namespace seekd
