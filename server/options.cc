#include "server/options.h"

#include <arpa/inet.h>

#include <CLI/CLI.hpp>
#include <array>
#include <exception>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "server/config_file.h"
#include "server/logging.h"
#include "server/version.h"

namespace seekd {
namespace {

constexpr uint64_t kMaxConfigBytes = 1 << 20;

using Apply = absl::Status (*)(const std::string& value, ServerOptions* options);

struct Setting {
  const char* key;       // --key, and `key = ...` in the configuration file
  const char* variable;  // of the environment
  const char* value_name;
  const char* help;
  Apply apply;
};

absl::Status Expected(std::string_view what, const std::string& value) {
  return absl::InvalidArgumentError(absl::StrCat(
      "expected ", absl::string_view(what.data(), what.size()), ", found \"", value, "\""));
}

absl::Status SetPath(const std::string& value, std::string* path) {
  if (value.empty()) return Expected("a path", value);
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(value, error);
  if (error) return Expected("a path", value);
  *path = absolute.lexically_normal().string();
  return absl::OkStatus();
}

absl::Status SetPrecision(const std::string& value, ServerOptions* options) {
  options->precision = ParsePrecision(value);
  if (options->precision || value == "auto") return absl::OkStatus();
  return Expected("auto, fp32, bf16, fp16 or int8", value);
}

absl::Status SetDevice(const std::string& value, ServerOptions* options) {
  options->device = ParseDevice(value);
  if (options->device || value == "auto") return absl::OkStatus();
  return Expected("auto, cpu, cuda, cuda:N or mps", value);
}

absl::Status SetThreads(const std::string& value, ServerOptions* options) {
  if (!absl::SimpleAtoi(value, &options->threads) || options->threads > 1024) {
    return Expected("a number from 0 to 1024", value);
  }
  options->collection.threads = options->threads;
  return absl::OkStatus();
}

absl::Status SetLogLevel(const std::string& value, ServerOptions* options) {
  if (!ParseLogLevel(value)) return Expected("trace, debug, info, warning, error or off", value);
  options->log_level = value;
  return absl::OkStatus();
}

absl::Status SetIndexShare(const std::string& value, ServerOptions* options) {
  double share = 0;
  if (!absl::SimpleAtod(value, &share) || !(share > 0 && share <= 1)) {
    return Expected("a number above 0 and up to 1", value);
  }
  options->collection.max_index_share = share;
  return absl::OkStatus();
}

absl::Status SetMaxBuildBytes(const std::string& value, ServerOptions* options) {
  uint64_t bytes = 0;
  if (!absl::SimpleAtoi(value, &bytes) || bytes == 0) {
    return Expected("a number of bytes above 0", value);
  }
  options->collection.max_build_bytes = bytes;
  return absl::OkStatus();
}

absl::Status SetMaxPendingBytes(const std::string& value, ServerOptions* options) {
  uint64_t bytes = 0;
  if (!absl::SimpleAtoi(value, &bytes)) return Expected("a number of bytes", value);
  options->collection.max_pending_bytes = bytes;
  return absl::OkStatus();
}

absl::Status SetMaxFileBytes(const std::string& value, ServerOptions* options) {
  uint64_t bytes = 0;
  if (!absl::SimpleAtoi(value, &bytes) || bytes == 0 || bytes > (uint64_t{1} << 32)) {
    return Expected("a number of bytes from 1 to 4294967296", value);
  }
  options->collection.max_file_bytes = bytes;
  return absl::OkStatus();
}

absl::Status SetMaxModelBytes(const std::string& value, ServerOptions* options) {
  if (absl::SimpleAtoi(value, &options->max_model_bytes)) return absl::OkStatus();
  return Expected("a number of bytes", value);
}

absl::Status SetColdAfter(const std::string& value, ServerOptions* options) {
  uint32_t minutes = 0;
  if (!absl::SimpleAtoi(value, &minutes) || minutes > 525600) {
    return Expected("a number of minutes from 0 to 525600", value);
  }
  options->cold_after = std::chrono::minutes(minutes);
  return absl::OkStatus();
}

const std::array<Setting, 16> kSettings = {{
    {"data", "SEEKD_DATA", "DIR", "Data folder; one daemon at a time uses it",
     [](const std::string& v, ServerOptions* o) { return SetPath(v, &o->data_dir); }},
    {"socket", "SEEKD_SOCKET", "PATH", "Unix socket to listen on",
     [](const std::string& v, ServerOptions* o) { return SetPath(v, &o->socket_path); }},
    {"listen", "SEEKD_LISTEN", "ADDR:PORT", "Listen on a loopback TCP address, too",
     [](const std::string& v, ServerOptions* o) {
       ABSL_ASSIGN_OR_RETURN(o->listen, ParseLoopbackAddress(v));
       return absl::OkStatus();
     }},
    {"token-file", "SEEKD_TOKEN_FILE", "PATH", "Where TCP's bearer token is written",
     [](const std::string& v, ServerOptions* o) { return SetPath(v, &o->token_file); }},
    {"model", "SEEKD_MODEL", "DIR", "The encoder's folder",
     [](const std::string& v, ServerOptions* o) { return SetPath(v, &o->model_dir); }},
    {"device", "SEEKD_DEVICE", "DEVICE",
     "What a transformer computes on: auto, cpu, cuda, cuda:N or mps", SetDevice},
    {"precision", "SEEKD_PRECISION", "FORMAT",
     "What a transformer computes in: auto (measured), fp32, bf16, fp16 or int8", SetPrecision},
    {"threads", "SEEKD_THREADS", "N", "Threads of search, ingest and build; 0: all cores",
     SetThreads},
    {"log-level", "SEEKD_LOG_LEVEL", "LEVEL", "trace, debug, info, warning, error or off",
     SetLogLevel},
    {"log-file", "SEEKD_LOG_FILE", "PATH", "Append the log to a file, not to standard error",
     [](const std::string& v, ServerOptions* o) { return SetPath(v, &o->log_file); }},
    {"max-index-share", "SEEKD_MAX_INDEX_SHARE", "SHARE",
     "Largest size of an index, as a share of the indexed text", SetIndexShare},
    {"max-build-bytes", "SEEKD_MAX_BUILD_BYTES", "N",
     "Embeddings held at once while an index is built", SetMaxBuildBytes},
    {"max-pending-bytes", "SEEKD_MAX_PENDING_BYTES", "N",
     "Embeddings held of chunks that wait for a build; more chunks wait unembedded",
     SetMaxPendingBytes},
    {"max-file-bytes", "SEEKD_MAX_FILE_BYTES", "N", "Larger files are listed as skipped",
     SetMaxFileBytes},
    {"max-model-bytes", "SEEKD_MAX_MODEL_BYTES", "N",
     "Weights of all models held in memory at once; 0: no limit", SetMaxModelBytes},
    {"cold-after", "SEEKD_COLD_AFTER", "MINUTES",
     "Without use for so long, a collection or a model gives memory back; 0: never", SetColdAfter},
}};

absl::Status ApplyFrom(const Setting& setting, const std::string& value, const std::string& source,
                       ServerOptions* options) {
  const absl::Status applied = setting.apply(value, options);
  if (applied.ok()) return applied;
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", applied.message()));
}

// What the command line says; `values` holds only what was given.
struct CommandLine {
  std::map<std::string, std::string> values;
  std::string config_file;
  std::string answer;
};

void Declare(CLI::App* app, std::map<std::string, std::string>* values, std::string* config_file) {
  for (const Setting& setting : kSettings) {
    const std::string name = absl::StrCat("--", setting.key);
    std::string* value = &(*values)[setting.key];
    const std::string help = absl::StrCat(setting.help, " [", setting.variable, "]");
    app->add_option(name, *value, help)->type_name(setting.value_name);
  }
  app->add_option("--config", *config_file, "Configuration file [SEEKD_CONFIG]")->type_name("FILE");
}

absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<std::string>& arguments) {
  CommandLine line;
  CLI::App app("Finds your files by meaning: the daemon. `seek` is its client.", "seekd");
  app.set_version_flag("--version", absl::StrCat("seekd ", kSeekdVersion));
  Declare(&app, &line.values, &line.config_file);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    line.answer = app.help();
  } catch (const CLI::CallForVersion&) {
    line.answer = absl::StrCat("seekd ", kSeekdVersion, "\n");
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(error.what(), " (see seekd --help)"));
  }
  std::erase_if(line.values, [&](const auto& entry) { return app.count("--" + entry.first) == 0; });
  return line;
}

