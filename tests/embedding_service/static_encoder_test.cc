#include "embedding_service/static_encoder.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "core/text/tokenizer.h"
#include "core/vector/distance.h"
#include "tests/support/catch.h"
#include "tests/support/safetensors_writer.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using Tokens = std::vector<TokenId>;

std::string SourceDir() { return std::getenv("SEEKD_TEST_SOURCE_DIR"); }
std::string ModelDir() { return SourceDir() + "/embedding_service/models/seek-static-en-256"; }

std::unique_ptr<StaticEncoder> LoadDefault(int threads = 1) {
  auto encoder = StaticEncoder::Create(
      LoadModelSpec(ModelDir()).value(), /*unknown_id=*/1,
      SafetensorsFile::Open(ModelDir() + "/model.safetensors").value(), threads);
  CATCH_REQUIRE(encoder.ok());
  return *std::move(encoder);
}

std::vector<float> Encode(BatchEncoder* encoder, const std::vector<Tokens>& inputs) {
  const std::vector<TokenSpan> spans(inputs.begin(), inputs.end());
  std::vector<float> rows(inputs.size() * encoder->dim(), NAN);
  CATCH_REQUIRE(encoder->Encode(spans, rows.data()).ok());
  return rows;
}

CATCH_TEST_CASE("the default model's reference cases", "[static]") {
  auto encoder = LoadDefault();
  CATCH_CHECK(encoder->dim() == 256);
  CATCH_CHECK(encoder->vocab_size() == 32000);
  std::ifstream cases(SourceDir() + "/tests/golden/model/seek-static-en-256.jsonl");
  int count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const auto reference = nlohmann::json::parse(line);
    const std::vector<float> row = Encode(encoder.get(), {reference["ids"].get<Tokens>()});
    CATCH_INFO(line.substr(0, 100));
    const auto head = reference["embedding_head"].get<std::vector<float>>();
    for (size_t i = 0; i < head.size(); ++i) CATCH_CHECK(std::abs(row[i] - head[i]) < 2e-6);
    double sum = 0;
    for (float v : row) sum += v;
    CATCH_CHECK(std::abs(sum - reference["embedding_sum"].get<double>()) < 2e-5);
  }
  CATCH_CHECK(count == 51);
}

CATCH_TEST_CASE("a row of a batch is the row of the text alone, bit for bit", "[static]") {
  std::mt19937 random(2);
  for (int threads : {1, 2}) {
    auto encoder = LoadDefault(threads);
    std::vector<Tokens> inputs(40);
    for (Tokens& tokens : inputs) {
      tokens.resize(random() % 300);
      for (TokenId& t : tokens) t = static_cast<TokenId>(random() % (random() % 2 ? 100 : 32000));
    }
    inputs[7].clear();
    inputs[8].assign(5, 1);  // nothing but [UNK]
    const std::vector<float> together = Encode(encoder.get(), inputs);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const std::vector<float> alone = Encode(encoder.get(), {inputs[i]});
      CATCH_CHECK(std::memcmp(alone.data(), together.data() + i * 256, 1024) == 0);
      const float norm = InnerProduct(alone.data(), alone.data(), 256);
      CATCH_CHECK(std::abs(norm - (i == 7 || i == 8 ? 0.0f : 1.0f)) < 1e-5f);
    }
  }
}

// Sums in order of the tokens, in fp32: what the encoder promises, in a loop.
CATCH_TEST_CASE("rows agree with an obvious loop over the table", "[static]") {
  auto encoder = LoadDefault();
  auto file = SafetensorsFile::Open(ModelDir() + "/model.safetensors").value();
  const TensorView& table = *file->Find("embeddings").value();
  std::mt19937 random(4);
  Tokens tokens(200);
  for (TokenId& t : tokens) t = static_cast<TokenId>(random() % 32000);
  tokens[3] = 1;
  std::vector<float> expected(256, 0), row(256);
  for (TokenId t : tokens) {
    if (t == 1) continue;
    std::vector<uint16_t> half(256);
    std::memcpy(half.data(), table.bytes.data() + size_t(t) * 512, 512);
    FromHalf(half, row.data());
    for (size_t d = 0; d < 256; ++d) expected[d] += row[d];
  }
  NormalizeInPlace(expected.data(), 256);
  CATCH_CHECK(Encode(encoder.get(), {tokens}) == expected);
}

