// Pairs as token ids, and the order in which training takes them. No torch, no IO but reading.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_TOKEN_PAIRS_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_TOKEN_PAIRS_H_

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"

namespace seekd::train {

// Texts of different lengths, one after another.
class TokenTexts {
 public:
  void Append(std::span<const TokenId> ids) {
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    ends_.push_back(ids_.size());
  }
  size_t size() const { return ends_.size(); }
  std::span<const TokenId> operator[](size_t i) const {
    const uint64_t begin = i == 0 ? 0 : ends_[i - 1];
    return {ids_.data() + begin, ends_[i] - begin};
  }
  const std::vector<TokenId>& ids() const { return ids_; }  // of all texts

 private:
  std::vector<TokenId> ids_;
  std::vector<uint64_t> ends_;
};

struct TokenLimits {
  uint32_t query = 64;     // tokens; what is beyond is cut off
  uint32_t passage = 256;  // likewise
};

struct TokenPairs {
  TokenTexts queries;
  TokenTexts passages;
  std::vector<uint32_t> sources;         // of each pair: number of its file
  std::vector<uint64_t> query_hashes;    // equal for equal texts
  std::vector<uint64_t> passage_hashes;  // likewise
  size_t size() const { return queries.size(); }
};

// Reads and tokenises the files, leaving out [UNK] and pairs of which a side has no token then.
// Errors: those of ForEachPair, INVALID_ARGUMENT (no pair is left).
absl::StatusOr<TokenPairs> ReadTokenPairs(const std::vector<std::string>& paths,
                                          const Tokenizer& tokenizer, const TokenLimits& limits,
                                          uint32_t threads);

// A shuffle that is the same on every platform, unlike std::shuffle.
template <typename T>
void Shuffle(std::mt19937_64* random, std::vector<T>* values) {
  for (size_t i = values->size(); i > 1; --i) {
    std::swap((*values)[i - 1], (*values)[(*random)() % i]);
  }
}

// An endless order of batches. Each epoch is a new shuffle; within one no pair comes twice. Batches
// are of one source each, whose pairs are harder to tell apart; the rests of all sources make
// mixed ones, and what does not fill one waits for a later epoch.
class BatchOrder {
 public:
  // REQUIRES: 1 <= batch <= sources.size().
  BatchOrder(std::vector<uint32_t> sources, size_t batch, uint64_t seed);
  // Numbers of `batch` pairs; valid until the next call.
  std::span<const uint32_t> Next();

 private:
  void StartEpoch();

  const std::vector<uint32_t> sources_;
  const size_t batch_;
  std::mt19937_64 random_;
  std::vector<uint32_t> order_;  // of the pairs of whole batches
  std::vector<size_t> begins_;   // of the batches in order_, shuffled
  size_t next_ = 0;              // in begins_
};

// Off the diagonal, the places (query, passage) of a batch that are no wrong answers: their pairs
// have the same query or the same passage.
std::vector<std::pair<uint32_t, uint32_t>> EqualPairs(const TokenPairs& pairs,
                                                      std::span<const uint32_t> batch);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_TOKEN_PAIRS_H_
