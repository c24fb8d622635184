#include "embedding_service/remote/remote_encoder.h"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include "embedding_service/encoder_factory.h"
#include "embedding_service/remote/probe_rows.h"
#include "tests/embedding_service/remote/inference_test_server.h"
#include "tests/embedding_service/remote/remote_folder.h"
#include "tests/support/bert_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using nlohmann::json;
using testing::Fault;
using testing::InferenceTestServer;
using testing::RemoteFolder;
using testing::TestServerOptions;
using Code = absl::StatusCode;

std::string StaticModelDir() {
  return std::string(std::getenv("SEEKD_TEST_SOURCE_DIR")) +
         "/embedding_service/models/seek-static-en-256";
}
std::string TokenizerFile() { return StaticModelDir() + "/tokenizer.json"; }

const json kTei = {{"protocol", "tei"}};
const json kKserve = {{"protocol", "kserve"}, {"model", "encoder"}};

// A random transformer: its rows depend on the order of tokens and on special ones.
class SmallBert {
 public:
  SmallBert() {
    testing::BertFixture model;
    model.layers = 1;
    model.dim = kDim;
    model.heads = 2;
    model.intermediate = 64;
    testing::WriteBertModel(model, folder_.path(), TokenizerFile());
  }
  static constexpr uint32_t kDim = 32;
  const std::string& dir() const { return folder_.path(); }

 private:
  testing::TempFolder folder_;
};

// A server of the small transformer, and the model folder of its client.
struct Served {
  explicit Served(json settings, const TestServerOptions& options = {}) {
    server.emplace(bert.dir(), options);
    settings.emplace("hidden_dim", SmallBert::kDim);
    folder.emplace(TokenizerFile(), server->port(), settings);
  }

  // As the daemon does.
  std::unique_ptr<RemoteEncoder> Start() const {
    auto encoder = RemoteEncoder::Create(folder->path(), *tokenizer);
    CATCH_INFO(encoder.status());
    CATCH_REQUIRE(encoder.ok());
    return *std::move(encoder);
  }
  absl::Status FailToStart() const {
    return RemoteEncoder::Create(folder->path(), *tokenizer).status();
  }
  void Restart(const TestServerOptions& changed = {}) {
    TestServerOptions options = changed;
    options.port = server->port();
    server.reset();
    server.emplace(bert.dir(), options);
  }

  SmallBert bert;
  std::optional<InferenceTestServer> server;
  std::optional<RemoteFolder> folder;
  std::unique_ptr<Tokenizer> tokenizer = Tokenizer::Load(StaticModelDir()).value();
};

const std::vector<std::string> kTexts = {
    "How do I reset my password?",
    "an unpronounceable antidisestablishmentarianism, isn't it",
    "",
    "[CLS] is no token in a text, nor is [UNK], nor ##ing",
    "\u6771\u4eac\u3067\u5bff\u53f8 Caf\u00e9 na\u00efve \u00dcbergr\u00f6\u00dfe",
    "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645",
    "SELECT name, COUNT(*) FROM users WHERE id >= 42;",
    "a",
};

std::vector<std::vector<TokenId>> TokensOf(const Tokenizer& tokenizer, size_t copies = 1) {
  std::vector<std::vector<TokenId>> tokens;
  for (size_t copy = 0; copy < copies; ++copy) {
    for (const std::string& text : kTexts) {
      tokens.push_back(tokenizer.Tokenize(text));
      if (copy > 0) tokens.back().insert(tokens.back().begin(), tokenizer.Tokenize("the")[0]);
    }
  }
  return tokens;
}

absl::StatusOr<std::vector<float>> Encode(BatchEncoder* encoder,
                                          const std::vector<std::vector<TokenId>>& tokens) {
  const std::vector<TokenSpan> inputs(tokens.begin(), tokens.end());
  std::vector<float> rows(inputs.size() * encoder->dim(), 7.0f);
  const absl::Status status = encoder->Encode(inputs, rows.data());
  if (!status.ok()) return status;
  return rows;
}

