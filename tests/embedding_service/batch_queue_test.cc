#include "embedding_service/batch_queue.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using Tokens = std::vector<TokenId>;

constexpr uint64_t kNoIngestBound = 1 << 20;

// A queue of one-component rows; the row of an input is the sum of its tokens.
struct Harness {
  explicit Harness(const BatchLimits& limits = {}) : queue(limits, 1) {}

  absl::Status Push(int name, std::vector<Tokens> inputs,
                    EncodePriority priority = EncodePriority::kQuery,
                    CancellationPtr cancellation = nullptr) {
    EncodeRequest request;
    request.inputs = std::move(inputs);
    request.priority = priority;
    request.cancellation = std::move(cancellation);
    request.done = [this, name](absl::StatusOr<EmbeddingRows> answer) {
      CATCH_CHECK(answers.emplace(name, std::move(answer)).second);  // exactly once
    };
    return queue.Push(request, now);
  }

  std::optional<BatchQueue::Batch> Take(uint64_t ingest_tokens = kNoIngestBound) {
    auto batch = queue.TakeBatch(now, ingest_tokens, &finished);
    Deliver();
    return batch;
  }

  void Complete(const BatchQueue::Batch& batch) {
    std::vector<float> rows;
    for (TokenSpan input : batch.inputs) {
      rows.push_back(0);
      for (TokenId t : input) rows.back() += static_cast<float>(t);
    }
    queue.Complete(batch, std::span<const float>(rows), now, &finished);
    Deliver();
  }

  void Fail(const BatchQueue::Batch& batch, absl::Status status) {
    queue.Complete(batch, status, now, &finished);
    Deliver();
  }

  void Deliver() {
    for (FinishedRequest& f : finished) f.done(std::move(f.answer));
    finished.clear();
  }

  std::vector<float> Values(int name) { return answers.at(name).value().values; }
  absl::StatusCode Code(int name) { return answers.at(name).status().code(); }

  BatchQueue queue;
  int64_t now = 100;
  std::vector<FinishedRequest> finished;
  std::map<int, absl::StatusOr<EmbeddingRows>> answers;
};

CATCH_TEST_CASE("a request is answered with its rows in order", "[batch_queue]") {
  Harness h;
  CATCH_REQUIRE(h.Push(1, {{5}, {1, 2, 3, 4}, {}, {7, 7}}).ok());
  h.now = 130;
  auto batch = h.Take();
  CATCH_REQUIRE(batch);
  CATCH_CHECK(batch->inputs.size() == 4);
  CATCH_CHECK(batch->tokens == 7);
  CATCH_CHECK(batch->inputs[0].size() == 4);  // sorted by length
  CATCH_CHECK(h.answers.empty());
  h.now = 180;
  h.Complete(*batch);
  CATCH_CHECK(h.Values(1) == std::vector<float>{5, 10, 0, 14});
  const EmbeddingRows& rows = h.answers.at(1).value();
  CATCH_CHECK(rows.recomputed == 4);
  CATCH_CHECK(rows.times.queue_us == 30);
  CATCH_CHECK(rows.times.encode_us == 50);
  CATCH_CHECK(h.queue.counters().encode_us == 50);
  CATCH_CHECK(h.queue.empty());
  CATCH_CHECK_FALSE(h.Take());
}

CATCH_TEST_CASE("queries leave before ingest, and do not share its batch", "[batch_queue]") {
  Harness h;
  CATCH_REQUIRE(h.Push(1, {{1}}, EncodePriority::kIngest).ok());
  CATCH_REQUIRE(h.Push(2, {{2}}, EncodePriority::kQuery).ok());
  auto first = h.Take();
  CATCH_REQUIRE(first);
  CATCH_CHECK(first->priority == EncodePriority::kQuery);
  CATCH_CHECK(first->rows.size() == 1);
  h.Complete(*first);
  CATCH_CHECK(h.answers.contains(2));
  CATCH_CHECK_FALSE(h.answers.contains(1));
  h.Complete(*h.Take());
  CATCH_CHECK(h.answers.contains(1));
}

