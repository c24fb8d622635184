#include "embedding_service/torchscript_encoder.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "embedding_service/encoder_factory.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/support/torchscript_module.h"

namespace seekd {
namespace {

using nlohmann::json;
using Tokens = std::vector<TokenId>;

constexpr TokenId kCls = 2, kSep = 3;
constexpr uint32_t kVocab = 30, kDim = 8, kLongest = 40;

// Every token's vector depends on all tokens that the mask lets through.
constexpr char kHidden[] = R"(
def hidden(self, input_ids, attention_mask):
    x = torch.embedding(self.table, input_ids)
    m = attention_mask.unsqueeze(-1).to(x.dtype)
    return torch.tanh(x + (x * m).sum(1, keepdim=True) / m.sum(1, keepdim=True))
)";

std::string Returns(const std::string& expression) {
  return std::string(kHidden) + "\ndef forward(self, input_ids, attention_mask):\n" +
         "    h = self.hidden(input_ids, attention_mask)\n    return " + expression + "\n";
}

testing::ScriptTable RandomTable(uint32_t rows = kVocab) {
  std::mt19937 random(5);
  testing::ScriptTable table{rows, kDim, {}};
  for (uint32_t i = 0; i < rows * kDim; ++i) {
    table.values.push_back(static_cast<float>(random() % 2001) / 1000 - 1);
  }
  return table;
}

// A folder with a module of `source`.
class Model {
 public:
  explicit Model(const std::string& source, json settings = json::object(),
                 const testing::ScriptTable& table = RandomTable()) {
    std::string vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
    for (uint32_t i = 4; i < kVocab; ++i)
      vocab += static_cast<char>('a' + i - 4) + std::string("\n");
    folder_.Write("vocab.txt", vocab);
    settings["model_type"] = "torchscript";
    settings["hidden_dim"] = kDim;
    if (!settings.contains("max_length")) settings["max_length"] = kLongest;
    folder_.Write("config.json", settings.dump());
    if (!source.empty()) testing::WriteTorchScript(folder_.File("model.pt"), source, table);
  }

  absl::StatusOr<LoadedModel> Load(LoadOptions options = {}) const {
    options.threads = 2;
    return LoadModel(folder_.path(), options);
  }
  const testing::TempFolder& folder() const { return folder_; }