absl::Status ApplyEntry(const ConfigEntry& entry, const std::string& path, ServerOptions* options) {
  const std::string source = absl::StrCat(path, ":", entry.line, ": ", entry.key);
  for (const Setting& setting : kSettings) {
    if (entry.key == setting.key) return ApplyFrom(setting, entry.value, source, options);
  }
  return absl::InvalidArgumentError(absl::StrCat(source, ": unknown key (see seekd --help)"));
}

// A missing file is an error only when it was asked for.
absl::Status ApplyConfigFile(const std::string& asked_for, const Environment& environment,
                             const Platform& platform, ServerOptions* options) {
  std::string path = asked_for;
  if (path.empty()) {
    absl::StatusOr<std::string> place = DefaultConfigFile(environment, platform);
    if (!place.ok()) return absl::OkStatus();
    path = *std::move(place);
  }
  const absl::StatusOr<std::string> text = ReadWholeFile(path, kMaxConfigBytes);
  if (absl::IsNotFound(text.status()) && asked_for.empty()) return absl::OkStatus();
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  ABSL_ASSIGN_OR_RETURN(const std::vector<ConfigEntry> entries, ParseConfig(*text, path));
  for (const ConfigEntry& entry : entries) {
    ABSL_RETURN_IF_ERROR(ApplyEntry(entry, path, options));
  }
  return absl::OkStatus();
}

