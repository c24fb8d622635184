#include "embedding_service/model_memory.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

// Rows of one component: which loading of the weights answered.
class NumberedEncoder final : public BatchEncoder {
 public:
  NumberedEncoder(int number, std::atomic<int>* alive) : number_(number), alive_(alive) {
    ++*alive_;
  }
  ~NumberedEncoder() override { --*alive_; }
  uint32_t dim() const override { return 1; }
  uint32_t vocab_size() const override { return 10; }
  uint32_t max_input_tokens() const override { return 20; }
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override {
    std::fill_n(rows, inputs.size(), static_cast<float>(number_));
    return absl::OkStatus();
  }
  std::string device() const override { return "cpu bf16"; }

 private:
  const int number_;
  std::atomic<int>* const alive_;
};

// A model whose weights can be loaded again and again.
struct Model {
  Model(const std::string& name, uint64_t bytes, ModelMemory* memory) {
    auto created = ResidentEncoder::Create(
        name, std::make_unique<NumberedEncoder>(0, &alive), bytes,
        [this]() -> absl::StatusOr<std::unique_ptr<BatchEncoder>> {
          if (!failure.ok()) return failure;
          return std::make_unique<NumberedEncoder>(++loads, &alive);
        },
        memory);
    status = created.status();
    if (created.ok()) encoder = *std::move(created);
  }

  absl::StatusOr<float> Encode() {
    const std::vector<TokenId> tokens = {1};
    const TokenSpan input(tokens);
    float row = -1;
    const absl::Status done = encoder->Encode({&input, 1}, &row);
    if (!done.ok()) return done;
    return row;
  }

  std::atomic<int> alive{0};
  std::atomic<int> loads{0};
  absl::Status failure;  // of the next load
  absl::Status status;
  std::unique_ptr<ResidentEncoder> encoder;
};

constexpr std::chrono::seconds kMinute{60};

std::chrono::steady_clock::time_point InAnHour() {
  return std::chrono::steady_clock::now() + 60 * kMinute;
}

CATCH_TEST_CASE("weights go when nobody asks, and come back", "[model_memory]") {
  ModelMemory memory(0);
  Model model("m", 100, &memory);
  CATCH_CHECK(model.Encode().value() == 0);
  CATCH_CHECK(memory.ReleaseIdle(std::chrono::steady_clock::now(), kMinute) == 0);
  CATCH_CHECK(memory.ReleaseIdle(InAnHour(), kMinute) == 1);
  CATCH_CHECK(model.alive == 0);
  CATCH_CHECK_FALSE(model.encoder->is_loaded());
  // Once.
  CATCH_CHECK(memory.ReleaseIdle(InAnHour(), kMinute) == 0);
  // What it is stays known.
  CATCH_CHECK(model.encoder->dim() == 1);
  CATCH_CHECK(model.encoder->vocab_size() == 10);
  CATCH_CHECK(model.encoder->max_input_tokens() == 20);
  CATCH_CHECK(model.encoder->device() == "cpu bf16");
  CATCH_CHECK(model.encoder->health().ok());
  CATCH_CHECK(model.Encode().value() == 1);
  CATCH_CHECK(model.alive == 1);
  model.encoder->GiveBack();
  CATCH_CHECK(model.alive == 0);
}

CATCH_TEST_CASE("weights that have just come are in use, and come before a batch is timed",
                "[model_memory]") {
  ModelMemory memory(0);
  Model model("m", 100, &memory);
  CATCH_CHECK_FALSE(model.encoder->Prepare());
  memory.ReleaseIdle(InAnHour(), kMinute);
  CATCH_CHECK(model.encoder->Prepare());
  CATCH_CHECK(model.encoder->is_loaded());
  CATCH_CHECK(memory.ReleaseIdle(std::chrono::steady_clock::now(), kMinute) == 0);
  CATCH_CHECK(model.Encode().value() == 1);
}

CATCH_TEST_CASE("weights that cannot be loaded are an error until they can", "[model_memory]") {
  ModelMemory memory(0);
  Model model("m", 100, &memory);
  memory.ReleaseIdle(InAnHour(), kMinute);
  model.failure = absl::NotFoundError("the folder is gone");
  CATCH_CHECK(absl::IsNotFound(model.Encode().status()));
  CATCH_CHECK(absl::IsNotFound(model.encoder->health()));
  model.failure = absl::OkStatus();
  CATCH_CHECK(model.Encode().ok());
  CATCH_CHECK(model.encoder->health().ok());
}

CATCH_TEST_CASE("what was used longest ago makes room", "[model_memory]") {
  ModelMemory memory(250);
  Model a("a", 100, &memory);
  Model b("b", 100, &memory);
  CATCH_CHECK(a.Encode().ok());  // b is the older one now
  Model c("c", 100, &memory);
  CATCH_CHECK(a.encoder->is_loaded());
  CATCH_CHECK_FALSE(b.encoder->is_loaded());
  CATCH_CHECK(c.encoder->is_loaded());
  CATCH_CHECK(b.Encode().value() == 1);
  CATCH_CHECK_FALSE(a.encoder->is_loaded());
  CATCH_CHECK(a.alive == 0);
  // Room for two is taken from two.
  Model d("d", 250, &memory);
  CATCH_CHECK_FALSE(b.encoder->is_loaded());
  CATCH_CHECK_FALSE(c.encoder->is_loaded());
}

CATCH_TEST_CASE("a model above the limit is refused by name and figures", "[model_memory]") {
  ModelMemory memory(99);
  const Model model("large", 100, &memory);
  CATCH_REQUIRE(absl::IsFailedPrecondition(model.status));
  CATCH_CHECK(model.status.message().find("large") != std::string::npos);
  CATCH_CHECK(model.status.message().find("99") != std::string::npos);
  CATCH_CHECK(model.alive == 0);
}

// Each always answers, whoever takes the room away meanwhile; never are more than fit alive.
CATCH_TEST_CASE("models that push one another out answer all the same", "[model_memory]") {
  ModelMemory memory(200);
  Model models[] = {{"a", 100, &memory}, {"b", 100, &memory}, {"c", 100, &memory}};
  std::atomic<bool> stop{false};
  std::atomic<int> errors{0};
  std::vector<std::thread> threads;
  for (Model& model : models) {
    threads.emplace_back([&model, &errors] {
      for (int i = 0; i < 300; ++i) errors += model.Encode().ok() ? 0 : 1;
    });
  }
  std::thread release([&] {
    while (!stop) {
      memory.ReleaseIdle(InAnHour(), kMinute);
      std::this_thread::yield();
    }
  });
  for (std::thread& thread : threads) thread.join();
  stop = true;
  release.join();
  CATCH_CHECK(errors == 0);
  int alive = 0;
  for (const Model& model : models) alive += model.alive;
  CATCH_CHECK(alive <= 2);
  CATCH_CHECK(models[0].loads + models[1].loads + models[2].loads > 0);
}

}  // namespace
}  // namespace seekd
