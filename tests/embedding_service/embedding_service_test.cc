#include "embedding_service/embedding_service.h"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "embedding_service/encoder_factory.h"
#include "embedding_service/fingerprint.h"
#include "tests/support/bert_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/support/trained_codebooks.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

std::string SourceDir() { return std::getenv("SEEKD_TEST_SOURCE_DIR"); }
std::string ModelDir() { return SourceDir() + "/embedding_service/models/seek-static-en-256"; }

void CopyModel(const testing::TempFolder& folder) {
  for (const char* name : {"config.json", "tokenizer.json", "model.safetensors"}) {
    fs::copy_file(fs::path(ModelDir()) / name, fs::path(folder.path()) / name);
  }
}

void ChangeByte(const std::string& path, uint64_t offset, char value) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(value);
}

EmbeddingRows EncodeText(EmbeddingService* service, const std::string& text) {
  asio::io_context context;
  std::vector<std::vector<TokenId>> inputs = {service->tokenizer().Tokenize(text)};
  auto rows = asio::co_spawn(context, service->encoder().Encode(std::move(inputs), EncodeOptions{}),
                             asio::use_future);
  context.run();
  return rows.get().value();
}

CATCH_TEST_CASE("what a row takes is known once one was encoded", "[embedding_service]") {
  auto service = EmbeddingService::Start(ModelDir(), EmbeddingOptions{});
  CATCH_REQUIRE(service.ok());
  EncodeText(service->get(), "one");
  EncodeText(service->get(), "two");
  const QueueCounters counters = (*service)->counters();
  // The start encodes the probe texts, too.
  CATCH_CHECK(counters.rows >= 2);
  CATCH_CHECK((*service)->row_us() * static_cast<double>(counters.rows) ==
              Approx(counters.encode_us));
}

CATCH_TEST_CASE("the default model ships codebooks; a model may go without", "[codebooks]") {
  const auto codebooks = LoadModel(ModelDir(), {.threads = 1})->codebooks;
  CATCH_REQUIRE(codebooks != nullptr);
  CATCH_CHECK(fs::file_size(ModelDir() + "/codebooks.bin") <= 2 << 20);
  CATCH_CHECK(codebooks->dim() == 256);
  CATCH_CHECK(codebooks->shapes().front().code_bytes == 8);
  for (const CodeShape& shape : codebooks->shapes()) CATCH_CHECK(shape.stages == 4);
  const testing::TempFolder folder;
  CopyModel(folder);
  const auto bare = LoadModel(folder.path(), {.threads = 1});
  CATCH_REQUIRE(bare.ok());
  CATCH_CHECK(bare->codebooks == nullptr);
  CATCH_CHECK(bare->fingerprint == LoadModel(ModelDir(), {.threads = 1})->fingerprint);
}

