#include "embedding_service/encoder_service.h"

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_future.hpp>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using Tokens = std::vector<TokenId>;
using Answer = absl::StatusOr<EmbeddingRows>;

// A clock that goes on when it is told to.
using FakeClock = std::shared_ptr<std::atomic<int64_t>>;

// Two components: sum and number of tokens. Can be held at a gate, and fail. Of a fake clock
// a batch takes 20 ms and 1 us per token.
class ScriptedEncoder final : public BatchEncoder {
 public:
  explicit ScriptedEncoder(FakeClock clock) : clock_(std::move(clock)) {}

  uint32_t dim() const override { return 2; }
  uint32_t vocab_size() const override { return 100; }
  uint32_t max_input_tokens() const override { return 50; }

  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override {
    std::unique_lock lock(mutex_);
    ++batches_;
    largest_batch_ = std::max(largest_batch_, inputs.size());
    entered_.notify_all();
    opened_.wait(lock, [this] { return open_; });
    *clock_ += 20'000;
    for (TokenSpan input : inputs) {
      *clock_ += static_cast<int64_t>(input.size());
      float sum = 0;
      for (TokenId t : input) sum += static_cast<float>(t);
      if (sum == 99) return absl::InternalError("poison");
      *rows++ = sum;
      *rows++ = static_cast<float>(input.size());
    }
    return absl::OkStatus();
  }

  void Close() {
    std::lock_guard lock(mutex_);
    open_ = false;
  }
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void AwaitBatch(int number) {
    std::unique_lock lock(mutex_);
    entered_.wait(lock, [&] { return batches_ >= number; });
  }
  size_t largest_batch() {
    std::lock_guard lock(mutex_);
    return largest_batch_;
  }

 private:
  const FakeClock clock_;
  std::mutex mutex_;
  std::condition_variable entered_, opened_;
  bool open_ = true;
  int batches_ = 0;
  size_t largest_batch_ = 0;
};

struct Harness {
  explicit Harness(const BatchLimits& limits = {}) {
    auto owned = std::make_unique<ScriptedEncoder>(clock);
    encoder = owned.get();
    service = std::make_unique<EncoderService>(std::move(owned), limits,
                                               [clock = clock] { return clock->load(); });
  }
  ~Harness() {
    encoder->Open();
    service->Stop();
    pool.join();
  }

  std::future<Answer> Encode(std::vector<Tokens> inputs, EncodeOptions options = {}) {
    return asio::co_spawn(pool, service->Encode(std::move(inputs), std::move(options)),
                          asio::use_future);
  }

  // Shows the service what a batch costs whatever is in it.
  void LearnPrice() {
    CATCH_REQUIRE(Encode({{1}}).get().ok());
    CATCH_REQUIRE(Encode({Tokens(50, 1), Tokens(49, 1)}).get().ok());
  }

  // One request runs, the others wait for its batch to end.
  std::future<Answer> EncodeBehindAnother(std::vector<std::future<Answer>>* waiting, int count) {
    encoder->Close();
    const int batch = static_cast<int>(service->counters().batches) + 1;
    auto running = Encode({{1}});
    encoder->AwaitBatch(batch);
    const uint64_t requests = service->counters().requests + count;
    for (int i = 0; i < count; ++i) waiting->push_back(Encode({{i + 2}}));
    while (service->counters().requests < requests) std::this_thread::yield();
    encoder->Open();
    return running;
  }

  FakeClock clock = std::make_shared<std::atomic<int64_t>>(1);
  asio::thread_pool pool{2};
  ScriptedEncoder* encoder;
  std::unique_ptr<EncoderService> service;
};

CATCH_TEST_CASE("rows come back, with times", "[encoder_service]") {
  Harness h;
  Answer answer = h.Encode({{1, 2}, {}, {7}}).get();
  CATCH_REQUIRE(answer.ok());
  CATCH_CHECK(answer->values == std::vector<float>{3, 2, 0, 0, 7, 1});
  CATCH_CHECK(answer->dim == 2);
  CATCH_CHECK(answer->recomputed == 3);
  CATCH_CHECK(answer->times.queue_us >= 0);
  CATCH_CHECK(answer->times.encode_us >= 0);
  CATCH_CHECK(h.Encode({}).get()->rows() == 0);
}