CATCH_TEST_CASE("equal inputs of different requests are encoded once", "[batch_queue]") {
  Harness h;
  CATCH_REQUIRE(h.Push(1, {{3, 4}, {9}}).ok());
  CATCH_REQUIRE(h.Push(2, {{3, 4}, {4, 3}}).ok());
  auto batch = h.Take();
  CATCH_CHECK(batch->inputs.size() == 3);
  CATCH_CHECK(batch->rows.size() == 4);
  h.Complete(*batch);
  CATCH_CHECK(h.Values(1) == std::vector<float>{7, 9});
  CATCH_CHECK(h.Values(2) == std::vector<float>{7, 7});
  CATCH_CHECK(h.queue.counters().shared_rows == 1);
}

CATCH_TEST_CASE("a request larger than a batch is split and answered once", "[batch_queue]") {
  BatchLimits limits;
  limits.max_batch_tokens = 10;
  Harness h(limits);
  std::vector<Tokens> inputs;
  for (TokenId i = 0; i < 25; ++i) inputs.push_back(Tokens(3, i));
  CATCH_REQUIRE(h.Push(1, inputs).ok());
  int batches = 0;
  while (auto batch = h.Take()) {
    CATCH_CHECK(batch->tokens <= 10);
    CATCH_CHECK(h.answers.empty());
    h.now += 10;
    h.Complete(*batch);
    ++batches;
  }
  CATCH_CHECK(batches == 9);
  const auto values = h.Values(1);
  for (int i = 0; i < 25; ++i) CATCH_CHECK(values[i] == 3.0f * static_cast<float>(i));
  CATCH_CHECK(h.answers.at(1)->times.encode_us == 90);
  CATCH_CHECK(h.answers.at(1)->times.queue_us == 0);
}

CATCH_TEST_CASE("queries leave whole, in order of arrival", "[batch_queue]") {
  BatchLimits limits;
  limits.max_batch_tokens = 10;
  Harness h(limits);
  CATCH_REQUIRE(h.Push(1, {{1}, {1, 2}}).ok());
  CATCH_REQUIRE(h.Push(2, {{3, 4, 5}}).ok());
  // Its first row would fit, padded to 3 tokens, the second would not.
  CATCH_REQUIRE(h.Push(3, {{6}, {7, 8, 9, 9}}).ok());
  CATCH_REQUIRE(h.Push(4, {{2}}).ok());
  h.Complete(*h.Take());
  CATCH_CHECK(h.answers.size() == 2);
  CATCH_CHECK(h.Values(2) == std::vector<float>{12});
  // The fourth would be a third row of four tokens, padded.
  h.Complete(*h.Take());
  CATCH_CHECK(h.answers.size() == 3);
  CATCH_CHECK(h.Values(3) == std::vector<float>{6, 33});
  h.Complete(*h.Take());
  CATCH_CHECK(h.Values(4) == std::vector<float>{2});
}

CATCH_TEST_CASE("ingest is batched by length", "[batch_queue]") {
  BatchLimits limits;
  limits.max_batch_tokens = 8;
  Harness h(limits);
  CATCH_REQUIRE(h.Push(1, {{1, 2, 3, 4}, {1}}, EncodePriority::kIngest).ok());
  CATCH_REQUIRE(h.Push(2, {{5, 6, 7, 8}, {2}}, EncodePriority::kIngest).ok());
  const auto batch = h.Take();
  CATCH_REQUIRE(batch);
  CATCH_CHECK(batch->inputs.size() == 2);
  CATCH_CHECK(batch->inputs[1].size() == 4);
  h.Complete(*batch);
  h.Complete(*h.Take());
  CATCH_CHECK(h.answers.size() == 2);
}