absl::Status EncodeSome(const Served& served, RemoteEncoder* encoder) {
  return Encode(encoder, TokensOf(*served.tokenizer)).status();
}

void CheckSameRows(const std::string& local_dir, BatchEncoder* remote, size_t copies = 1,
                   float tolerance = 1e-6f) {
  LoadedModel local = LoadModel(local_dir, {.threads = 1}).value();
  const auto tokens = TokensOf(*local.tokenizer, copies);
  const auto expected = Encode(local.encoder.get(), tokens).value();
  const auto found = Encode(remote, tokens);
  CATCH_INFO(found.status());
  CATCH_REQUIRE(found.ok());
  float worst = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(expected[i] - (*found)[i]));
  }
  CATCH_CHECK(worst < tolerance);
}

bool Says(const absl::Status& status, const std::string& part) {
  return std::string(status.message()).find(part) != std::string::npos;
}

CATCH_TEST_CASE("rows over tei are those of the local encoder", "[remote_encoder]") {
  Served served(kTei);
  CheckSameRows(served.bert.dir(), served.Start().get());
}

CATCH_TEST_CASE("rows over kserve are those of the local encoder", "[remote_encoder]") {
  TestServerOptions options;
  json settings = kKserve;
  float tolerance = 1e-6f;
  CATCH_SECTION("one vector per input") {}
  CATCH_SECTION("one vector per token") { options.token_vectors = true; }
  CATCH_SECTION("typed contents") { options.typed_contents = true; }
  CATCH_SECTION("narrow ids") { options.input_type = "INT32"; }
  CATCH_SECTION("token types") { options.token_types = true; }
  CATCH_SECTION("a fixed length") {
    options.fixed_length = 300;
    options.token_vectors = true;
  }
  CATCH_SECTION("halves") {
    options.datatype = "FP16";
    tolerance = 2e-3f;
  }
  CATCH_SECTION("brain floats") {
    options.datatype = "BF16";
    tolerance = 2e-2f;
  }
  Served served(settings, options);
  CheckSameRows(served.bert.dir(), served.Start().get(), 1, tolerance);
}

// Its rows of texts without known tokens are zero.
CATCH_TEST_CASE("a token table without special tokens", "[remote_encoder]") {
  TestServerOptions options;
  options.special_tokens = false;
  const InferenceTestServer server(StaticModelDir(), options);
  json settings = kKserve;
  settings["special_tokens"] = false;
  settings["hidden_dim"] = 256;
  const RemoteFolder folder(TokenizerFile(), server.port(), settings);
  const auto tokenizer = Tokenizer::Load(StaticModelDir()).value();
  auto encoder = RemoteEncoder::Create(folder.path(), *tokenizer);
  CATCH_REQUIRE(encoder.ok());
  CheckSameRows(StaticModelDir(), encoder->get());
}

// A certificate for this machine that no system trusts.
CATCH_TEST_CASE("over TLS the server has to prove who it is", "[remote_encoder]") {
  const testing::TempFolder folder;
  const std::string make =
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
      "subjectAltName=DNS:localhost -keyout " +
      folder.File("key.pem") + " -out " + folder.File("ca.pem") + " 2>/dev/null";
  CATCH_REQUIRE(std::system(make.c_str()) == 0);
  TestServerOptions options;
  options.certificate = folder.Read("ca.pem");
  options.key = folder.Read("key.pem");
  Served served(kTei, options);
  const std::string host = "localhost:" + std::to_string(served.server->port());
  served.folder->Set("url", host);
  CATCH_CHECK(Says(served.FailToStart(), "cannot be reached"));  // it speaks no plaintext
  served.folder->Set("url", "https://" + host);
  CATCH_CHECK(Says(served.FailToStart(), "cannot be reached"));  // it is not trusted
  served.folder->Set("ca_file", folder.File("ca.pem"));
  CheckSameRows(served.bert.dir(), served.Start().get());
  served.folder->Set("url", "https://127.0.0.1:" + std::to_string(served.server->port()));
  CATCH_CHECK(absl::IsUnavailable(served.Start()->health()));  // another name than certified
}