 private:
  testing::TempFolder folder_;
};

std::vector<float> Encode(BatchEncoder* encoder, const std::vector<Tokens>& inputs) {
  const std::vector<TokenSpan> spans(inputs.begin(), inputs.end());
  std::vector<float> rows(inputs.size() * encoder->dim(), NAN);
  const absl::Status status = encoder->Encode(spans, rows.data());
  CATCH_INFO(status);
  CATCH_REQUIRE(status.ok());
  return rows;
}

std::vector<Tokens> SomeInputs() {
  std::mt19937 random(3);
  std::vector<Tokens> inputs(90);  // more than one padded batch
  for (Tokens& tokens : inputs) {
    tokens.resize(1 + random() % kLongest);
    for (TokenId& t : tokens) t = static_cast<TokenId>(random() % kVocab);
  }
  inputs[7].clear();
  return inputs;
}

enum class Row { kMean, kFirst };

// The module above and pooling, in doubles.
std::vector<double> ExpectedRow(const Tokens& ids, Row pooling) {
  const testing::ScriptTable table = RandomTable();
  const auto at = [&](TokenId id, size_t d) {
    return static_cast<double>(table.values[static_cast<size_t>(id) * kDim + d]);
  };
  const auto count = static_cast<double>(ids.size());
  std::vector<double> row(kDim, 0);
  double square = 0;
  for (size_t d = 0; d < kDim; ++d) {
    double mean = 0;
    for (TokenId id : ids) mean += at(id, d) / count;
    for (TokenId id : ids) row[d] += std::tanh(at(id, d) + mean);
    if (pooling == Row::kFirst) row[d] = std::tanh(at(ids[0], d) + mean);
    square += row[d] * row[d];
  }
  for (double& component : row) component /= std::sqrt(square);
  return row;
}

void CheckRows(BatchEncoder* encoder, bool special_tokens, Row pooling) {
  const std::vector<Tokens> inputs = SomeInputs();
  const std::vector<float> rows = Encode(encoder, inputs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    Tokens ids = inputs[i];
    if (special_tokens) {
      ids.insert(ids.begin(), kCls);
      ids.push_back(kSep);
    }
    const std::vector<float> alone = Encode(encoder, {inputs[i]});
    const std::vector<double> expected =
        inputs[i].empty() ? std::vector<double>(kDim, 0) : ExpectedRow(ids, pooling);
    for (size_t d = 0; d < kDim; ++d) {
      CATCH_REQUIRE(std::abs(rows[i * kDim + d] - expected[d]) < 1e-5);
      CATCH_REQUIRE(std::abs(rows[i * kDim + d] - alone[d]) < 1e-5);
    }
  }
}

CATCH_TEST_CASE("rows of a module are those of its definition", "[torchscript]") {
  const struct {
    const char* returns;
    json settings;
    bool special_tokens;
    Row pooling;
  } cases[] = {
      {"h", {}, true, Row::kMean},
      {"h", {{"pooling", "cls"}}, true, Row::kFirst},
      {"h", {{"special_tokens", false}}, false, Row::kMean},
      {"h[:, 0]", {{"pooling", "none"}}, true, Row::kFirst},
      {"(h, h[:, 0])", {}, true, Row::kMean},
      {"{'pooled': h[:, 0], 'tokens': h}", {{"output", "tokens"}}, true, Row::kMean},
      {"{'pooled': h[:, 0]}", {{"output", "pooled"}, {"pooling", "none"}}, true, Row::kFirst},
      // Padding may hold anything.
      {"h / attention_mask.unsqueeze(-1)", {}, true, Row::kMean},
  };
  for (const auto& c : cases) {
    CATCH_INFO(c.returns << " " << c.settings.dump());
    const Model model(Returns(c.returns), c.settings.is_null() ? json::object() : c.settings);
    auto loaded = model.Load();
    CATCH_INFO(loaded.status());
    CATCH_REQUIRE(loaded.ok());
    CATCH_CHECK(loaded->encoder->vocab_size() == kVocab);
    CheckRows(loaded->encoder.get(), c.special_tokens, c.pooling);
  }
}

CATCH_TEST_CASE("arguments of a module in the order of its settings", "[torchscript]") {
  const Model model(std::string(kHidden) + R"(
def forward(self, token_type_ids, attention_mask, input_ids):
    return self.hidden(input_ids + token_type_ids, attention_mask)
)",
                    {{"inputs", {"token_type_ids", "attention_mask", "input_ids"}}});
  auto loaded = model.Load();
  CATCH_INFO(loaded.status());
  CATCH_REQUIRE(loaded.ok());
  CheckRows(loaded->encoder.get(), true, Row::kMean);
}

CATCH_TEST_CASE("modules that are refused when they are loaded", "[torchscript]") {
  const struct {
    std::string source;
    json settings;
    const char* message;
  } cases[] = {
      {Returns("h[:, 0]"), json::object(), "expected Float [2, 42, 8]"},
      {Returns("h"), {{"pooling", "none"}}, "expected Float [2, 8]"},
      {Returns("h[:, :, :4]"), json::object(), "[2, 42, 4]"},
      {Returns("h.sum(1)[0]"), {{"pooling", "none"}}, "Float [8]"},
      {Returns("h.double()"), json::object(), "Double"},
      {Returns("h.half()"), json::object(), "Half"},
      {Returns("[h]"), json::object(), "expected a tensor"},
      {Returns("(1, h)"), json::object(), "expected a tensor"},
      {Returns("{'tokens': h}"), json::object(), "dict of tokens"},
      {Returns("h / 0"), json::object(), "not finite"},
      {Returns("h * 1e30"), json::object(), "not finite"},
      {"def forward(self, input_ids, attention_mask):\n    x = torch.embedding(self.table, "
       "input_ids)\n    return x + x.mean(1, keepdim=True)\n",
       json::object(), "Does the module use its mask?"},
      {"def forward(self, input_ids):\n    return input_ids\n", json::object(), "throws"},
      {"def other(self, input_ids):\n    return input_ids\n", json::object(), "throws"},
      {Returns("h.view(1, 1)"), json::object(), "throws"},
  };
  for (const auto& c : cases) {
    const absl::Status status = Model(c.source, c.settings).Load().status();
    CATCH_INFO(c.source << "\n" << c.settings.dump() << "\n" << status);
    CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CATCH_CHECK(std::string(status.message()).find("model.pt") != std::string::npos);
    CATCH_CHECK(std::string(status.message()).find(c.message) != std::string::npos);
  }
}