CATCH_TEST_CASE("limits at Push", "[batch_queue]") {
  BatchLimits limits;
  limits.max_batch_tokens = 4;
  limits.max_queued_tokens = 6;
  limits.max_queued_rows = 3;
  Harness h(limits);
  CATCH_CHECK(h.Push(1, {{1}, {1, 2, 3, 4, 5}}).code() == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(h.Push(2, {{1, 2, 3, 4}, {1, 2, 3}}).code() == absl::StatusCode::kResourceExhausted);
  CATCH_CHECK(h.Push(3, {{1}, {2}, {3}, {4}}).code() == absl::StatusCode::kResourceExhausted);
  CATCH_REQUIRE(h.Push(4, {{1, 2, 3, 4}}).ok());
  CATCH_CHECK(h.Push(5, {{1, 2, 3}}).code() == absl::StatusCode::kResourceExhausted);
  // The lanes have room of their own.
  CATCH_CHECK(h.Push(6, {{1, 2, 3}}, EncodePriority::kIngest).ok());
  CATCH_CHECK(h.queue.counters().rejected == 4);
  CATCH_CHECK(h.queue.counters().queued_tokens == 7);
  h.Complete(*h.Take());
  CATCH_CHECK(h.Push(7, {{1, 2, 3}}).ok());
  CATCH_CHECK(h.answers.size() == 1);
}

CATCH_TEST_CASE("cancelled requests are dropped when a batch forms", "[batch_queue]") {
  BatchLimits limits;
  limits.max_batch_tokens = 2;
  Harness h(limits);
  auto flag = std::make_shared<Cancellation>();
  CATCH_REQUIRE(h.Push(1, {{1}, {2}, {3}, {4}}, EncodePriority::kQuery, flag).ok());
  CATCH_REQUIRE(h.Push(2, {{5}}).ok());
  auto running = h.Take();
  CATCH_CHECK(running->rows.size() == 2);
  flag->Cancel();
  auto next = h.Take();
  CATCH_CHECK(h.Code(1) == absl::StatusCode::kCancelled);
  CATCH_REQUIRE(next);
  CATCH_CHECK(next->rows.size() == 1);
  CATCH_CHECK(next->inputs[0][0] == 5);
  h.Complete(*running);  // its rows are nobody's any more
  h.Complete(*next);
  CATCH_CHECK(h.Values(2) == std::vector<float>{5});
  CATCH_CHECK(h.queue.counters().cancelled == 1);
  CATCH_CHECK(h.queue.counters().queued_rows == 0);
  CATCH_CHECK(h.queue.counters().queued_tokens == 0);
}

CATCH_TEST_CASE("room for queries: some wait, and they do not fill a batch", "[batch_queue]") {
  BatchLimits limits;
  limits.max_batch_tokens = 4;
  Harness h(limits);
  CATCH_CHECK_FALSE(h.queue.has_room_for_queries());
  CATCH_REQUIRE(h.Push(1, {{1}}, EncodePriority::kIngest).ok());
  CATCH_CHECK_FALSE(h.queue.has_room_for_queries());
  CATCH_REQUIRE(h.Push(2, {{1, 2, 3}}).ok());
  CATCH_CHECK(h.queue.has_room_for_queries());
  CATCH_REQUIRE(h.Push(3, {{4}}).ok());
  CATCH_CHECK_FALSE(h.queue.has_room_for_queries());
}

CATCH_TEST_CASE("a queue of cancelled requests gives no batch", "[batch_queue]") {
  Harness h;
  auto flag = std::make_shared<Cancellation>();
  CATCH_REQUIRE(h.Push(1, {{1}}, EncodePriority::kIngest, flag).ok());
  flag->Cancel();
  CATCH_CHECK_FALSE(h.Take());
  CATCH_CHECK(h.Code(1) == absl::StatusCode::kCancelled);
  CATCH_CHECK(h.queue.empty());
}

CATCH_TEST_CASE("a failed batch fails its requests, whole, and no others", "[batch_queue]") {
  BatchLimits limits;
  limits.max_batch_tokens = 2;
  Harness h(limits);
  CATCH_REQUIRE(h.Push(1, {{1}, {2}, {3}}).ok());
  CATCH_REQUIRE(h.Push(2, {{4}}).ok());
  h.Fail(*h.Take(), absl::InternalError("out of memory"));
  CATCH_CHECK(h.Code(1) == absl::StatusCode::kInternal);
  auto next = h.Take();
  CATCH_CHECK(next->rows.size() == 1);
  h.Complete(*next);
  CATCH_CHECK(h.Values(2) == std::vector<float>{4});
}

CATCH_TEST_CASE("ingest batches keep to their own bound, the oldest row always goes",
                "[batch_queue]") {
  Harness h;
  CATCH_REQUIRE(h.Push(1, {{1, 1, 1}, {2}, {3}}, EncodePriority::kIngest).ok());
  auto batch = h.Take(2);
  CATCH_CHECK(batch->rows.size() == 1);
  CATCH_CHECK(batch->inputs[0].size() == 3);  // larger than the bound, but alone
  h.Complete(*batch);
  batch = h.Take(2);
  CATCH_CHECK(batch->rows.size() == 2);
  h.Complete(*batch);
  CATCH_CHECK(h.Values(1) == std::vector<float>{3, 2, 3});
}

CATCH_TEST_CASE("Close answers what waits and what runs", "[batch_queue]") {
  BatchLimits limits;
  limits.max_batch_tokens = 1;
  Harness h(limits);
  CATCH_REQUIRE(h.Push(1, {{1}}).ok());
  CATCH_REQUIRE(h.Push(2, {{2}}, EncodePriority::kIngest).ok());
  auto running = h.Take();
  h.queue.Close(&h.finished);
  h.Deliver();
  CATCH_CHECK(h.Code(1) == absl::StatusCode::kUnavailable);
  CATCH_CHECK(h.Code(2) == absl::StatusCode::kUnavailable);
  h.Complete(*running);
  CATCH_CHECK(h.answers.size() == 2);
  CATCH_CHECK(h.Push(3, {{3}}).code() == absl::StatusCode::kUnavailable);
  CATCH_CHECK(h.queue.empty());
  CATCH_CHECK(h.queue.counters().queued_tokens == 0);
}

// Random pushes, cancellations, failures and batches: everything accepted is
// answered exactly once, rows are right, the oldest waiting row is never passed.
CATCH_TEST_CASE("random traffic", "[batch_queue]") {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    BatchLimits limits;
    limits.max_batch_tokens = 8 + random() % 40;
    limits.max_queued_tokens = 400;
    limits.max_queued_rows = 60;
    Harness h(limits);
    std::map<int, std::vector<float>> expected;
    std::map<int, std::shared_ptr<Cancellation>> flags;
    int next_name = 0;
    for (int step = 0; step < 120; ++step) {
      h.now += random() % 5;
      switch (random() % 8) {
        case 0:
        case 1:
        case 2: {
          std::vector<Tokens> inputs(1 + random() % 12);
          std::vector<float> sums;
          for (Tokens& tokens : inputs) {
            tokens.resize(random() % 8);
            sums.push_back(0);
            for (TokenId& t : tokens) sums.back() += static_cast<float>(t = random() % 3);
          }
          auto flag = std::make_shared<Cancellation>();
          const auto lane = random() % 2 ? EncodePriority::kQuery : EncodePriority::kIngest;
          if (h.Push(next_name, inputs, lane, flag).ok()) {
            expected[next_name] = sums;
            flags[next_name] = flag;
          }
          ++next_name;
          break;
        }
        case 3:
          if (!flags.empty()) std::next(flags.begin(), random() % flags.size())->second->Cancel();
          break;
        case 4:
          if (auto batch = h.Take(1 + random() % 30)) h.Fail(*batch, absl::InternalError("x"));
          break;
        default:
          if (auto batch = h.Take(1 + random() % 30)) h.Complete(*batch);
      }
    }
    while (auto batch = h.Take()) h.Complete(*batch);
    CATCH_CHECK(h.answers.size() == expected.size());
    for (auto& [name, sums] : expected) {
      CATCH_REQUIRE(h.answers.contains(name));
      if (h.answers.at(name).ok()) {
        CATCH_CHECK(h.Values(name) == sums);
      } else if (h.Code(name) == absl::StatusCode::kCancelled) {
        CATCH_CHECK(flags[name]->cancelled());
      } else {
        CATCH_CHECK(h.Code(name) == absl::StatusCode::kInternal);
      }
    }
    CATCH_CHECK(h.queue.counters().queued_rows == 0);
    CATCH_CHECK(h.queue.counters().queued_tokens == 0);
  }
}

}  // namespace
}  // namespace seekd
