#include "embedding_service/transformer_encoder.h"

#include <cmath>
#include <random>

#include "tests/embedding_service/bert_reference.h"
#include "tests/support/bert_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::BertFixture;
using Tokens = std::vector<TokenId>;

constexpr SpecialTokens kSpecial{2, 3, 0};

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
  auto file = SafetensorsFile::Open(dir + "/model.safetensors");
  CATCH_REQUIRE(file.ok());
  return TransformerEncoder::Create(*spec, kSpecial, *std::move(file), threads);
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

CATCH_TEST_CASE("the forward pass agrees with the obvious one", "[transformer]") {
  for (const char* prefix : {"", "bert."}) {
    BertFixture model = Small();
    model.name_prefix = prefix;
    const testing::TempFolder folder;
    testing::WriteBertModel(model, folder.path(), "");
    auto encoder = Load(folder.path());
    CATCH_REQUIRE(encoder.ok());
    auto file = SafetensorsFile::Open(folder.File("model.safetensors")).value();
    const testing::BertReference reference(LoadModelSpec(folder.path()).value(), *file, prefix);

    const auto inputs = RandomInputs(6, 22, 50, 5);
    const std::vector<float> rows = Encode(encoder->get(), inputs);
    for (size_t i = 0; i < inputs.size(); ++i) {
      Tokens ids = {kSpecial.cls};
      ids.insert(ids.end(), inputs[i].begin(), inputs[i].end());
      ids.push_back(kSpecial.sep);
      const std::vector<double> expected = reference.Encode(ids);
      for (size_t d = 0; d < expected.size(); ++d) {
        CATCH_CHECK(std::abs(rows[i * 32 + d] - expected[d]) < 1e-5);
      }
    }
  }
}

CATCH_TEST_CASE("a row of a padded batch is the row of the text alone", "[transformer]") {
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
    return TransformerEncoder::Create(
               changed, special, SafetensorsFile::Open(folder.File("model.safetensors")).value(), 1)
        .status();
  };
  CATCH_CHECK(create(spec, kSpecial).ok());
  ModelSpec deeper = spec;
  deeper.layers = 2;
  CATCH_CHECK(create(deeper, kSpecial).code() == absl::StatusCode::kNotFound);
  ModelSpec wider = spec;
  wider.intermediate = 128;
  CATCH_CHECK(create(wider, kSpecial).code() == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(create(spec, {-1, 3, 0}).code() == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(create(spec, {2, 50, 0}).code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace seekd
