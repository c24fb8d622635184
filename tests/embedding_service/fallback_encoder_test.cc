#include "embedding_service/fallback_encoder.h"

#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

// Rows of one component: a constant, unless it fails.
class ConstantEncoder final : public BatchEncoder {
 public:
  ConstantEncoder(std::string device, float value) : device_(std::move(device)), value_(value) {}
  uint32_t dim() const override { return 1; }
  uint32_t vocab_size() const override { return 10; }
  uint32_t max_input_tokens() const override { return 10; }
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override {
    if (!failure.ok()) return failure;
    std::fill_n(rows, inputs.size(), value_);
    return absl::OkStatus();
  }
  std::string device() const override { return device_; }
  absl::Status health() const override { return failure; }

  absl::Status failure;

 private:
  const std::string device_;
  const float value_;
};

struct Fixture {
  explicit Fixture(absl::Status no_cpu = absl::OkStatus())
      : encoder(
            std::unique_ptr<BatchEncoder>(device),
            [this, no_cpu]() -> absl::StatusOr<std::unique_ptr<BatchEncoder>> {
              ++made;
              if (!no_cpu.ok()) return no_cpu;
              return std::make_unique<ConstantEncoder>("cpu", 2.0f);
            },
            [this](const std::string& message) { warnings.push_back(message); }) {}

  absl::Status Encode() {
    const std::vector<TokenId> tokens = {1};
    const TokenSpan input(tokens);
    return encoder.Encode({&input, 1}, &row);
  }

  ConstantEncoder* device = new ConstantEncoder("cuda:0 bf16", 1.0f);  // the encoder owns it
  int made = 0;
  float row = 0;
  std::vector<std::string> warnings;
  FallbackEncoder encoder;
};

CATCH_TEST_CASE("a device that works is all there is", "[fallback]") {
  Fixture fixture;
  CATCH_CHECK(fixture.Encode().ok());
  CATCH_CHECK(fixture.row == 1);
  CATCH_CHECK(fixture.encoder.device() == "cuda:0 bf16");
  CATCH_CHECK(fixture.made == 0);
}

CATCH_TEST_CASE("when the device fails the CPU answers, for good", "[fallback]") {
  Fixture fixture;
  fixture.device->failure = absl::UnavailableError("cuda:0: out of memory");
  CATCH_CHECK(fixture.Encode().ok());
  CATCH_CHECK(fixture.row == 2);
  fixture.device->failure = absl::OkStatus();
  CATCH_CHECK(fixture.Encode().ok());
  CATCH_CHECK(fixture.row == 2);
  CATCH_CHECK(fixture.made == 1);
  CATCH_CHECK(fixture.encoder.device() == "cpu, after cuda:0: out of memory");
  CATCH_CHECK(fixture.encoder.health().ok());
  CATCH_REQUIRE(fixture.warnings.size() == 1);
  CATCH_CHECK(fixture.warnings[0].find("cuda:0: out of memory") == 0);
}

CATCH_TEST_CASE("what is not the device's fault stays an error", "[fallback]") {
  Fixture fixture;
  fixture.device->failure = absl::DataLossError("weights cut off");
  CATCH_CHECK(fixture.Encode().code() == absl::StatusCode::kDataLoss);
  CATCH_CHECK(fixture.made == 0);
}

CATCH_TEST_CASE("without a CPU encoder the next batch tries again", "[fallback]") {
  Fixture fixture(absl::InternalError("no memory either"));
  fixture.device->failure = absl::UnavailableError("cuda:0: lost");
  CATCH_CHECK(fixture.Encode().code() == absl::StatusCode::kInternal);
  CATCH_CHECK(fixture.encoder.health().code() == absl::StatusCode::kUnavailable);
  fixture.device->failure = absl::OkStatus();
  CATCH_CHECK(fixture.Encode().ok());
  CATCH_CHECK(fixture.row == 1);
}

}  // namespace
}  // namespace seekd
