#include "embedding_service/remote/remote_spec.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using nlohmann::json;

json Config() {
  return {{"model_type", "remote"}, {"protocol", "kserve"}, {"url", "https://gpu.example:8001"},
          {"model", "e5"},          {"hidden_dim", 384},    {"max_length", 510}};
}

absl::StatusOr<RemoteSpec> Parse(const json& config) {
  return ParseRemoteSpec(config.dump(), "/models/e5");
}

CATCH_TEST_CASE("settings and their defaults", "[remote_spec]") {
  const auto spec = Parse(Config());
  CATCH_REQUIRE(spec.ok());
  CATCH_CHECK(spec->protocol == RemoteProtocol::kKserve);
  CATCH_CHECK(spec->Describe() == "kserve at https://gpu.example:8001");
  CATCH_CHECK(spec->kserve.model == "e5");
  CATCH_CHECK(spec->kserve.input_ids == "input_ids");
  CATCH_CHECK(spec->kserve.pooling == TokenPooling::kMean);
  CATCH_CHECK(spec->kserve.special_tokens);
  CATCH_CHECK(spec->ca_file.empty());
  CATCH_CHECK(spec->deadline == std::chrono::seconds(10));

  json config = Config();
  config.update({{"pooling", "cls"},
                 {"output", "x"},
                 {"ca_file", "ca.pem"},
                 {"in_flight", 2},
                 {"max_batch_rows", 4},
                 {"max_batch_tokens", 99},
                 {"special_tokens", false}});
  const auto other = Parse(config);
  CATCH_REQUIRE(other.ok());
  CATCH_CHECK(other->kserve.pooling == TokenPooling::kFirst);
  CATCH_CHECK(other->kserve.output == "x");
  CATCH_CHECK_FALSE(other->kserve.special_tokens);
  CATCH_CHECK(other->ca_file == "/models/e5/ca.pem");
  CATCH_CHECK(other->in_flight == 2);
  CATCH_CHECK(other->max_batch_rows == 4);
  CATCH_CHECK(other->max_batch_tokens == 99);
}

CATCH_TEST_CASE("what is missing or wrong is named", "[remote_spec]") {
  for (const char* key : {"model_type", "protocol", "url", "model", "hidden_dim", "max_length"}) {
    json config = Config();
    config.erase(key);
    const absl::Status status = Parse(config).status();
    CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CATCH_CHECK(std::string(status.message()).find(key) != std::string::npos);
  }
  const std::pair<const char*, json> wrong[] = {
      {"protocol", "http"}, {"pooling", "max"},     {"in_flight", 65}, {"max_batch_rows", 1},
      {"deadline_ms", 0},   {"special_tokens", 1},  {"output", 7},     {"allow_plaintext", "yes"},
      {"url", "gpu"},       {"url", "gpu:http"},    {"url", "gpu:0"},  {"url", "gpu:65536"},
      {"url", ":80"},       {"url", "ftp://gpu:1"}, {"url", ""},       {"url", "https://u@gpu:1"}};
  for (const auto& [key, value] : wrong) {
    json config = Config();
    config[key] = value;
    CATCH_INFO(key << " " << value);
    const absl::Status status = Parse(config).status();
    CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CATCH_CHECK(std::string(status.message()).find(key) != std::string::npos);
  }
  CATCH_CHECK(absl::IsDataLoss(ParseRemoteSpec("{", "x").status()));
}

CATCH_TEST_CASE("plaintext leaves the machine only where that is asked for", "[remote_spec]") {
  const auto allowed = [](const char* url, bool allow_plaintext) {
    json config = Config();
    config["url"] = url;
    if (allow_plaintext) config["allow_plaintext"] = true;
    return Parse(config).ok();
  };
  for (const char* url : {"127.0.0.1:80", "127.1.2.3:80", "[::1]:80", "localhost:80",
                          "http://localhost:80", "https://gpu.example:443"}) {
    CATCH_INFO(url);
    CATCH_CHECK(allowed(url, false));
  }
  for (const char* url : {"gpu.example:80", "http://10.0.0.1:80", "127.example.com:80",
                          "localhost.example:80", "[::2]:80", "0.0.0.0:80"}) {
    CATCH_INFO(url);
    CATCH_CHECK_FALSE(allowed(url, false));
    CATCH_CHECK(allowed(url, true));
  }
}

}  // namespace
}  // namespace seekd
