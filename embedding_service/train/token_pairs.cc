#include "embedding_service/train/token_pairs.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

#include "absl/status/status.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "embedding_service/train/text_pairs.h"

namespace seekd::train {
namespace {

std::vector<TokenId> KnownTokens(const Tokenizer& tokenizer, std::string_view text,
                                 uint32_t limit) {
  std::vector<TokenId> ids = tokenizer.Tokenize(text);
  std::erase(ids, tokenizer.unknown_id());
  if (ids.size() > limit) ids.resize(limit);
  return ids;
}

}  // namespace

absl::StatusOr<TokenPairs> ReadTokenPairs(const std::vector<std::string>& paths,
                                          const Tokenizer& tokenizer, const TokenLimits& limits,
                                          uint32_t threads) {
  TokenPairs pairs;
  for (uint32_t source = 0; source < paths.size(); ++source) {
    std::vector<TextPair> texts;
    ABSL_RETURN_IF_ERROR(
        ForEachPair(paths[source], [&](TextPair pair) { texts.push_back(std::move(pair)); }));
    std::vector<std::vector<TokenId>> queries(texts.size()), passages(texts.size());
    ABSL_RETURN_IF_ERROR(ParallelFor(
        texts.size(), {.threads = threads}, [&](uint32_t, uint64_t begin, uint64_t end) {
          for (uint64_t i = begin; i < end; ++i) {
            queries[i] = KnownTokens(tokenizer, texts[i].query, limits.query);
            passages[i] = KnownTokens(tokenizer, texts[i].passage, limits.passage);
          }
        }));
    for (size_t i = 0; i < texts.size(); ++i) {
      if (queries[i].empty() || passages[i].empty()) continue;
      pairs.queries.Append(queries[i]);
      pairs.passages.Append(passages[i]);
      pairs.sources.push_back(source);
      pairs.query_hashes.push_back(std::hash<std::string>()(texts[i].query));
      pairs.passage_hashes.push_back(std::hash<std::string>()(texts[i].passage));
    }
  }
  if (pairs.size() == 0) return absl::InvalidArgumentError("the files hold no pair");
  return pairs;
}

BatchOrder::BatchOrder(std::vector<uint32_t> sources, size_t batch, uint64_t seed)
    : sources_(std::move(sources)), batch_(batch), random_(seed) {}

void BatchOrder::StartEpoch() {
  std::vector<uint32_t> all(sources_.size());
  std::iota(all.begin(), all.end(), 0);
  Shuffle(&random_, &all);
  std::map<uint32_t, std::vector<uint32_t>> by_source;
  for (const uint32_t pair : all) by_source[sources_[pair]].push_back(pair);
  order_.clear();
  std::vector<uint32_t> rest;
  for (const auto& [source, pairs] : by_source) {
    const auto whole = pairs.begin() + static_cast<ptrdiff_t>(pairs.size() / batch_ * batch_);
    order_.insert(order_.end(), pairs.begin(), whole);
    rest.insert(rest.end(), whole, pairs.end());
  }
  Shuffle(&random_, &rest);
  order_.insert(order_.end(), rest.begin(), rest.end());
  begins_.clear();
  for (size_t begin = 0; begin + batch_ <= order_.size(); begin += batch_) begins_.push_back(begin);
  Shuffle(&random_, &begins_);
  next_ = 0;
}

std::span<const uint32_t> BatchOrder::Next() {
  if (next_ == begins_.size()) StartEpoch();
  return std::span(order_).subspan(begins_[next_++], batch_);
}

std::vector<std::pair<uint32_t, uint32_t>> EqualPairs(const TokenPairs& pairs,
                                                      std::span<const uint32_t> batch) {
  std::vector<std::pair<uint32_t, uint32_t>> equal;
  for (const std::vector<uint64_t>* hashes : {&pairs.query_hashes, &pairs.passage_hashes}) {
    std::unordered_map<uint64_t, std::vector<uint32_t>> places;
    for (uint32_t i = 0; i < batch.size(); ++i) places[(*hashes)[batch[i]]].push_back(i);
    for (const auto& [hash, rows] : places) {
      for (const uint32_t i : rows) {
        for (const uint32_t j : rows) {
          if (i != j) equal.emplace_back(i, j);
        }
      }
    }
  }
  return equal;
}

}  // namespace seekd::train