CATCH_TEST_CASE("damaged or foreign codebooks are refused by name", "[codebooks]") {
  const testing::TempFolder folder;
  CopyModel(folder);
  const std::string path = folder.File("codebooks.bin");
  const auto refused = [&](absl::StatusCode code) {
    const absl::Status status = LoadModel(folder.path(), {.threads = 1}).status();
    CATCH_CHECK(status.code() == code);
    CATCH_CHECK(status.message().find("codebooks.bin") != std::string::npos);
  };
  fs::copy_file(ModelDir() + "/codebooks.bin", path);
  fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
  ChangeByte(path, 1 << 20, 17);
  refused(absl::StatusCode::kDataLoss);
  fs::resize_file(path, 1 << 20);
  refused(absl::StatusCode::kDataLoss);
  testing::TrainedCodebooks(path, 32, 1);
  refused(absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("the default model, from text to the reference rows", "[embedding_service]") {
  auto service = EmbeddingService::Start(ModelDir(), EmbeddingOptions{});
  CATCH_REQUIRE(service.ok());
  CATCH_CHECK((*service)->model().id == "seek-static-en-256");
  CATCH_CHECK((*service)->model().dim == 256);
  CATCH_CHECK((*service)->model().fingerprint.size() == 32);
  std::ifstream cases(SourceDir() + "/tests/golden/model/seek-static-en-256.jsonl");
  for (std::string line; std::getline(cases, line);) {
    const auto reference = nlohmann::json::parse(line);
    const EmbeddingRows rows = EncodeText(service->get(), reference["text"].get<std::string>());
    const auto head = reference["embedding_head"].get<std::vector<float>>();
    CATCH_INFO(line.substr(0, 100));
    for (size_t i = 0; i < head.size(); ++i) {
      CATCH_CHECK(std::abs(rows.values[i] - head[i]) < 2e-6);
    }
  }
  CATCH_CHECK((*service)->counters().rows == 51);
}

// The fingerprint must be the same on every machine: no probe component may lie
// where noise of another CPU could round it otherwise.
CATCH_TEST_CASE("the default model's probes are away from rounding borders",
                "[embedding_service]") {
  LoadedModel model = LoadModel(ModelDir(), {.threads = 1}).value();
  const auto rows = EncodeProbes(*model.tokenizer, model.encoder.get()).value();
  CATCH_REQUIRE(rows.size() == 16 * 256);
  int without_known_tokens = 0;
  for (size_t probe = 0; probe < 16; ++probe) {
    double norm = 0;
    for (size_t i = 0; i < 256; ++i) norm += rows[probe * 256 + i] * rows[probe * 256 + i];
    CATCH_INFO("probe " << probe);
    if (norm == 0) ++without_known_tokens;
    CATCH_CHECK((norm == 0 || std::abs(norm - 1) < 1e-5));
    for (size_t i = 0; i < 16; ++i) {
      const double steps = rows[probe * 256 + i] * 64.0;
      CATCH_CHECK(std::abs(steps - std::floor(steps) - 0.5) > 1e-5);
    }
  }
  CATCH_CHECK(without_known_tokens == 1);  // the model's vocabulary has no Arabic
}

CATCH_TEST_CASE("the fingerprint follows the files", "[embedding_service]") {
  const testing::TempFolder folder;
  CopyModel(folder);
  const std::string original = LoadModel(ModelDir(), {.threads = 1})->fingerprint;
  CATCH_CHECK(LoadModel(folder.path(), {.threads = 2})->fingerprint == original);
  ChangeByte(folder.File("model.safetensors"), 9'000'000, 1);
  CATCH_CHECK(LoadModel(folder.path(), {.threads = 1})->fingerprint != original);
}

CATCH_TEST_CASE("the fingerprint follows what tokenizer_config.json makes of the text",
                "[embedding_service]") {
  const testing::TempFolder folder;
  CopyModel(folder);
  const auto fingerprint = [&](const char* settings) {
    folder.Write("tokenizer_config.json", settings);
    return LoadModel(folder.path(), {.threads = 1})->fingerprint;
  };
  const std::string original = LoadModel(ModelDir(), {.threads = 1})->fingerprint;
  CATCH_CHECK(fingerprint(R"({"do_lower_case": true, "strip_accents": null})") == original);
  std::set<std::string> seen = {original};
  for (const char* settings : {R"({"do_lower_case": false})", R"({"strip_accents": false})",
                               R"({"tokenize_chinese_chars": false})"}) {
    CATCH_CHECK(seen.insert(fingerprint(settings)).second);
  }
}

CATCH_TEST_CASE("lower case that no tokenizer of the model makes is refused",
                "[embedding_service]") {
  const testing::TempFolder folder;
  CopyModel(folder);
  folder.Write("sentence_bert_config.json", R"({"do_lower_case": true})");
  CATCH_CHECK(LoadModel(folder.path(), {.threads = 1}).ok());
  folder.Write("tokenizer_config.json", R"({"do_lower_case": false})");
  const absl::Status status = LoadModel(folder.path(), {.threads = 1}).status();
  CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(status.message().find("sentence_bert_config.json") != std::string::npos);
}

CATCH_TEST_CASE("broken model folders are errors that name the file", "[embedding_service]") {
  const testing::TempFolder folder;
  CopyModel(folder);
  const auto start = [&] {
    return EmbeddingService::Start(folder.path(), EmbeddingOptions{}).status();
  };
  CATCH_CHECK(start().ok());

  CATCH_SECTION("truncated weights") {
    fs::resize_file(folder.File("model.safetensors"), 1 << 20);
    CATCH_CHECK(start().code() == absl::StatusCode::kDataLoss);
    CATCH_CHECK(std::string(start().message()).find("model.safetensors") != std::string::npos);
  }
  CATCH_SECTION("no weights") {
    fs::remove(folder.File("model.safetensors"));
    CATCH_CHECK(start().code() == absl::StatusCode::kNotFound);
  }
  CATCH_SECTION("no tokenizer") {
    fs::remove(folder.File("tokenizer.json"));
    CATCH_CHECK(start().code() == absl::StatusCode::kNotFound);
  }
  CATCH_SECTION("a tokenizer with more tokens than the table has rows") {
    auto tokenizer = nlohmann::json::parse(folder.Read("tokenizer.json"));
    tokenizer["model"]["vocab"]["onetokentoomany"] = 32000;
    folder.Write("tokenizer.json", tokenizer.dump());
    CATCH_CHECK(start().code() == absl::StatusCode::kInvalidArgument);
  }
  CATCH_SECTION("weights cut off while they are in use") {
    auto service = EmbeddingService::Start(folder.path(), EmbeddingOptions{});
    CATCH_REQUIRE(service.ok());
    fs::resize_file(folder.File("model.safetensors"), 4096);
    asio::io_context context;
    std::vector<std::vector<TokenId>> inputs = {{31000, 20000, 10000}};
    auto rows =
        asio::co_spawn(context, (*service)->encoder().Encode(std::move(inputs), EncodeOptions{}),
                       asio::use_future);
    context.run();
    CATCH_CHECK(rows.get().status().code() == absl::StatusCode::kDataLoss);
  }
}

CATCH_TEST_CASE("a BERT-shaped model behind the same interface", "[embedding_service]") {
  const testing::TempFolder folder;
  testing::BertFixture model;
  model.layers = 1;
  testing::WriteBertModel(model, folder.path(), ModelDir() + "/tokenizer.json");
  auto service = EmbeddingService::Start(folder.path(), EmbeddingOptions{});
  CATCH_REQUIRE(service.ok());
  CATCH_CHECK((*service)->encoder().max_input_tokens() == 510);
  const EmbeddingRows a = EncodeText(service->get(), "How do I reset my password?");
  const EmbeddingRows b = EncodeText(service->get(), "The quick brown fox");
  double dot = 0;
  for (size_t i = 0; i < 256; ++i) dot += a.values[i] * b.values[i];
  CATCH_CHECK(dot < 0.999);
  (*service)->Stop();
}

CATCH_TEST_CASE("options out of range", "[embedding_service]") {
  EmbeddingOptions options;
  CATCH_CHECK(options.Validate().ok());
  const auto refused = [](EmbeddingOptions o) {
    return o.Validate().code() == absl::StatusCode::kInvalidArgument;
  };
  options.threads = -1;
  CATCH_CHECK(refused(options));
  options = {};
  options.max_batch_tokens = 10;
  CATCH_CHECK(refused(options));
  options = {};
  options.max_queued_tokens = 100;
  CATCH_CHECK(refused(options));
  options = {};
  options.max_queued_rows = 0;
  CATCH_CHECK(refused(options));
}

}  // namespace
}  // namespace seekd