CATCH_TEST_CASE("bad inputs are refused before the queue", "[encoder_service]") {
  Harness h;
  for (const std::vector<Tokens>& inputs :
       {std::vector<Tokens>{{1}, {100}}, {{-1}}, {Tokens(51, 1)}}) {
    CATCH_CHECK(h.Encode(inputs).get().status().code() == absl::StatusCode::kInvalidArgument);
  }
  CATCH_CHECK(h.service->counters().batches == 0);
  BatchLimits limits;
  limits.max_batch_tokens = 20;
  Harness small(limits);
  CATCH_CHECK(small.service->max_input_tokens() == 20);
  CATCH_CHECK(small.Encode({Tokens(21, 1)}).get().status().code() ==
              absl::StatusCode::kInvalidArgument);
}

asio::awaitable<void> EncodeAndCompareThreads(EncoderService* service, bool* same_thread) {
  const auto before = std::this_thread::get_id();
  std::vector<Tokens> inputs = {{1}};
  const Answer rows = co_await service->Encode(std::move(inputs), EncodeOptions{});
  *same_thread = rows.ok() && std::this_thread::get_id() == before;
}

CATCH_TEST_CASE("the coroutine goes on on its own executor", "[encoder_service]") {
  Harness h;
  asio::io_context context;
  bool same_thread = false;
  asio::co_spawn(context, EncodeAndCompareThreads(h.service.get(), &same_thread), asio::detached);
  context.run();  // runs out of work only when the coroutine is through
  CATCH_CHECK(same_thread);
}

CATCH_TEST_CASE("what waits while the encoder is busy becomes one batch", "[encoder_service]") {
  Harness h;
  h.encoder->Close();
  auto first = h.Encode({{1}});
  h.encoder->AwaitBatch(1);
  std::vector<std::future<Answer>> waiting;
  for (int i = 0; i < 10; ++i) waiting.push_back(h.Encode({{i}, {5}}));
  while (h.service->counters().requests < 11) std::this_thread::yield();
  h.encoder->Open();
  CATCH_CHECK(first.get().ok());
  for (int i = 0; i < 10; ++i) {
    CATCH_CHECK(waiting[i].get()->values == std::vector<float>{static_cast<float>(i), 1, 5, 1});
  }
  const QueueCounters counters = h.service->counters();
  CATCH_CHECK(counters.batches == 2);
  CATCH_CHECK(counters.rows == 21);
  CATCH_CHECK(counters.shared_rows == 10);  // 11 inputs equal to {5}, 1 encoded
  CATCH_CHECK(h.encoder->largest_batch() == 10);
}

CATCH_TEST_CASE("a batch waits for the searches just answered", "[encoder_service]") {
  Harness h;
  h.LearnPrice();
  std::vector<std::future<Answer>> waiting;
  CATCH_CHECK(h.EncodeBehindAnother(&waiting, 3).get().ok());
  // The clock stands still: the three wait until the first asks again.
  auto again = h.Encode({{9}});
  CATCH_CHECK(again.get()->values == std::vector<float>{9, 1});
  for (auto& answer : waiting) CATCH_CHECK(answer.get().ok());
  CATCH_CHECK(h.service->counters().batches == 4);
  CATCH_CHECK(h.encoder->largest_batch() == 4);
}

CATCH_TEST_CASE("but not longer than half a batch's fixed price", "[encoder_service]") {
  Harness h;
  h.LearnPrice();
  std::vector<std::future<Answer>> waiting;
  CATCH_CHECK(h.EncodeBehindAnother(&waiting, 3).get().ok());
  *h.clock += 10'000;
  for (auto& answer : waiting) CATCH_CHECK(answer.get().ok());
  CATCH_CHECK(h.service->counters().batches == 4);
}

CATCH_TEST_CASE("a search that is alone never waits for others", "[encoder_service]") {
  Harness h;
  h.LearnPrice();
  for (int i = 0; i < 20; ++i) CATCH_CHECK(h.Encode({{i}, {i + 1}}).get().ok());
}

// A batch of 20 ms whatever is in it must not shrink to fit into 20 ms.
CATCH_TEST_CASE("ingest batches grow where small ones save nothing", "[encoder_service]") {
  Harness h;
  h.LearnPrice();
  EncodeOptions ingest;
  ingest.priority = EncodePriority::kIngest;
  std::vector<Tokens> inputs(64, Tokens(50, 2));
  for (int i = 0; i < 64; ++i) inputs[static_cast<size_t>(i)][0] = 2 + i;
  for (int i = 0; i < 20; ++i) CATCH_REQUIRE(h.Encode(inputs, ingest).get().ok());
  CATCH_CHECK(h.encoder->largest_batch() > 32);  // bounded as a whole: 11, and ever less
}

