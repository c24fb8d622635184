#include "embedding_service/transformer_encoder.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "tests/support/bert_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::BertFixture;
using Tokens = std::vector<TokenId>;

constexpr SpecialTokens kSpecial{2, 3};

BertFixture Small() {
  BertFixture model;
  model.layers = 2;
  model.dim = 32;
  model.heads = 4;
  model.intermediate = 64;
  model.vocab_size = 50;
  model.max_positions = 24;
  return model;
}

absl::StatusOr<std::unique_ptr<TransformerEncoder>> Load(const std::string& dir, int threads = 1) {
  auto spec = LoadModelSpec(dir);
  CATCH_REQUIRE(spec.ok());
  auto weights = ModelWeights::Open(dir);
  CATCH_REQUIRE(weights.ok());
  return TransformerEncoder::Create(*spec, kSpecial, *std::move(weights), threads);
}

std::vector<float> Encode(BatchEncoder* encoder, const std::vector<Tokens>& inputs) {
  const std::vector<TokenSpan> spans(inputs.begin(), inputs.end());
  std::vector<float> rows(inputs.size() * encoder->dim(), NAN);
  CATCH_REQUIRE(encoder->Encode(spans, rows.data()).ok());
  return rows;
}

std::vector<Tokens> RandomInputs(size_t count, size_t max_tokens, TokenId vocab, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Tokens> inputs(count);
  for (Tokens& tokens : inputs) {
    tokens.resize(1 + random() % max_tokens);
    for (TokenId& t : tokens) t = static_cast<TokenId>(random() % vocab);
  }
  return inputs;
}

CATCH_TEST_CASE("whatever stands before the names of the tensors", "[transformer]") {
  std::vector<std::vector<float>> seen;
  for (const char* prefix : {"", "bert.", "0.auto_model."}) {
    BertFixture model = Small();
    model.name_prefix = prefix;
    const testing::TempFolder folder;
    testing::WriteBertModel(model, folder.path(), "");
    auto encoder = Load(folder.path());
    CATCH_REQUIRE(encoder.ok());
    seen.push_back(Encode(encoder->get(), {{5, 6, 7}}));
    CATCH_CHECK(seen.back() == seen.front());
  }
}

CATCH_TEST_CASE("a row of a batch is the row of the text alone", "[transformer]") {
  const testing::TempFolder folder;
  BertFixture model;
  model.vocab_size = 1000;
  testing::WriteBertModel(model, folder.path(), "");
  auto encoder = Load(folder.path(), 2);
  CATCH_REQUIRE(encoder.ok());
  auto inputs = RandomInputs(7, 120, 1000, 9);
  inputs[3].clear();
  const std::vector<float> together = Encode(encoder->get(), inputs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::vector<float> alone = Encode(encoder->get(), {inputs[i]});
    double norm = 0;
    for (size_t d = 0; d < 256; ++d) {
      CATCH_CHECK(std::abs(together[i * 256 + d] - alone[d]) < 1e-5);
      norm += alone[d] * alone[d];
    }
    CATCH_CHECK(std::abs(norm - (i == 3 ? 0 : 1)) < 1e-5);
  }
}

double Cosine(const float* a, const float* b, size_t dim) {
  double dot = 0;
  for (size_t i = 0; i < dim; ++i) dot += static_cast<double>(a[i]) * b[i];
  return dot;  // of unit vectors
}

CATCH_TEST_CASE("other precisions: near fp32, and each row its own", "[transformer]") {
  const testing::TempFolder folder;
  BertFixture fixture;
  fixture.vocab_size = 1000;
  testing::WriteBertModel(fixture, folder.path(), "");
  const auto inputs = RandomInputs(9, 120, 1000, 9);
  const auto load = [&](Precision precision) {
    return TransformerEncoder::Create(LoadModelSpec(folder.path()).value(), kSpecial,
                                      ModelWeights::Open(folder.path()).value(), 2, precision)
        .value();
  };
  const std::vector<float> exact = Encode(load(Precision::kFp32).get(), inputs);
  for (const Precision precision : BertModel::SupportedPrecisions()) {
    CATCH_INFO(static_cast<int>(precision));
    const auto encoder = load(precision);
    const std::vector<float> together = Encode(encoder.get(), inputs);
    for (size_t i = 0; i < inputs.size(); ++i) {
      CATCH_CHECK(Cosine(&together[i * 256], &exact[i * 256], 256) > 0.999);
      const std::vector<float> alone = Encode(encoder.get(), {inputs[i]});
      for (size_t d = 0; d < 256; ++d) {
        CATCH_CHECK(std::abs(together[i * 256 + d] - alone[d]) < 1e-5);
      }
    }
  }
}

CATCH_TEST_CASE("weights that are not finite are refused by name", "[transformer]") {
  const testing::TempFolder folder;
  testing::WriteBertModel(Small(), folder.path(), "");
  std::string bytes = folder.Read("model.safetensors");
  std::copy_n("\x00\x00\xc0\x7f", 4, bytes.end() - 4);  // NaN
  folder.Write("model.safetensors", bytes);
  const auto encoder = Load(folder.path());
  CATCH_CHECK(encoder.status().code() == absl::StatusCode::kDataLoss);
  CATCH_CHECK(std::string(encoder.status().message()).find("output.LayerNorm.bias") !=
              std::string::npos);
}

CATCH_TEST_CASE("inputs outside the limits", "[transformer]") {
  const testing::TempFolder folder;
  testing::WriteBertModel(Small(), folder.path(), "");
  auto encoder = Load(folder.path());
  CATCH_REQUIRE(encoder.ok());
  CATCH_CHECK((*encoder)->max_input_tokens() == 22);
  float row[32];
  for (const Tokens& tokens : {Tokens(23, 5), Tokens{50}, Tokens{-1}}) {
    const TokenSpan span(tokens);
    CATCH_CHECK((*encoder)->Encode({&span, 1}, row).code() == absl::StatusCode::kInvalidArgument);
  }
  const Tokens longest(22, 5);
  const TokenSpan span(longest);
  CATCH_CHECK((*encoder)->Encode({&span, 1}, row).ok());
}

CATCH_TEST_CASE("weights that do not fit config.json", "[transformer]") {
  const testing::TempFolder folder;
  BertFixture model = Small();
  model.layers = 1;
  testing::WriteBertModel(model, folder.path(), "");
  auto spec = LoadModelSpec(folder.path()).value();
  const auto create = [&](ModelSpec changed, SpecialTokens special) {
    return TransformerEncoder::Create(changed, special, ModelWeights::Open(folder.path()).value(),
                                      1)
        .status();
  };
  CATCH_CHECK(create(spec, kSpecial).ok());
  ModelSpec deeper = spec;
  deeper.layers = 2;
  CATCH_CHECK(create(deeper, kSpecial).code() == absl::StatusCode::kNotFound);
  ModelSpec wider = spec;
  wider.intermediate = 128;
  CATCH_CHECK(create(wider, kSpecial).code() == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(create(spec, {-1, 3}).code() == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(create(spec, {2, 50}).code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace seekd