absl::Status ApplyEnvironment(const Environment& environment, ServerOptions* options) {
  for (const Setting& setting : kSettings) {
    const auto value = environment(setting.variable);
    if (value) ABSL_RETURN_IF_ERROR(ApplyFrom(setting, *value, setting.variable, options));
  }
  return absl::OkStatus();
}

absl::Status ApplyCommandLine(const CommandLine& line, ServerOptions* options) {
  for (const Setting& setting : kSettings) {
    const auto it = line.values.find(setting.key);
    if (it == line.values.end()) continue;
    ABSL_RETURN_IF_ERROR(ApplyFrom(setting, it->second, absl::StrCat("--", setting.key), options));
  }
  return absl::OkStatus();
}

absl::Status FillDefaults(const Environment& environment, const Platform& platform,
                          ServerOptions* options) {
  if (options->data_dir.empty()) {
    ABSL_ASSIGN_OR_RETURN(options->data_dir, DefaultDataDir(environment, platform));
  }
  if (options->socket_path.empty()) options->socket_path = DefaultSocketPath(environment, platform);
  if (options->token_file.empty()) options->token_file = options->socket_path + ".token";
  return options->collection.Validate();
}

bool IsLoopbackV4(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool IsLoopbackV6(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
}

}  // namespace

absl::StatusOr<std::string> ParseLoopbackAddress(const std::string& address) {
  constexpr char kExpected[] =
      "a loopback address and a port (127.0.0.1:7700, [::1]:7700 or localhost:7700)";
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return Expected(kExpected, address);
  std::string host = address.substr(0, colon);
  uint32_t port = 0;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) || port > 65535) {
    return Expected(kExpected, address);
  }
  if (host == "localhost") host = "127.0.0.1";
  const bool v6 = absl::StartsWith(host, "[") && absl::EndsWith(host, "]") &&
                  IsLoopbackV6(host.substr(1, host.size() - 2));
  if (!v6 && !IsLoopbackV4(host)) return Expected(kExpected, address);
  return absl::StrCat(host, ":", port);
}

absl::StatusOr<ParsedOptions> ParseOptions(const std::vector<std::string>& arguments,
                                           const Environment& environment,
                                           const Platform& platform) {
  ParsedOptions parsed;
  ABSL_ASSIGN_OR_RETURN(CommandLine line, ParseCommandLine(arguments));
  parsed.answer = std::move(line.answer);
  if (!parsed.answer.empty()) return parsed;
  const std::string config =
      line.config_file.empty() ? environment("SEEKD_CONFIG").value_or("") : line.config_file;
  ABSL_RETURN_IF_ERROR(ApplyConfigFile(config, environment, platform, &parsed.options));
  ABSL_RETURN_IF_ERROR(ApplyEnvironment(environment, &parsed.options));
  ABSL_RETURN_IF_ERROR(ApplyCommandLine(line, &parsed.options));
  ABSL_RETURN_IF_ERROR(FillDefaults(environment, platform, &parsed.options));
  return parsed;
}

}  // namespace seekd