CATCH_TEST_CASE("calls stay below the server's limits", "[remote_encoder]") {
  TestServerOptions options;
  options.max_client_batch_size = 5;
  options.max_batch_tokens = 120;
  Served served(kTei, options);
  served.folder->Set("max_length", 100);
  const auto encoder = served.Start();
  const int before = served.server->encode_calls();
  CheckSameRows(served.bert.dir(), encoder.get(), 5);
  CATCH_CHECK(served.server->encode_calls() - before >= 35 / 4);
  CATCH_CHECK(served.server->most_rows() == 5);
  CATCH_CHECK(served.server->most_tokens() <= 120);
}

CATCH_TEST_CASE("several calls are under way at once", "[remote_encoder]") {
  json settings = kKserve;
  settings["max_batch_rows"] = 3;
  settings["in_flight"] = 3;
  Served served(settings);
  const auto encoder = served.Start();
  served.server->Close();
  std::thread client([&] { CATCH_CHECK(EncodeSome(served, encoder.get()).ok()); });
  served.server->AwaitAtGate(3);
  served.server->Open();
  client.join();
}

CATCH_TEST_CASE("inputs outside the limits are the caller's error", "[remote_encoder]") {
  Served served(kTei);
  const auto encoder = served.Start();
  CATCH_CHECK(Encode(encoder.get(), {std::vector<TokenId>(257, 5)}).status().code() ==
              Code::kInvalidArgument);
  CATCH_CHECK(Encode(encoder.get(), {{32000}}).status().code() == Code::kInvalidArgument);
  CATCH_CHECK(encoder->health().ok());
}

CATCH_TEST_CASE("the folder remembers how its model is known", "[remote_encoder]") {
  Served served(kTei);
  const auto first = served.Start();
  const std::string recorded = served.folder->folder().Read("probe_rows.json");
  const std::vector<float> rows(first->probe_rows().begin(), first->probe_rows().end());
  served.server.reset();
  const auto second = served.Start();
  CATCH_CHECK(std::vector<float>(second->probe_rows().begin(), second->probe_rows().end()) == rows);
  CATCH_CHECK(absl::IsUnavailable(second->health()));
  CATCH_CHECK(served.folder->folder().Read("probe_rows.json") == recorded);
  served.folder->folder().Write("probe_rows.json", recorded.substr(0, recorded.size() / 2));
  CATCH_CHECK(served.FailToStart().code() == Code::kDataLoss);
}

CATCH_TEST_CASE("the first start has to reach the server", "[remote_encoder]") {
  Served served(kTei);
  served.server.reset();
  const absl::Status status = served.FailToStart();
  CATCH_CHECK(status.code() == Code::kFailedPrecondition);
  CATCH_CHECK(Says(status, "tei at http://127.0.0.1:"));
  CATCH_CHECK(Says(status, "probe_rows.json"));
}

CATCH_TEST_CASE("a server that is away at the start is found when it is there",
                "[remote_encoder]") {
  Served served(kKserve);
  served.Start();
  const int port = served.server->port();
  served.server.reset();
  const auto encoder = served.Start();
  const absl::Status away = EncodeSome(served, encoder.get());
  CATCH_CHECK(absl::IsUnavailable(away));
  CATCH_CHECK(Says(away, "kserve at http://127.0.0.1:" + std::to_string(port)));
  TestServerOptions options;
  options.port = port;
  served.server.emplace(served.bert.dir(), options);
  while (!EncodeSome(served, encoder.get()).ok()) std::this_thread::yield();
  CATCH_CHECK(encoder->health().ok());
}