CATCH_TEST_CASE("ingest is not waited for, and does not wait", "[encoder_service]") {
  Harness h;
  h.LearnPrice();
  EncodeOptions ingest;
  ingest.priority = EncodePriority::kIngest;
  for (int i = 0; i < 5; ++i) {
    CATCH_CHECK(h.Encode({{i}}, ingest).get().ok());
    CATCH_CHECK(h.Encode({{i}}).get().ok());
  }
}

CATCH_TEST_CASE("Stop does not wait for the searches just answered", "[encoder_service]") {
  Harness h;
  h.LearnPrice();
  std::vector<std::future<Answer>> waiting;
  CATCH_CHECK(h.EncodeBehindAnother(&waiting, 2).get().ok());
  h.service->Stop();
  for (auto& answer : waiting) {
    CATCH_CHECK(answer.get().status().code() == absl::StatusCode::kUnavailable);
  }
}

CATCH_TEST_CASE("a cancelled request is answered though its lane never runs", "[encoder_service]") {
  Harness h;
  h.encoder->Close();
  auto running = h.Encode({{1}});
  h.encoder->AwaitBatch(1);
  auto flag = std::make_shared<Cancellation>();
  EncodeOptions options;
  options.priority = EncodePriority::kIngest;
  options.cancellation = flag;
  auto cancelled = h.Encode({{2}, {3}}, options);
  while (h.service->counters().requests < 2) std::this_thread::yield();
  flag->Cancel();
  h.encoder->Open();
  CATCH_CHECK(running.get().ok());
  CATCH_CHECK(cancelled.get().status().code() == absl::StatusCode::kCancelled);
}

CATCH_TEST_CASE("an encoder's error reaches the requests of its batch", "[encoder_service]") {
  Harness h;
  CATCH_CHECK(h.Encode({{1}, {99}}).get().status().code() == absl::StatusCode::kInternal);
  CATCH_CHECK(h.Encode({{1}}).get().ok());
}

CATCH_TEST_CASE("a full queue", "[encoder_service]") {
  BatchLimits limits;
  limits.max_queued_rows = 2;
  Harness h(limits);
  CATCH_CHECK(h.Encode({{1}, {2}, {3}}).get().status().code() ==
              absl::StatusCode::kResourceExhausted);
}

CATCH_TEST_CASE("Stop answers what waits and what comes later", "[encoder_service]") {
  Harness h;
  h.encoder->Close();
  auto running = h.Encode({{1}});
  h.encoder->AwaitBatch(1);
  auto waiting = h.Encode({{2}});
  while (h.service->counters().requests < 2) std::this_thread::yield();
  std::thread stopper([&] { h.service->Stop(); });
  CATCH_CHECK(running.get().status().code() == absl::StatusCode::kUnavailable);
  CATCH_CHECK(waiting.get().status().code() == absl::StatusCode::kUnavailable);
  h.encoder->Open();
  stopper.join();
  CATCH_CHECK(h.Encode({{3}}).get().status().code() == absl::StatusCode::kUnavailable);
  h.service->Stop();
}

struct Tally {
  std::atomic<int> answered{0};
  std::atomic<int> wrong{0};
};

asio::awaitable<void> RunClient(EncoderService* service, int number, int calls, Tally* tally) {
  for (int call = 0; call < calls; ++call) {
    auto flag = std::make_shared<Cancellation>();
    if ((number + call) % 5 == 0) flag->Cancel();
    EncodeOptions options;
    options.priority = number % 2 ? EncodePriority::kQuery : EncodePriority::kIngest;
    options.cancellation = flag;
    std::vector<Tokens> inputs(1 + (number + call) % 7, Tokens{number % 90, call % 9});
    const size_t rows = inputs.size();
    const Answer answer = co_await service->Encode(std::move(inputs), options);
    ++tally->answered;
    if (!answer.ok()) continue;
    if (answer->rows() != rows || answer->values[0] != number % 90 + call % 9) ++tally->wrong;
  }
}

// Many coroutines on two threads, some cancelled, the service stopped in the
// middle: every call gets exactly one answer, and a right one.
CATCH_TEST_CASE("many clients", "[encoder_service]") {
  BatchLimits limits;
  limits.max_batch_tokens = 64;
  Harness h(limits);
  constexpr int kClients = 200, kCalls = 20;
  Tally tally;
  for (int i = 0; i < kClients; ++i) {
    asio::co_spawn(h.pool, RunClient(h.service.get(), i, kCalls, &tally), asio::detached);
  }
  while (tally.answered < kClients * kCalls / 2) std::this_thread::yield();
  h.service->Stop();
  h.pool.join();
  CATCH_CHECK(tally.answered == kClients * kCalls);
  CATCH_CHECK(tally.wrong == 0);
}

}  // namespace
}  // namespace seekd
