#include "embedding_service/remote/remote_spec.h"

#include <arpa/inet.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/config_reader.h"

namespace seekd {
namespace {

constexpr uint64_t kMaxConfigBytes = 1 << 20;
constexpr uint32_t kMaxInFlight = 64;
constexpr uint32_t kMinBatchRows = 2;  // one input and the row that checks the server

bool TakePrefix(std::string_view* text, std::string_view prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

absl::Status BadAddress(std::string_view url) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"url\" is \"", std::string(url),
                   "\", expected host:port, http://host:port or https://host:port"));
}

bool IsHost(std::string_view host) {
  if (host.starts_with('[')) return host.size() > 2 && host.ends_with(']');
  return !host.empty() && host.find_first_of("/:@?# []") == std::string_view::npos;
}

void ReadAddress(ConfigReader* config, RemoteSpec* spec) {
  const std::string url = config->RequiredString("url");
  const bool allow_plaintext = config->OptionalFlag("allow_plaintext", false);
  if (!config->status().ok()) return;
  absl::StatusOr<ServerAddress> address = ParseServerAddress(url);
  if (!address.ok()) return config->Fail(std::string(address.status().message()));
  spec->address = *std::move(address);
  if (spec->address.tls || spec->address.IsLoopback() || allow_plaintext) return;
  config->Fail(absl::StrCat("\"url\" is \"", url, "\": the text of documents and questions would ",
                            "travel to another machine unencrypted. Use https://, or set ",
                            "\"allow_plaintext\": true where the network is trusted"));
}

void ReadKserve(ConfigReader* config, KserveSpec* spec) {
  spec->model = config->RequiredString("model");
  spec->version = config->OptionalString("version", "");
  spec->input_ids = config->OptionalString("input_ids", spec->input_ids.c_str());
  spec->attention_mask = config->OptionalString("attention_mask", spec->attention_mask.c_str());
  spec->token_type_ids = config->OptionalString("token_type_ids", spec->token_type_ids.c_str());
  spec->output = config->OptionalString("output", "");
  spec->special_tokens = config->OptionalFlag("special_tokens", true);
  const std::string pooling = config->OptionalString("pooling", "mean");
  if (pooling == "cls") {
    spec->pooling = TokenPooling::kFirst;
  } else if (pooling != "mean") {
    config->Fail(
        absl::StrCat("\"pooling\" is \"", pooling, "\", supported are \"mean\" and ", "\"cls\""));
  }
}

void ReadProtocol(ConfigReader* config, RemoteSpec* spec) {
  const std::string protocol = config->RequiredString("protocol");
  if (protocol == "kserve") {
    spec->protocol = RemoteProtocol::kKserve;
    return ReadKserve(config, &spec->kserve);
  }
  if (protocol == "tei") return;
  config->Fail(
      absl::StrCat("\"protocol\" is \"", protocol, "\", supported are \"tei\" and \"kserve\""));
}

void ReadLimits(ConfigReader* config, RemoteSpec* spec) {
  spec->deadline = std::chrono::milliseconds(
      config->OptionalSize("deadline_ms", static_cast<uint32_t>(spec->deadline.count())));
  spec->max_batch_rows = config->OptionalSize("max_batch_rows", spec->max_batch_rows);
  spec->max_batch_tokens =
      config->OptionalSize("max_batch_tokens", static_cast<uint32_t>(spec->max_batch_tokens));
  spec->in_flight = config->OptionalSize("in_flight", spec->in_flight);
  if (spec->max_batch_rows < kMinBatchRows) {
    config->Fail(absl::StrCat("\"max_batch_rows\" is ", spec->max_batch_rows,
                              ", expected at least ", kMinBatchRows,
                              ": every call has a row that checks the server"));
  }
  if (spec->in_flight > kMaxInFlight) {
    config->Fail(
        absl::StrCat("\"in_flight\" is ", spec->in_flight, ", expected 1 to ", kMaxInFlight));
  }
}

}  // namespace

bool ServerAddress::IsLoopback() const {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address;  // by value: "127.example.com" is a name like any other
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

std::string ServerAddress::Target() const { return absl::StrCat(host, ":", port); }

absl::StatusOr<ServerAddress> ParseServerAddress(std::string_view url) {
  std::string_view rest = url;
  ServerAddress address;
  address.tls = TakePrefix(&rest, "https://");
  if (!address.tls) TakePrefix(&rest, "http://");
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return BadAddress(url);
  address.host = std::string(rest.substr(0, colon));
  uint32_t port = 0;
  const std::string digits(rest.substr(colon + 1));
  if (!absl::SimpleAtoi(digits, &port) || port == 0 || port > UINT16_MAX || !IsHost(address.host)) {
    return BadAddress(url);
  }
  address.port = static_cast<uint16_t>(port);
  return address;
}

std::string RemoteSpec::Describe() const {
  return absl::StrCat(protocol == RemoteProtocol::kTei ? "tei" : "kserve", " at ",
                      address.tls ? "https://" : "http://", address.Target());
}

absl::StatusOr<RemoteSpec> ParseRemoteSpec(std::string_view text, const std::string& dir) {
  const std::string where = dir + "/config.json";
  ABSL_ASSIGN_OR_RETURN(const nlohmann::json config, ParseConfigObject(text, where));
  ConfigReader reader(config, where);
  RemoteSpec spec;
  reader.RequiredString("model_type");
  reader.Expect("model_type", "remote");
  ReadAddress(&reader, &spec);
  ReadProtocol(&reader, &spec);
  ReadLimits(&reader, &spec);
  spec.dim = reader.RequiredSize("hidden_dim");
  spec.max_input_tokens = reader.RequiredSize("max_length");
  const std::string ca_file = reader.OptionalString("ca_file", "");
  if (!ca_file.empty()) spec.ca_file = (std::filesystem::path(dir) / ca_file).string();
  ABSL_RETURN_IF_ERROR(reader.status());
  return spec;
}

absl::StatusOr<RemoteSpec> LoadRemoteSpec(const std::string& dir) {
  ABSL_ASSIGN_OR_RETURN(const std::string text,
                        ReadWholeFile(dir + "/config.json", kMaxConfigBytes));
  return ParseRemoteSpec(text, dir);
}

}  // namespace seekd