CATCH_TEST_CASE("a server that dies in the middle is an error, and checked when it is back",
                "[remote_encoder]") {
  Served served(kTei);
  const auto encoder = served.Start();
  served.server->Close();
  absl::Status status;
  std::thread client([&] { status = EncodeSome(served, encoder.get()); });
  served.server->AwaitAtGate(1);
  const int port = served.server->port();
  served.server.reset();
  client.join();
  CATCH_CHECK(absl::IsUnavailable(status));
  TestServerOptions options;
  options.port = port;
  served.server.emplace(served.bert.dir(), options);
  while (!EncodeSome(served, encoder.get()).ok()) std::this_thread::yield();
  CATCH_CHECK(served.server->inspections() == 1);
}

CATCH_TEST_CASE("a server that restarts between two batches is checked", "[remote_encoder]") {
  Served served(kTei);
  const auto encoder = served.Start();
  served.Restart();
  CATCH_CHECK(EncodeSome(served, encoder.get()).ok());
  CATCH_CHECK(served.server->inspections() == 1);
  CATCH_CHECK(EncodeSome(served, encoder.get()).ok());
  CATCH_CHECK(served.server->inspections() == 1);  // once for one connection
}

CATCH_TEST_CASE("what passes by itself is waited for", "[remote_encoder]") {
  Served served(GENERATE_COPY(kTei, kKserve));
  const auto encoder = served.Start();
  served.server->FailNext(2, grpc::StatusCode::RESOURCE_EXHAUSTED);
  CheckSameRows(served.bert.dir(), encoder.get());
  served.server->FailNext(1, grpc::StatusCode::UNAVAILABLE);
  CheckSameRows(served.bert.dir(), encoder.get());
}

CATCH_TEST_CASE("what does not pass is not tried again", "[remote_encoder]") {
  Served served(kTei);
  const auto encoder = served.Start();
  const auto [answer, code] =
      GENERATE(std::pair(grpc::StatusCode::INTERNAL, Code::kInternal),
               std::pair(grpc::StatusCode::INVALID_ARGUMENT, Code::kInternal),
               std::pair(grpc::StatusCode::UNAUTHENTICATED, Code::kFailedPrecondition));
  served.server->FailNext(1, answer);
  const int before = served.server->encode_calls();
  CATCH_CHECK(EncodeSome(served, encoder.get()).code() == code);
  CATCH_CHECK(served.server->encode_calls() == before + 1);
  CATCH_CHECK(encoder->health().code() == code);
  CATCH_CHECK(EncodeSome(served, encoder.get()).ok());
}

CATCH_TEST_CASE("a server that is too slow is an error", "[remote_encoder]") {
  Served served(kKserve);
  served.Start();
  served.folder->Set("deadline_ms", 200);
  served.server->Close();
  const auto encoder = served.Start();  // the check of the start is too slow as well
  const absl::Status status = EncodeSome(served, encoder.get());
  CATCH_CHECK(absl::IsUnavailable(status));
  CATCH_CHECK(Says(status, "200 ms"));
}

CATCH_TEST_CASE("the end does not wait for the server", "[remote_encoder]") {
  Served served(GENERATE_COPY(kTei, kKserve));
  const auto encoder = served.Start();
  served.server->Close();
  absl::Status status;
  std::thread client([&] { status = EncodeSome(served, encoder.get()); });
  served.server->AwaitAtGate(1);
  encoder->Interrupt();
  client.join();
  CATCH_CHECK(absl::IsUnavailable(status));
}

