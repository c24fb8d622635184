#include "embedding_service/train/hard_negatives.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace seekd::train {
namespace {

constexpr size_t kTextsAtOnce = 1024;

// Unit rows of the pool's queries or passages.
at::Tensor EncodeAll(const TokenTexts& texts, std::span<const uint32_t> pool,
                     TrainableEncoder* encoder) {
  std::vector<at::Tensor> rows;
  for (size_t begin = 0; begin < pool.size(); begin += kTextsAtOnce) {
    std::vector<std::span<const TokenId>> some;
    for (const uint32_t i : pool.subspan(begin, std::min(kTextsAtOnce, pool.size() - begin))) {
      some.push_back(texts[i]);
    }
    rows.push_back(encoder->EncodeTexts(some));
  }
  const at::Tensor all = at::cat(rows);
  return all / all.norm(2, 1, /*keepdim=*/true).clamp_min(1e-6);
}

// For rows `begin` on: the best column that may be taken, -1 where there is none. On the CPU.
at::Tensor BestWrong(const at::Tensor& queries, const at::Tensor& passages, int64_t begin,
                     const at::Tensor& hashes, double margin) {
  const int64_t count = queries.size(0);
  at::Tensor cosines = at::mm(queries, passages.t());
  const at::Tensor own = (queries * passages.narrow(0, begin, count)).sum(1, /*keepdim=*/true);
  const at::Tensor equal = hashes.narrow(0, begin, count).unsqueeze(1) == hashes.unsqueeze(0);
  cosines.masked_fill_(equal.logical_or(cosines > own * margin), -2);
  const auto [best, column] = cosines.max(1);
  return at::where(best > -2, column, at::full_like(column, -1)).to(at::kCPU);
}

}  // namespace

std::vector<uint32_t> FindHardNegatives(const TokenPairs& pairs, std::span<const uint32_t> pool,
                                        double margin, TrainableEncoder* encoder) {
  const at::NoGradGuard no_gradients;
  const at::Tensor queries = EncodeAll(pairs.queries, pool, encoder);
  const at::Tensor passages = EncodeAll(pairs.passages, pool, encoder);
  std::vector<int64_t> hashes;
  for (const uint32_t i : pool) hashes.push_back(static_cast<int64_t>(pairs.passage_hashes[i]));
  const at::Tensor hash_row = at::tensor(hashes, at::kLong).to(queries.device());
  std::vector<uint32_t> negatives;
  const auto size = static_cast<int64_t>(pool.size());
  for (int64_t begin = 0; begin < size; begin += kTextsAtOnce) {
    const int64_t count = std::min<int64_t>(kTextsAtOnce, size - begin);
    const at::Tensor best =
        BestWrong(queries.narrow(0, begin, count), passages, begin, hash_row, margin);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t column = best.data_ptr<int64_t>()[i];
      negatives.push_back(column < 0 ? kNoNegative : pool[static_cast<size_t>(column)]);
    }
  }
  return negatives;
}

}  // namespace seekd::train
