// The daemon's settings and where they come from. Precedence, per setting:
//
//   command line  >  environment  >  configuration file  >  default
//
// A value that is wrong anywhere is an error, even where another overrides it.
// docs/daemon.md lists them all. Pure, but for reading the configuration file.
#ifndef SEEKD_SERVER_OPTIONS_H_
#define SEEKD_SERVER_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/location.h"
#include "core/collection/options.h"
#include "embedding_service/device.h"
#include "embedding_service/precision.h"

namespace seekd {

struct ServerOptions {
  std::string data_dir;     // absolute
  std::string socket_path;  // absolute
  // "127.0.0.1:7700" or "[::1]:0"; "": no TCP.
  std::string listen;
  std::string token_file;        // absolute; of TCP only; default <socket>.token
  std::string model_dir;         // "": SEEKD_MODEL or the model installed beside the program
  std::optional<Device> device;  // of a transformer; none: auto
  // Of a transformer; none: the fastest that is near enough to fp32, measured.
  std::optional<Precision> precision;
  std::string log_level = "info";
  std::string log_file;  // "": standard error
  CollectionOptions collection;
  uint64_t max_model_bytes = uint64_t{4} << 30;  // of loaded weights of all models; 0: no limit
  // A collection without a search for so long gives memory back, a model without anything to
  // encode its weights; zero: never.
  std::chrono::minutes cold_after{10};
  // Performance.
  uint32_t threads = 0;  // of search, ingest and build; 0: hardware concurrency
};

struct ParsedOptions {
  ServerOptions options;
  // --help or --version was asked for: print it and exit with 0.
  std::string answer;
};

// `arguments` without the program's name. INVALID_ARGUMENT names the setting,
// where it was set, what was expected and the value.
absl::StatusOr<ParsedOptions> ParseOptions(const std::vector<std::string>& arguments,
                                           const Environment& environment,
                                           const Platform& platform);

// "127.0.0.1:80" -> itself, "localhost:80" -> "127.0.0.1:80". INVALID_ARGUMENT
// unless it is a loopback address with a port of 0 (any free one) to 65535.
absl::StatusOr<std::string> ParseLoopbackAddress(const std::string& address);

}  // namespace seekd

#endif  // SEEKD_SERVER_OPTIONS_H_
