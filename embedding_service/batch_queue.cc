#include "embedding_service/batch_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/batch_layout.h"

namespace seekd {
namespace {

// Rows looked at for one batch, in batch budgets: enough to find inputs of
// similar length, few enough that packing stays cheap.
constexpr uint64_t kWindowBudgets = 4;

uint64_t TokensOf(const EncodeRequest& request) {
  uint64_t tokens = 0;
  for (const auto& input : request.inputs) tokens += input.size();
  return tokens;
}

// Compares by content, for finding equal inputs.
struct TokensKey {
  TokenSpan tokens;
  bool operator==(const TokensKey& other) const { return std::ranges::equal(tokens, other.tokens); }
  template <typename H>
  friend H AbslHashValue(H h, const TokensKey& key) {
    return H::combine_contiguous(std::move(h), key.tokens.data(), key.tokens.size());
  }
};

}  // namespace

// A request and what is known of its answer.
struct BatchQueue::Ticket {
  EncodeRequest request;
  int64_t push_us = 0;
  EmbeddingRows answer;
  size_t rows_left = 0;
  int64_t last_batch_us = -1;  // start of the last batch counted in encode_us
  bool answered = false;

  TokenSpan input(uint32_t row) const { return request.inputs[row]; }
};

BatchQueue::BatchQueue(const BatchLimits& limits, uint32_t dim) : limits_(limits), dim_(dim) {}
BatchQueue::~BatchQueue() = default;

absl::Status BatchQueue::Admit(const EncodeRequest& request) const {
  if (closed_) return absl::UnavailableError("the encoder is shutting down");
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    if (request.inputs[i].size() <= limits_.max_batch_tokens) continue;
    return absl::InvalidArgumentError(absl::StrCat("input ", i, " has ", request.inputs[i].size(),
                                                   " tokens, limit ", limits_.max_batch_tokens));
  }
  const Lane& lane = lanes_[static_cast<int>(request.priority)];
  const uint64_t tokens = TokensOf(request);
  if (tokens > limits_.max_queued_tokens - lane.tokens ||
      request.inputs.size() > limits_.max_queued_rows - lane.rows.size()) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "encoder queue full: ", lane.rows.size(), " rows and ", lane.tokens, " tokens wait, ",
        request.inputs.size(), " and ", tokens, " more asked, limits ", limits_.max_queued_rows,
        " and ", limits_.max_queued_tokens));
  }
  return absl::OkStatus();
}

absl::Status BatchQueue::Push(EncodeRequest& request, int64_t now_us) {
  if (absl::Status status = Admit(request); !status.ok()) {
    ++counters_.rejected;
    return status;
  }
  Lane& lane = lanes_[static_cast<int>(request.priority)];
  const uint64_t tokens = TokensOf(request);
  auto ticket = std::make_shared<Ticket>();
  ticket->request = std::move(request);
  ticket->push_us = now_us;
  ticket->rows_left = ticket->request.inputs.size();
  ticket->answer.dim = dim_;
  ticket->answer.values.resize(ticket->rows_left * dim_);
  for (uint32_t row = 0; row < ticket->rows_left; ++row) lane.rows.push_back({ticket, row});
  lane.tokens += tokens;
  ++counters_.requests;
  counters_.queued_rows += ticket->rows_left;
  counters_.queued_tokens += tokens;
  open_.insert(std::move(ticket));
  return absl::OkStatus();
}

void BatchQueue::Finish(const std::shared_ptr<Ticket>& ticket, absl::StatusOr<EmbeddingRows> answer,
                        std::vector<FinishedRequest>* finished) {
  ticket->answered = true;
  finished->push_back({std::move(ticket->request.done), std::move(answer)});
  open_.erase(ticket);
}

void BatchQueue::Forget(Lane* lane, const WaitingRow& row) {
  const uint64_t tokens = row.ticket->input(row.row).size();
  lane->tokens -= tokens;
  counters_.queued_tokens -= tokens;
  --counters_.queued_rows;
}

void BatchQueue::ForgetAnswered() {
  for (Lane& lane : lanes_) {
    std::erase_if(lane.rows, [&](const WaitingRow& row) {
      if (row.ticket->answered) Forget(&lane, row);
      return row.ticket->answered;
    });
  }
}

void BatchQueue::DropCancelled(std::vector<FinishedRequest>* finished) {
  std::vector<std::shared_ptr<Ticket>> gone;
  for (const auto& ticket : open_) {
    if (IsCancelled(ticket->request.cancellation)) gone.push_back(ticket);
  }
  for (const auto& ticket : gone) {
    ++counters_.cancelled;
    Finish(ticket, absl::CancelledError("the client withdrew the request"), finished);
  }
  if (!gone.empty()) ForgetAnswered();
}

// Rows at the lane's front: as many whole requests as fit into one batch. 0: not even one.
size_t BatchQueue::WholeRequests(const Lane& lane, uint64_t budget) {
  size_t whole = 0;
  uint64_t longest = 1;
  for (size_t rows = 1; rows <= lane.rows.size(); ++rows) {
    const WaitingRow& row = lane.rows[rows - 1];
    longest = std::max<uint64_t>(longest, row.ticket->input(row.row).size());
    if (rows * longest > budget) break;
    if (rows == lane.rows.size() || lane.rows[rows].ticket != row.ticket) whole = rows;
  }
  return whole;
}

