// A remote model behind EmbeddingService, as the daemon has it.
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include "embedding_service/embedding_service.h"
#include "tests/embedding_service/remote/inference_test_server.h"
#include "tests/embedding_service/remote/remote_folder.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

using testing::InferenceTestServer;
using testing::RemoteFolder;
using testing::TestServerOptions;

std::string ModelDir() {
  return std::string(std::getenv("SEEKD_TEST_SOURCE_DIR")) +
         "/embedding_service/models/seek-static-en-256";
}

absl::StatusOr<EmbeddingRows> EncodeText(EmbeddingService* service, const std::string& text) {
  asio::io_context context;
  std::vector<std::vector<TokenId>> inputs = {service->tokenizer().Tokenize(text)};
  auto rows = asio::co_spawn(context, service->encoder().Encode(std::move(inputs), EncodeOptions{}),
                             asio::use_future);
  context.run();
  return rows.get();
}

CATCH_TEST_CASE("a remote model is a model", "[remote_service]") {
  std::optional<InferenceTestServer> server;
  server.emplace(ModelDir(), TestServerOptions{});
  const RemoteFolder folder(ModelDir() + "/tokenizer.json", server->port(),
                            {{"protocol", "tei"}, {"hidden_dim", 256}});
  std::string fingerprint;
  {
    auto service = EmbeddingService::Start(folder.path(), EmbeddingOptions{});
    CATCH_REQUIRE(service.ok());
    CATCH_CHECK((*service)->model().dim == 256);
    CATCH_CHECK((*service)->model().remote ==
                "tei at http://127.0.0.1:" + std::to_string(server->port()));
    CATCH_CHECK((*service)->device() == "remote");
    CATCH_CHECK((*service)->encoder().max_input_tokens() == 256);
    CATCH_CHECK((*service)->health().ok());
    auto local = EmbeddingService::Start(ModelDir(), EmbeddingOptions{});
    const auto expected = EncodeText(local->get(), "How do I reset my password?").value();
    const auto found = EncodeText(service->get(), "How do I reset my password?").value();
    for (size_t i = 0; i < 256; ++i) {
      CATCH_REQUIRE(found.values[i] == Approx(expected.values[i]).margin(1e-6));
    }
    fingerprint = (*service)->model().fingerprint;
    CATCH_CHECK(fingerprint != (*local)->model().fingerprint);
  }
  const int port = server->port();
  server.reset();
  // The same model without its server: the collection opens, the search fails.
  auto service = EmbeddingService::Start(folder.path(), EmbeddingOptions{});
  CATCH_REQUIRE(service.ok());
  CATCH_CHECK((*service)->model().fingerprint == fingerprint);
  CATCH_CHECK(absl::IsUnavailable((*service)->health()));
  CATCH_CHECK(absl::IsUnavailable(EncodeText(service->get(), "now").status()));
  TestServerOptions options;
  options.port = port;
  server.emplace(ModelDir(), options);
  while (!EncodeText(service->get(), "now").ok()) std::this_thread::yield();
  CATCH_CHECK((*service)->health().ok());
}

CATCH_TEST_CASE("stopping does not wait for the server", "[remote_service]") {
  InferenceTestServer server(ModelDir(), TestServerOptions{});
  const RemoteFolder folder(ModelDir() + "/tokenizer.json", server.port(),
                            {{"protocol", "tei"}, {"hidden_dim", 256}, {"deadline_ms", 600000}});
  auto service = EmbeddingService::Start(folder.path(), EmbeddingOptions{});
  CATCH_REQUIRE(service.ok());
  server.Close();
  absl::Status status;
  std::thread client([&] { status = EncodeText(service->get(), "text").status(); });
  server.AwaitAtGate(1);
  (*service)->Stop();
  client.join();
  CATCH_CHECK(absl::IsUnavailable(status));
}

}  // namespace
}  // namespace seekd
