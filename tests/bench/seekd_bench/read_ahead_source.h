// What reading ahead could save at the very best: while a round is encoded, the texts of
// exactly those chunks that the next round will ask for are read and tokenised. It knows
// them because it has seen the search before.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_READ_AHEAD_SOURCE_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_READ_AHEAD_SOURCE_H_

#include <asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/search/embedding_source.h"
#include "core/store/store.h"
#include "core/text/chunker.h"
#include "core/text/tokenizer.h"

namespace seekd::bench {

// One search at a time, of a collection that nobody changes.
class ReadAheadSource final : public EmbeddingSource {
 public:
  // All outlive the source.
  ReadAheadSource(const CollectionStore* store, const Tokenizer* tokenizer, InputEncoder* encoder)
      : store_(store), tokenizer_(tokenizer), encoder_(encoder) {}

  uint32_t dim() const override { return encoder_->dim(); }
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions options) override {
    using asio::experimental::awaitable_operators::operator&&;
    if (!previous_.empty()) next_of_[previous_] = ids;
    previous_ = ids;
    EncodeTimes times;
    SEEKD_CO_RETURN_IF_ERROR(Read(ids, &times));
    std::vector<std::vector<TokenId>> inputs;
    for (const ChunkId id : ids) inputs.push_back(tokens_[id]);
    tokens_.clear();
    absl::StatusOr<EmbeddingRows> rows;
    absl::Status ahead;
    auto both =
        EncodeInto(std::move(inputs), std::move(options), &rows) && ReadNext(next_of_[ids], &ahead);
    co_await std::move(both);
    SEEKD_CO_RETURN_IF_ERROR(rows.status());
    SEEKD_CO_RETURN_IF_ERROR(ahead);
    rows->times.fetch_us = times.fetch_us;
    rows->times.tokenize_us = times.tokenize_us;
    co_return rows;
  }

  // The next call is the first of another search.
  void BeginSearch() {
    previous_.clear();
    tokens_.clear();
  }

 private:
  // Into tokens_, but for what is there.
  absl::Status Read(const std::vector<ChunkId>& ids, EncodeTimes* times) {
    using Clock = std::chrono::steady_clock;
    const auto micros = [](Clock::duration d) {
      return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
    };
    std::vector<ChunkId> unread;
    for (const ChunkId id : ids) {
      if (!tokens_.contains(id)) unread.push_back(id);
    }
    if (unread.empty()) return absl::OkStatus();
    const auto begin = Clock::now();
    ABSL_ASSIGN_OR_RETURN(const auto texts, store_->GetChunks(unread));
    const auto read = Clock::now();
    for (size_t i = 0; i < unread.size(); ++i) {
      if (!texts[i]) return absl::FailedPreconditionError("the collection changed");
      tokens_[unread[i]] =
          tokenizer_->Tokenize(EmbeddingInput("", texts[i]->context, texts[i]->text));
    }
    times->fetch_us += micros(read - begin);
    times->tokenize_us += micros(Clock::now() - read);
    return absl::OkStatus();
  }

  asio::awaitable<void> EncodeInto(std::vector<std::vector<TokenId>> inputs, EncodeOptions options,
                                   absl::StatusOr<EmbeddingRows>* rows) {
    *rows = co_await encoder_->Encode(std::move(inputs), std::move(options));
  }

  // Runs when EncodeInto waits for the encoder.
  asio::awaitable<void> ReadNext(std::vector<ChunkId> ids, absl::Status* status) {
    EncodeTimes hidden;
    *status = Read(ids, &hidden);
    co_return;
  }

  const CollectionStore* const store_;
  const Tokenizer* const tokenizer_;
  InputEncoder* const encoder_;
  std::vector<ChunkId> previous_;  // of this search
  std::map<std::vector<ChunkId>, std::vector<ChunkId>> next_of_;
  std::map<ChunkId, std::vector<TokenId>> tokens_;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_READ_AHEAD_SOURCE_H_