// Takes the batch of the oldest row out of the window at the lane's front, at most
// `window_rows`.
std::vector<BatchQueue::WaitingRow> BatchQueue::TakeRows(Lane* lane, size_t window_rows,
                                                         uint64_t budget) {
  std::vector<uint32_t> lengths;
  uint64_t tokens = 0;
  for (const WaitingRow& row : lane->rows) {
    if (lengths.size() == window_rows) break;
    if (!lengths.empty() && tokens > kWindowBudgets * budget) break;
    lengths.push_back(static_cast<uint32_t>(row.ticket->input(row.row).size()));
    tokens += std::max(lengths.back(), 1u);
  }
  std::vector<std::vector<uint32_t>> batches = PackBatches(lengths, budget);
  const auto& chosen = *std::ranges::find_if(batches, [](const std::vector<uint32_t>& batch) {
    return std::ranges::find(batch, 0u) != batch.end();
  });

  std::vector<WaitingRow> taken;
  for (uint32_t i : chosen) {
    taken.push_back(std::move(lane->rows[i]));
    Forget(lane, taken.back());
  }
  const auto window_end = lane->rows.begin() + static_cast<ptrdiff_t>(lengths.size());
  const auto kept_end = std::remove_if(lane->rows.begin(), window_end,
                                       [](const WaitingRow& row) { return row.ticket == nullptr; });
  lane->rows.erase(kept_end, window_end);
  return taken;
}

std::optional<BatchQueue::Batch> BatchQueue::TakeBatch(int64_t now_us, uint64_t ingest_tokens,
                                                       std::vector<FinishedRequest>* finished) {
  DropCancelled(finished);
  if (empty()) return std::nullopt;
  Batch batch;
  batch.start_us = now_us;
  const bool query = !lanes_[static_cast<int>(EncodePriority::kQuery)].rows.empty();
  batch.priority = query ? EncodePriority::kQuery : EncodePriority::kIngest;
  const uint64_t budget =
      query ? limits_.max_batch_tokens : std::min(ingest_tokens, limits_.max_batch_tokens);

  Lane& lane = lanes_[static_cast<int>(batch.priority)];
  const size_t whole = query ? WholeRequests(lane, budget) : 0;
  const size_t window_rows = whole == 0 ? lane.rows.size() : whole;

  absl::flat_hash_map<TokensKey, uint32_t> input_of;
  for (WaitingRow& row : TakeRows(&lane, window_rows, budget)) {
    const TokenSpan tokens = row.ticket->input(row.row);
    const auto [it, is_new] =
        input_of.try_emplace({tokens}, static_cast<uint32_t>(batch.inputs.size()));
    if (is_new) {
      batch.inputs.push_back(tokens);
      batch.tokens += tokens.size();
    }
    batch.rows.push_back({std::move(row.ticket), row.row, it->second});
  }
  ++counters_.batches;
  counters_.batch_tokens += batch.tokens;
  counters_.rows += batch.rows.size();
  counters_.shared_rows += batch.rows.size() - batch.inputs.size();
  return batch;
}

void BatchQueue::CompleteRow(const Batch::Row& row, std::span<const float> values, int64_t now_us,
                             std::vector<FinishedRequest>* finished) {
  Ticket& ticket = *row.ticket;
  std::ranges::copy(values, ticket.answer.values.begin() + static_cast<size_t>(row.row) * dim_);
  ++ticket.answer.recomputed;
  if (--ticket.rows_left > 0) return;
  ticket.answer.times.queue_us =
      std::max<int64_t>(0, now_us - ticket.push_us - ticket.answer.times.encode_us);
  Finish(row.ticket, std::move(ticket.answer), finished);
}

void BatchQueue::Complete(const Batch& batch, const absl::StatusOr<std::span<const float>>& rows,
                          int64_t now_us, std::vector<FinishedRequest>* finished) {
  counters_.encode_us += static_cast<uint64_t>(std::max<int64_t>(0, now_us - batch.start_us));
  for (const Batch::Row& row : batch.rows) {
    Ticket& ticket = *row.ticket;
    if (ticket.answered) continue;
    if (!rows.ok()) {
      Finish(row.ticket, rows.status(), finished);
      continue;
    }
    if (ticket.last_batch_us != batch.start_us) {
      ticket.last_batch_us = batch.start_us;
      ticket.answer.times.encode_us += now_us - batch.start_us;
    }
    CompleteRow(row, rows->subspan(static_cast<size_t>(row.input) * dim_, dim_), now_us, finished);
  }
  // The other rows of failed requests need no encoding any more.
  if (!rows.ok()) ForgetAnswered();
}

void BatchQueue::Close(std::vector<FinishedRequest>* finished) {
  closed_ = true;
  for (Lane& lane : lanes_) {
    for (const WaitingRow& row : lane.rows) Forget(&lane, row);
    lane.rows.clear();
  }
  while (!open_.empty()) {
    const std::shared_ptr<Ticket> ticket = *open_.begin();
    Finish(ticket, absl::UnavailableError("the encoder is shutting down"), finished);
  }
}

}  // namespace seekd
