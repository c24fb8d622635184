#include "embedding_service/precision_trial.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "core/base/status_macros.h"
#include "embedding_service/fingerprint.h"

namespace seekd {
namespace {

constexpr uint32_t kTimedTokens = 200;  // of a chunk of the default size, roughly
constexpr int kTimedRuns = 3;

// Others each time: a library may remember what it made of the last ones.
absl::StatusOr<double> TokensPerSecond(BatchEncoder* encoder, size_t count) {
  std::mt19937 random(1);
  const uint32_t length = std::min(kTimedTokens, encoder->max_input_tokens());
  std::vector<std::vector<TokenId>> tokens(count, std::vector<TokenId>(length));
  const std::vector<TokenSpan> inputs(tokens.begin(), tokens.end());
  std::vector<float> rows(inputs.size() * encoder->dim());
  double best = 0;
  for (int i = 0; i < kTimedRuns; ++i) {
    for (auto& input : tokens) {
      for (TokenId& id : input) id = static_cast<TokenId>(random() % encoder->vocab_size());
    }
    const auto begin = std::chrono::steady_clock::now();
    ABSL_RETURN_IF_ERROR(encoder->Encode(inputs, rows.data()));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    best = std::max(best, static_cast<double>(length * inputs.size()) / seconds.count());
  }
  return best;
}

absl::StatusOr<PrecisionTiming> Try(Precision precision, const MakeEncoderIn& make,
                                    const Tokenizer& tokenizer, std::span<const float> exact,
                                    size_t timed_inputs) {
  ABSL_ASSIGN_OR_RETURN(const auto encoder, make(precision));
  ABSL_ASSIGN_OR_RETURN(const double speed, TokensPerSecond(encoder.get(), timed_inputs));
  ABSL_ASSIGN_OR_RETURN(const std::vector<float> rows, EncodeProbes(tokenizer, encoder.get()));
  return PrecisionTiming{precision, speed, LeastCosine(exact, rows, encoder->dim())};
}

}  // namespace

double LeastCosine(std::span<const float> exact, std::span<const float> rows, uint32_t dim) {
  double least = 1;
  for (size_t begin = 0; begin < exact.size(); begin += dim) {
    double dot = 0, exact_norm = 0, norm = 0;
    for (size_t i = begin; i < begin + dim; ++i) {
      dot += static_cast<double>(exact[i]) * rows[i];
      exact_norm += static_cast<double>(exact[i]) * exact[i];
      norm += static_cast<double>(rows[i]) * rows[i];
    }
    if (exact_norm == 0) continue;
    const double cosine = dot / std::sqrt(exact_norm * norm);
    if (!(cosine >= -1)) return 0;  // not a number
    least = std::min(least, cosine);
  }
  return least;
}

absl::StatusOr<std::vector<PrecisionTiming>> MeasurePrecisionsOf(
    std::span<const Precision> precisions, const MakeEncoderIn& make, const Tokenizer& tokenizer,
    std::span<const float> exact, size_t timed_inputs) {
  std::vector<PrecisionTiming> timings;
  for (const Precision precision : precisions) {
    absl::StatusOr<PrecisionTiming> timing = Try(precision, make, tokenizer, exact, timed_inputs);
    if (!timing.ok() && precision == Precision::kFp32) return timing.status();
    timings.push_back(timing.ok() ? *timing : PrecisionTiming{precision, 1, 0});
  }
  return timings;
}

}  // namespace seekd