// Whether the server changed its model in silence, behind a connection that stays, or came
// back with another one.
CATCH_TEST_CASE("rows of another model are never taken", "[remote_encoder]") {
  Served served(GENERATE_COPY(kTei, kKserve));
  const auto encoder = served.Start();
  const bool restarts = GENERATE(false, true);
  if (restarts) served.Restart();
  served.server->set_fault(Fault::kOtherModel);
  const absl::Status status = EncodeSome(served, encoder.get());
  CATCH_CHECK(status.code() == Code::kFailedPrecondition);
  for (const char* part : {"another model", "cosine", "probe_rows.json", "127.0.0.1"}) {
    CATCH_CHECK(Says(status, part));
  }
  CATCH_CHECK(served.Start()->health().code() == Code::kFailedPrecondition);
  served.server->set_fault(Fault::kNone);
  CheckSameRows(served.bert.dir(), encoder.get());
}

CATCH_TEST_CASE("answers that are none", "[remote_encoder]") {
  struct Case {
    json settings;
    Fault fault;
    Code code;
    const char* says;
  };
  const auto [settings, fault, code, says] =
      GENERATE_COPY(Case{kTei, Fault::kNotANumber, Code::kInternal, "not finite"},
                    Case{kKserve, Fault::kNotANumber, Code::kInternal, "not finite"},
                    Case{kKserve, Fault::kZeroRow, Code::kInternal, "is zero"},
                    Case{kTei, Fault::kMissingRow, Code::kInternal, "7 rows to 8 inputs"},
                    Case{kKserve, Fault::kMissingRow, Code::kInternal, "[7, 32]"},
                    Case{kTei, Fault::kExtraRow, Code::kInternal, "more than 8 rows"},
                    Case{kKserve, Fault::kExtraRow, Code::kInternal, "[9, 32]"},
                    Case{kKserve, Fault::kTruncated, Code::kInternal, "1021 bytes, expected 1024"},
                    Case{kTei, Fault::kNarrowRows, Code::kFailedPrecondition, "31"},
                    Case{kKserve, Fault::kNarrowRows, Code::kFailedPrecondition, "31"},
                    Case{kTei, Fault::kOtherTokens, Code::kFailedPrecondition, "tokenizer"});
  Served served(settings);
  const auto encoder = served.Start();
  served.server->set_fault(fault);
  const absl::Status status = EncodeSome(served, encoder.get());
  CATCH_INFO(status);
  CATCH_CHECK(status.code() == code);
  CATCH_CHECK(Says(status, says));
  served.server->set_fault(Fault::kNone);
  CATCH_CHECK(EncodeSome(served, encoder.get()).ok());
}

CATCH_TEST_CASE("a server that cannot serve the folder's model", "[remote_encoder]") {
  struct Case {
    json settings;
    TestServerOptions options;
    const char* says;
  };
  TestServerOptions usual, short_inputs, short_length, words;
  short_inputs.max_input_length = 128;
  short_length.fixed_length = 100;
  words.input_type = "BYTES";
  json other_name = kKserve, other_output = kKserve, wide = kTei;
  other_name["input_ids"] = "tokens";
  other_output["output"] = "pooled";
  wide["hidden_dim"] = 64;
  const auto [settings, options, says] = GENERATE_COPY(
      Case{kTei, short_inputs, "Lower \"max_length\""},
      Case{kKserve, short_length, "room for 100 tokens"},
      Case{kKserve, words, "expected INT64 or INT32"},
      Case{other_name, usual, "expected are \"tokens\""},
      Case{other_output, usual, "expected \"pooled\""}, Case{wide, usual, "\"hidden_dim\" is 64"});
  const Served served(settings, options);
  const absl::Status status = served.FailToStart();
  CATCH_INFO(status);
  CATCH_CHECK(status.code() == Code::kFailedPrecondition);
  CATCH_CHECK(Says(status, says));
}

CATCH_TEST_CASE("a model that is not loaded there", "[remote_encoder]") {
  json settings = kKserve;
  settings["model"] = "missing";
  CATCH_CHECK(Says(Served(settings).FailToStart(), "\"missing\" is not ready"));
}

}  // namespace
}  // namespace seekd
