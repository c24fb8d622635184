// On the CPU as a device: what a device computes is the same but for its kernels.
#include "embedding_service/device_encoder.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "embedding_service/transformer_encoder.h"
#include "tests/support/bert_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::BertFixture;
using Tokens = std::vector<TokenId>;

constexpr SpecialTokens kSpecial{2, 3};
constexpr Device kCpu{};
constexpr uint32_t kVocabulary = 500;

BertFixture Small() {
  BertFixture model;
  model.layers = 2;
  model.dim = 64;
  model.heads = 4;
  model.intermediate = 128;
  model.vocab_size = kVocabulary;
  return model;
}

std::vector<float> Encode(BatchEncoder* encoder, const std::vector<Tokens>& inputs) {
  const std::vector<TokenSpan> spans(inputs.begin(), inputs.end());
  std::vector<float> rows(inputs.size() * encoder->dim(), NAN);
  const absl::Status encoded = encoder->Encode(spans, rows.data());
  CATCH_INFO(encoded.message());
  CATCH_REQUIRE(encoded.ok());
  return rows;
}

std::vector<Tokens> RandomInputs(size_t count, size_t least, size_t most, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Tokens> inputs(count);
  for (Tokens& tokens : inputs) {
    tokens.resize(least + random() % (most - least + 1));
    for (TokenId& t : tokens) t = static_cast<TokenId>(random() % kVocabulary);
  }
  return inputs;
}

double Farthest(const std::vector<float>& a, const std::vector<float>& b) {
  CATCH_REQUIRE(a.size() == b.size());
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    most = std::max<double>(most, std::abs(a[i] - b[i]));
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return INFINITY;
  }
  return most;
}

// A model on disk, and both ways to run it.
struct Pair {
  explicit Pair(const BertFixture& fixture, Precision precision = Precision::kFp32) {
    testing::WriteBertModel(fixture, folder.path(), "");
    spec = LoadModelSpec(folder.path()).value();
    const auto weights = ModelWeights::Open(folder.path()).value();
    plain = TransformerEncoder::Create(spec, kSpecial, weights, 2).value();
    device = DeviceEncoder::Create(spec, kSpecial, weights, kCpu, precision).value();
  }

  const testing::TempFolder folder;
  ModelSpec spec;
  std::unique_ptr<BatchEncoder> plain;
  std::unique_ptr<BatchEncoder> device;
};

CATCH_TEST_CASE("rows of a device are those of the plain way", "[device]") {
  for (const char* pooling : {"mean", "cls"}) {
    for (const char* act : {"gelu", "gelu_new", "quick_gelu", "relu"}) {
      CATCH_INFO(pooling << " " << act);
      BertFixture fixture = Small();
      fixture.pooling = pooling;
      fixture.hidden_act = act;
      Pair pair(fixture);
      auto mixed = RandomInputs(23, 1, 90, 7);
      mixed[5].clear();
      CATCH_CHECK(Farthest(Encode(pair.plain.get(), mixed), Encode(pair.device.get(), mixed)) <
                  1e-5);
      const auto equal = RandomInputs(9, 40, 40, 8);
      CATCH_CHECK(Farthest(Encode(pair.plain.get(), equal), Encode(pair.device.get(), equal)) <
                  1e-5);
    }
  }
}

CATCH_TEST_CASE("batches of several blocks, with several rectangles each", "[device]") {
  Pair pair(Small());
  const auto inputs = RandomInputs(150, 1, 400, 9);
  CATCH_CHECK(Farthest(Encode(pair.plain.get(), inputs), Encode(pair.device.get(), inputs)) < 1e-5);
}

CATCH_TEST_CASE("on a device, too, a row of a batch is the row of the text alone", "[device]") {
  Pair pair(Small());
  const auto inputs = RandomInputs(7, 1, 120, 10);
  const std::vector<float> together = Encode(pair.device.get(), inputs);
  const uint32_t dim = pair.spec.dim;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::vector<float> row(together.begin() + static_cast<ptrdiff_t>(i * dim),
                                 together.begin() + static_cast<ptrdiff_t>((i + 1) * dim));
    CATCH_CHECK(Farthest(row, Encode(pair.device.get(), {inputs[i]})) < 1e-5);
  }
}

CATCH_TEST_CASE("a narrower format stays near, and is named", "[device]") {
  Pair pair(Small(), Precision::kBf16);
  CATCH_CHECK(pair.device->device() == "cpu bf16");
  CATCH_CHECK(pair.device->health().ok());
  const auto inputs = RandomInputs(9, 1, 120, 11);
  const auto exact = Encode(pair.plain.get(), inputs), near = Encode(pair.device.get(), inputs);
  const uint32_t dim = pair.spec.dim;
  for (size_t i = 0; i < inputs.size(); ++i) {
    double dot = 0;
    for (size_t d = i * dim; d < (i + 1) * dim; ++d) dot += exact[d] * near[d];
    CATCH_CHECK(dot > 0.999);
  }
}

CATCH_TEST_CASE("what a device refuses", "[device]") {
  const testing::TempFolder folder;
  testing::WriteBertModel(Small(), folder.path(), "");
  const auto spec = LoadModelSpec(folder.path()).value();
  const auto weights = ModelWeights::Open(folder.path()).value();
  const auto create = [&](SpecialTokens special, Precision precision) {
    return DeviceEncoder::Create(spec, special, weights, kCpu, precision).status().code();
  };
  CATCH_CHECK(create({-1, 3}, Precision::kFp32) == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(create(kSpecial, Precision::kInt8) == absl::StatusCode::kInvalidArgument);
  const auto encoder = DeviceEncoder::Create(spec, kSpecial, weights, kCpu, Precision::kFp32);
  const Tokens foreign = {static_cast<TokenId>(kVocabulary)};
  const TokenSpan span(foreign);
  float row[64];
  CATCH_CHECK((*encoder)->Encode({&span, 1}, row).code() == absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("a device that fails is named", "[device]") {
  const testing::TempFolder folder;
  testing::WriteBertModel(Small(), folder.path(), "");
  const auto spec = LoadModelSpec(folder.path()).value();
  const auto load = [&](const Device& device) {
    return DeviceBert::Load(spec, ModelWeights::Open(folder.path()).value(), device,
                            Precision::kFp32);
  };
  // More devices than anyone has.
  const absl::Status absent = load({DeviceKind::kCuda, 120}).status();
  CATCH_CHECK(absent.code() == absl::StatusCode::kUnavailable);
  CATCH_CHECK(std::string(absent.message()).find("cuda:120: ") == 0);
  CATCH_CHECK(std::string(absent.message()).find('\n') == std::string::npos);
}

}  // namespace
}  // namespace seekd
