// The waiting line in front of an encoder, as a state machine: no threads, no
// clock, no callbacks called. Rows of all requests meet here, equal inputs once,
// queries before ingest. Ingest is batched by length; queries leave whole, in order of
// arrival, because one that waits for its last rows gains nothing from its first.
//
// A request is answered exactly once: with its rows when the last of them is
// encoded, with an error, or CANCELLED when its client has gone. Answers are
// handed to the caller as FinishedRequests, to be delivered outside of locks.
//
// Thread safety: none; EncoderService guards it. Times are microseconds of one
// clock, given by the caller.
#ifndef SEEKD_EMBEDDING_SERVICE_BATCH_QUEUE_H_
#define SEEKD_EMBEDDING_SERVICE_BATCH_QUEUE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "core/search/embedding_source.h"
#include "embedding_service/encoder.h"

namespace seekd {

struct BatchLimits {
  uint64_t max_batch_tokens = 16384;     // padded; also the longest input admitted
  uint64_t max_queued_tokens = 4 << 20;  // per priority
  uint64_t max_queued_rows = 64 << 10;   // per priority
  // How long a batch waits for the searches just answered, in fixed prices of a batch
  // (batch_price.h); 0: not at all.
  double gate_share = 0.5;
};

using EncodeDone = absl::AnyInvocable<void(absl::StatusOr<EmbeddingRows>)>;

struct EncodeRequest {
  std::vector<std::vector<TokenId>> inputs;  // at least one
  EncodePriority priority = EncodePriority::kQuery;
  CancellationPtr cancellation;
  EncodeDone done;
};

struct FinishedRequest {
  EncodeDone done;
  absl::StatusOr<EmbeddingRows> answer;
};

struct QueueCounters {
  uint64_t requests = 0;
  uint64_t rejected = 0;  // RESOURCE_EXHAUSTED or INVALID_ARGUMENT at Push
  uint64_t cancelled = 0;
  uint64_t batches = 0;
  uint64_t rows = 0;           // answered from a batch
  uint64_t shared_rows = 0;    // of these, answered by an equal input of the same batch
  uint64_t batch_tokens = 0;   // encoded
  uint64_t encode_us = 0;      // of all batches
  uint64_t queued_rows = 0;    // now
  uint64_t queued_tokens = 0;  // now
};

class BatchQueue {
 private:
  struct Ticket;

 public:
  // What to encode next. `inputs` view the tickets' tokens, lengths descend.
  struct Batch {
    struct Row {
      std::shared_ptr<Ticket> ticket;
      uint32_t row;    // of the request
      uint32_t input;  // of `inputs`
    };
    std::vector<TokenSpan> inputs;
    std::vector<Row> rows;
    uint64_t tokens = 0;  // sum over inputs
    EncodePriority priority = EncodePriority::kQuery;
    int64_t start_us = 0;
  };

  BatchQueue(const BatchLimits& limits, uint32_t dim);
  ~BatchQueue();

  // OK: the request is queued. Else it is left untouched, `done` included:
  // INVALID_ARGUMENT (an input longer than max_batch_tokens: which),
  // RESOURCE_EXHAUSTED (queue full), UNAVAILABLE (closed).
  absl::Status Push(EncodeRequest& request, int64_t now_us);

  // Drops the requests of cancelled clients (appended to `finished`), then
  // takes the next batch: of queries if any wait, else of ingest within
  // `ingest_tokens`. It holds the row that waits longest.
  std::optional<Batch> TakeBatch(int64_t now_us, uint64_t ingest_tokens,
                                 std::vector<FinishedRequest>* finished);

  // `rows`: inputs.size() * dim floats, or why there are none.
  void Complete(const Batch& batch, const absl::StatusOr<std::span<const float>>& rows,
                int64_t now_us, std::vector<FinishedRequest>* finished);

  // Answers everything UNAVAILABLE, rows of running batches included; later
  // pushes are refused.
  void Close(std::vector<FinishedRequest>* finished);

  bool empty() const { return lanes_[0].rows.empty() && lanes_[1].rows.empty(); }
  // The next batch is one of queries, and more of them would still fit in.
  bool has_room_for_queries() const {
    const Lane& lane = lanes_[static_cast<int>(EncodePriority::kQuery)];
    return !lane.rows.empty() && lane.tokens < limits_.max_batch_tokens;
  }
  const QueueCounters& counters() const { return counters_; }

 private:
  struct WaitingRow {
    std::shared_ptr<Ticket> ticket;
    uint32_t row;
  };
  struct Lane {
    std::deque<WaitingRow> rows;  // in order of arrival
    uint64_t tokens = 0;
  };

  absl::Status Admit(const EncodeRequest& request) const;
  void DropCancelled(std::vector<FinishedRequest>* finished);
  static size_t WholeRequests(const Lane& lane, uint64_t budget);
  std::vector<WaitingRow> TakeRows(Lane* lane, size_t window_rows, uint64_t budget);
  void Forget(Lane* lane, const WaitingRow& row);
  void ForgetAnswered();
  void Finish(const std::shared_ptr<Ticket>& ticket, absl::StatusOr<EmbeddingRows> answer,
              std::vector<FinishedRequest>* finished);
  void CompleteRow(const Batch::Row& row, std::span<const float> values, int64_t now_us,
                   std::vector<FinishedRequest>* finished);

  const BatchLimits limits_;
  const uint32_t dim_;
  Lane lanes_[2];                                     // by EncodePriority
  std::unordered_set<std::shared_ptr<Ticket>> open_;  // unanswered
  bool closed_ = false;
  QueueCounters counters_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_BATCH_QUEUE_H_
