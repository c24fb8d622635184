#include "embedding_service/encoder_service.h"

#include <algorithm>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

constexpr double kIngestBatchUs = 20'000;  // of one ingest batch, beyond its fixed price
constexpr double kNewRateWeight = 0.25;    // of a batch in the running throughput

void Deliver(std::vector<FinishedRequest>* finished) {
  for (FinishedRequest& request : *finished) request.done(std::move(request.answer));
  finished->clear();
}

// Completes an asio operation on its own executor, from whatever thread, and
// keeps that executor's context running until then.
template <typename Handler>
EncodeDone PostTo(Handler handler) {
  auto executor = asio::get_associated_executor(handler);
  auto guard = asio::make_work_guard(executor);
  return [executor, guard = std::move(guard),
          handler = std::move(handler)](absl::StatusOr<EmbeddingRows> answer) mutable {
    asio::post(executor, [handler = std::move(handler), answer = std::move(answer)]() mutable {
      std::move(handler)(std::move(answer));
    });
    guard.reset();
  };
}

}  // namespace

int64_t SteadyClockUs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

EncoderService::EncoderService(std::unique_ptr<BatchEncoder> encoder, const BatchLimits& limits,
                               ClockUs clock)
    : encoder_(std::move(encoder)),
      limits_(limits),
      clock_(std::move(clock)),
      queue_(limits, encoder_->dim()),
      thread_([this] { Run(); }) {}

EncoderService::~EncoderService() { Stop(); }

uint32_t EncoderService::max_input_tokens() const {
  return static_cast<uint32_t>(
      std::min<uint64_t>(encoder_->max_input_tokens(), limits_.max_batch_tokens));
}

// Before the queue: what the encoder would refuse must not fail the requests
// that share its batch.
absl::Status EncoderService::Validate(const std::vector<std::vector<TokenId>>& inputs) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].size() > max_input_tokens()) {
      return absl::InvalidArgumentError(absl::StrCat("input ", i, " has ", inputs[i].size(),
                                                     " tokens, limit ", max_input_tokens()));
    }
    for (TokenId id : inputs[i]) {
      if (id >= 0 && static_cast<uint32_t>(id) < encoder_->vocab_size()) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "input ", i, " has token id ", id, ", expected 0 to ", encoder_->vocab_size() - 1));
    }
  }
  return absl::OkStatus();
}

asio::awaitable<absl::StatusOr<EmbeddingRows>> EncoderService::Encode(
    std::vector<std::vector<TokenId>> inputs, EncodeOptions options) {
  SEEKD_CO_RETURN_IF_ERROR(Validate(inputs));
  if (inputs.empty()) {
    EmbeddingRows none;
    none.dim = dim();
    co_return none;
  }
  EncodeRequest request{std::move(inputs), options.priority, options.cancellation, nullptr};
  auto initiate = [this, request = std::move(request)](auto handler) mutable {
    request.done = PostTo(std::move(handler));
    Submit(std::move(request));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(absl::StatusOr<EmbeddingRows>)>(std::move(initiate),
                                                                               asio::use_awaitable);
}

void EncoderService::Submit(EncodeRequest request) {
  absl::Status status;
  {
    std::lock_guard lock(mutex_);
    const EncodePriority priority = request.priority;
    status = queue_.Push(request, clock_());
    if (status.ok() && priority == EncodePriority::kQuery) gate_.Arrived();
  }
  if (status.ok()) {
    wake_.notify_one();
  } else {
    request.done(std::move(status));
  }
}

void EncoderService::AwaitRows(std::unique_lock<std::mutex>* lock) {
  wake_.wait(*lock, [this] { return stopping_ || !queue_.empty(); });
  while (!stopping_ && queue_.has_room_for_queries()) {
    const int64_t wait_us = gate_.WaitUs(clock_());
    if (wait_us == 0) return;
    wake_.wait_for(*lock, std::chrono::microseconds(wait_us));
  }
}

bool EncoderService::AwaitBatch(std::optional<BatchQueue::Batch>* batch,
                                std::vector<FinishedRequest>* finished) {
  const double ingest_us = kIngestBatchUs + static_cast<double>(price_.fixed_us());
  const auto ingest_tokens = static_cast<uint64_t>(std::max(1.0, tokens_per_us_ * ingest_us));
  std::unique_lock lock(mutex_);
  AwaitRows(&lock);
  if (stopping_) return false;
  *batch = queue_.TakeBatch(clock_(), ingest_tokens, finished);
  return true;
}

void EncoderService::RunBatch(const BatchQueue::Batch& batch,
                              std::vector<FinishedRequest>* finished) {
  rows_.resize(batch.inputs.size() * encoder_->dim());
  const absl::Status status = encoder_->Encode(batch.inputs, rows_.data());
  absl::StatusOr<std::span<const float>> rows = std::span<const float>(rows_);
  if (!status.ok()) rows = status;

  const int64_t end_us = clock_();
  const auto batch_us = static_cast<double>(std::max<int64_t>(1, end_us - batch.start_us));
  const double rate = static_cast<double>(batch.tokens) / batch_us;
  tokens_per_us_ += kNewRateWeight * (rate - tokens_per_us_);
  price_.Note(batch.tokens, end_us - batch.start_us);
  const double patience_us = limits_.gate_share * static_cast<double>(price_.fixed_us());
  std::lock_guard lock(mutex_);
  queue_.Complete(batch, rows, end_us, finished);
  if (batch.priority != EncodePriority::kQuery) return;
  gate_.Answered(finished->size(), end_us, static_cast<int64_t>(patience_us));
}

void EncoderService::Run() {
  std::vector<FinishedRequest> finished;
  std::optional<BatchQueue::Batch> batch;
  while (AwaitBatch(&batch, &finished)) {
    Deliver(&finished);  // the cancelled ones need not wait for the batch
    if (!batch) continue;
    // A batch is priced by what encoding takes.
    if (encoder_->Prepare()) batch->start_us = clock_();
    RunBatch(*batch, &finished);
    Deliver(&finished);
  }
}

void EncoderService::Stop() {
  std::vector<FinishedRequest> finished;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.Close(&finished);
  }
  wake_.notify_all();
  encoder_->Interrupt();
  Deliver(&finished);
  std::lock_guard lock(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

QueueCounters EncoderService::counters() const {
  std::lock_guard lock(mutex_);
  return queue_.counters();
}

}  // namespace seekd
