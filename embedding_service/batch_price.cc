#include "embedding_service/batch_price.h"

#include <algorithm>
#include <bit>

namespace seekd {
namespace {

constexpr double kRise = 0.125;    // of the way to a slower batch
constexpr double kLeastRatio = 4;  // of the sizes that a line is drawn through

}  // namespace

void BatchPrice::Note(uint64_t tokens, int64_t us) {
  tokens = std::max<uint64_t>(tokens, 1);
  const auto index = std::min<size_t>(std::bit_width(tokens) - 1, classes_.size() - 1);
  SizeClass& seen = classes_[index];
  const auto size = static_cast<double>(tokens);
  const auto time = static_cast<double>(us);
  const bool faster = seen.tokens == 0 || time < seen.us;
  seen.tokens += (faster ? 1 : kRise) * (size - seen.tokens);
  seen.us += (faster ? 1 : kRise) * (time - seen.us);
}

int64_t BatchPrice::fixed_us() const {
  const auto is_seen = [](const SizeClass& c) { return c.tokens > 0; };
  const auto small = std::find_if(classes_.begin(), classes_.end(), is_seen);
  if (small == classes_.end()) return 0;
  const auto large = std::find_if(classes_.rbegin(), classes_.rend(), is_seen);
  if (large->tokens < kLeastRatio * small->tokens) return 0;
  const double us_per_token = (large->us - small->us) / (large->tokens - small->tokens);
  return static_cast<int64_t>(std::clamp(small->us - us_per_token * small->tokens, 0.0, small->us));
}

}  // namespace seekd