absl::Status CreateFrom(const std::vector<testing::TensorToWrite>& tensors, ModelSpec spec) {
  const testing::TempFolder folder;
  testing::WriteFileOrDie(folder.File("m"), testing::SafetensorsBytes(tensors));
  return StaticEncoder::Create(spec, 0, SafetensorsFile::Open(folder.File("m")).value(), 1)
      .status();
}

CATCH_TEST_CASE("tables that are not what config.json says", "[static]") {
  ModelSpec spec;
  spec.dim = 2;
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const auto table = testing::FloatTensor("embeddings", {3, 2}, values);
  CATCH_CHECK(CreateFrom({table}, spec).ok());
  CATCH_CHECK(CreateFrom({testing::FloatTensor("table", {3, 2}, values)}, spec).code() ==
              absl::StatusCode::kNotFound);
  const auto refused = [&](const std::vector<testing::TensorToWrite>& tensors, ModelSpec s) {
    return CreateFrom(tensors, s).code() == absl::StatusCode::kInvalidArgument;
  };
  CATCH_CHECK(refused({testing::FloatTensor("embeddings", {2, 3}, values)}, spec));
  CATCH_CHECK(refused({testing::FloatTensor("embeddings", {6}, values)}, spec));
  CATCH_CHECK(refused({testing::FloatTensor("embeddings", {0, 2}, {})}, spec));
  CATCH_CHECK(refused({{"embeddings", "I64", {1, 2}, std::string(16, 'x')}}, spec));
  CATCH_CHECK(refused({table, testing::FloatTensor("weights", {3}, {values.data(), 3})}, spec));
  spec.vocab_size = 4;
  CATCH_CHECK(refused({table}, spec));
}

CATCH_TEST_CASE("components that are not finite are DATA_LOSS", "[static]") {
  ModelSpec spec;
  spec.dim = 2;
  const std::vector<float> values = {1, 2, 3, INFINITY};
  const absl::Status status =
      CreateFrom({testing::FloatTensor("embeddings", {2, 2}, values)}, spec);
  CATCH_CHECK(status.code() == absl::StatusCode::kDataLoss);
  CATCH_CHECK(std::string(status.message()).find("row 1 component 1") != std::string::npos);
  const std::string nan("\x00\x3c\x01\x7c", 4);
  CATCH_CHECK(CreateFrom({{"embeddings", "F16", {1, 2}, nan}}, spec).code() ==
              absl::StatusCode::kDataLoss);
}

CATCH_TEST_CASE("token ids outside the table, and a batch after them", "[static]") {
  auto encoder = LoadDefault();
  const std::vector<float> before = Encode(encoder.get(), {{7, 8, 9}});
  std::vector<float> rows(512);
  for (TokenId bad : {-1, 32000, INT32_MAX}) {
    const Tokens good = {5, 6}, broken = {9, bad};
    const TokenSpan spans[] = {good, broken};
    CATCH_CHECK(encoder->Encode(spans, rows.data()).code() == absl::StatusCode::kInvalidArgument);
  }
  CATCH_CHECK(Encode(encoder.get(), {{7, 8, 9}}) == before);
}

CATCH_TEST_CASE("tables at odd addresses, and in fp32", "[static]") {
  const testing::TempFolder folder;
  // A header of odd length puts the data at an odd offset.
  const std::string header = R"({"embeddings":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}})";
  const std::string data("\x00\x3c\x00\x00\x00\x00\x00\x40", 8);  // 1 0, 0 2
  testing::WriteFileOrDie(folder.File("odd"), testing::SafetensorsBytes(
                                                  header.size() % 2 ? header : header + " ", data));
  const std::vector<float> values = {1, 0, 0, 2};
  const std::vector<testing::TensorToWrite> wide = {
      testing::FloatTensor("embeddings", {2, 2}, values)};
  testing::WriteFileOrDie(folder.File("wide"), testing::SafetensorsBytes(wide));
  ModelSpec spec;
  spec.dim = 2;
  for (const char* name : {"odd", "wide"}) {
    auto encoder =
        StaticEncoder::Create(spec, -1, SafetensorsFile::Open(folder.File(name)).value(), 1);
    CATCH_REQUIRE(encoder.ok());
    const std::vector<float> row = Encode(encoder->get(), {{0, 0, 1}});
    CATCH_CHECK(row[0] == Approx(std::sqrt(0.5)));
    CATCH_CHECK(row[1] == Approx(std::sqrt(0.5)));
  }
}

}  // namespace
}  // namespace seekd