CATCH_TEST_CASE("a table that lacks the tokenizer's last ids is found at the start",
                "[torchscript]") {
  const absl::Status status =
      Model(Returns("h"), json::object(), RandomTable(kVocab - 1)).Load().status();
  CATCH_INFO(status);
  CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("files that are no TorchScript", "[torchscript]") {
  CATCH_CHECK(Model("").Load().status().code() == absl::StatusCode::kNotFound);
  const Model model(Returns("h"));
  const std::string good = model.folder().Read("model.pt");
  for (const std::string& bytes :
       {std::string(), std::string("PK\x03\x04 and no more"), good.substr(0, good.size() / 2)}) {
    model.folder().Write("model.pt", bytes);
    const absl::Status status = model.Load().status();
    CATCH_INFO(status);
    CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CATCH_CHECK(std::string(status.message()).find("torch.jit.save") != std::string::npos);
  }
}

CATCH_TEST_CASE("what a module gets wrong later is an internal error", "[torchscript]") {
  // A token that neither a short probe nor the fingerprint's texts have.
  constexpr TokenId kRare = 14;
  const char* const kLater[] = {
      "h / (input_ids != 14).all().to(h.dtype)",
      "h if bool((input_ids != 14).all()) else h[:, 0]",
      "h if bool((input_ids != 14).all()) else h.view(1, 1)",
  };
  for (const char* returns : kLater) {
    CATCH_INFO(returns);
    auto loaded = Model(Returns(returns), {{"max_length", 10}}).Load();
    CATCH_INFO(loaded.status());
    CATCH_REQUIRE(loaded.ok());
    const Tokens good = {5, 6}, bad = {kRare, 5};
    const TokenSpan spans[] = {good, bad};
    float rows[2 * kDim];
    CATCH_CHECK(loaded->encoder->Encode({spans, 1}, rows).ok());
    const absl::Status status = loaded->encoder->Encode(spans, rows);
    CATCH_INFO(status);
    CATCH_CHECK(status.code() == absl::StatusCode::kInternal);
    CATCH_CHECK(std::string(status.message()).find("model.pt: the module") != std::string::npos);
    CATCH_CHECK(loaded->encoder->Encode({spans, 1}, rows).ok());
  }
}

CATCH_TEST_CASE("inputs outside a module's limits", "[torchscript]") {
  const Model model(Returns("h"));
  auto loaded = model.Load();
  CATCH_REQUIRE(loaded.ok());
  float row[kDim];
  for (const Tokens& tokens : {Tokens(kLongest + 1, 5), Tokens{kVocab}, Tokens{-1}}) {
    const TokenSpan span(tokens);
    CATCH_CHECK(loaded->encoder->Encode({&span, 1}, row).code() ==
                absl::StatusCode::kInvalidArgument);
  }
  CATCH_CHECK(loaded->encoder->Encode({}, row).ok());
}

CATCH_TEST_CASE("the fingerprint of a module is that of its file and its rows", "[torchscript]") {
  const Model model(Returns("h"));
  const std::string original = model.Load()->fingerprint;
  CATCH_CHECK(model.Load()->fingerprint == original);
  CATCH_CHECK(Model(Returns("h"), {{"pooling", "cls"}}).Load()->fingerprint != original);
  testing::ScriptTable table = RandomTable();
  table.values.back() += 1e-6f;  // no probe's row moves far
  CATCH_CHECK(Model(Returns("h"), json::object(), table).Load()->fingerprint != original);
}

CATCH_TEST_CASE("a module is announced as a program, and stays on the CPU", "[torchscript]") {
  const Model model(Returns("h"));
  std::vector<std::string> warnings;
  CATCH_REQUIRE(
      model.Load({.warn = [&](const std::string& text) { warnings.push_back(text); }}).ok());
  CATCH_REQUIRE(warnings.size() == 1);
  CATCH_CHECK(warnings[0].find("is a program") != std::string::npos);
  // Device and precision are asked for of all models; this one says that it has no choice.
  for (LoadOptions options : {LoadOptions{.device = Device{DeviceKind::kCuda, 0}},
                              LoadOptions{.precision = Precision::kBf16}}) {
    warnings.clear();
    options.warn = [&](const std::string& text) { warnings.push_back(text); };
    CATCH_CHECK(model.Load(options)->encoder->device() == "cpu");
    CATCH_REQUIRE(warnings.size() == 2);
    CATCH_CHECK(warnings[1].find("fp32") != std::string::npos);
  }
}

}  // namespace
}  // namespace seekd
