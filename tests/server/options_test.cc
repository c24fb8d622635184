#include "server/options.h"

#include <unistd.h>

#include <fstream>
#include <map>

#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr Platform kLinux{.macos = false, .uid = 1234};

class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) {
    char name[] = "/tmp/seekd-options-XXXXXX";
    close(mkstemp(name));
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~ConfigFile() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

absl::StatusOr<ParsedOptions> Parse(const std::vector<std::string>& arguments,
                                    std::map<std::string, std::string> variables = {}) {
  variables.emplace("HOME", "/nonexistent");
  return ParseOptions(
      arguments,
      [variables](const std::string& name) -> std::optional<std::string> {
        const auto it = variables.find(name);
        return it == variables.end() ? std::nullopt : std::optional(it->second);
      },
      kLinux);
}

std::string ErrorOf(const absl::StatusOr<ParsedOptions>& parsed) {
  CATCH_REQUIRE(parsed.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(parsed.status().message());
}

CATCH_TEST_CASE("Defaults") {
  const auto parsed = Parse({});
  CATCH_REQUIRE(parsed.ok());
  CATCH_CHECK(parsed->options.data_dir == "/nonexistent/.local/share/seekd");
  CATCH_CHECK(parsed->options.socket_path == "/tmp/seekd-1234/seekd.sock");
  CATCH_CHECK(parsed->options.token_file == "/tmp/seekd-1234/seekd.sock.token");
  CATCH_CHECK(parsed->options.listen.empty());
  CATCH_CHECK(parsed->options.collection.max_index_share == 0.05);
  CATCH_CHECK(parsed->options.cold_after == std::chrono::minutes(10));
}

CATCH_TEST_CASE("Command line over environment over configuration file over default") {
  const ConfigFile file(
      "data = '/file'\nsocket = '/file.sock'\nthreads = 3\nlog-level = 'error'\n");
  const std::map<std::string, std::string> variables = {
      {"SEEKD_CONFIG", file.path()}, {"SEEKD_SOCKET", "/env.sock"}, {"SEEKD_DATA", "/env"}};
  const auto parsed = Parse({"--data", "/flag"}, variables);
  CATCH_REQUIRE(parsed.ok());
  CATCH_CHECK(parsed->options.data_dir == "/flag");
  CATCH_CHECK(parsed->options.socket_path == "/env.sock");
  CATCH_CHECK(parsed->options.threads == 3);
  CATCH_CHECK(parsed->options.collection.threads == 3);
  CATCH_CHECK(parsed->options.log_level == "error");
}

CATCH_TEST_CASE("--config wins over SEEKD_CONFIG; a named file must exist") {
  const ConfigFile a("threads = 1");
  const ConfigFile b("threads = 2");
  CATCH_CHECK(Parse({"--config", a.path()}, {{"SEEKD_CONFIG", b.path()}})->options.threads == 1);
  CATCH_CHECK(ErrorOf(Parse({"--config", "/nonexistent/x"})).find("/nonexistent/x") !=
              std::string::npos);
}

CATCH_TEST_CASE("An unknown key of the file is named with its line") {
  const ConfigFile file("threads = 1\nthread = 2");
  CATCH_CHECK(ErrorOf(Parse({"--config", file.path()})) ==
              file.path() + ":2: thread: unknown key (see seekd --help)");
}

CATCH_TEST_CASE("A bad value names the setting, the range and the value") {
  CATCH_CHECK(ErrorOf(Parse({"--threads", "many"})) ==
              "--threads: expected a number from 0 to 1024, found \"many\"");
  CATCH_CHECK(ErrorOf(Parse({}, {{"SEEKD_THREADS", "-1"}})) ==
              "SEEKD_THREADS: expected a number from 0 to 1024, found \"-1\"");
  CATCH_CHECK(Parse({"--device", "cuda:1"})->options.device == Device{DeviceKind::kCuda, 1});
  CATCH_CHECK_FALSE(Parse({"--device", "auto"})->options.device.has_value());
  CATCH_CHECK(ErrorOf(Parse({"--device", "gpu"})) ==
              "--device: expected auto, cpu, cuda, cuda:N or mps, found \"gpu\"");
  CATCH_CHECK(Parse({"--precision", "int8"})->options.precision == Precision::kInt8);
  CATCH_CHECK_FALSE(Parse({"--precision", "auto"})->options.precision.has_value());
  CATCH_CHECK(ErrorOf(Parse({"--precision", "int4"})) ==
              "--precision: expected auto, fp32, bf16, fp16 or int8, found \"int4\"");
  CATCH_CHECK(Parse({"--cold-after", "0"})->options.cold_after.count() == 0);
  CATCH_CHECK(ErrorOf(Parse({"--cold-after", "-1"})).find("--cold-after: ") == 0);
  CATCH_CHECK(ErrorOf(Parse({"--cold-after", "525601"})).find("--cold-after: ") == 0);
  CATCH_CHECK(ErrorOf(Parse({"--max-index-share", "0"})).find("--max-index-share: ") == 0);
  CATCH_CHECK(ErrorOf(Parse({"--max-index-share", "nan"})).find("--max-index-share: ") == 0);
  CATCH_CHECK(Parse({"--max-pending-bytes", "0"})->options.collection.PendingBudget() == 0);
  CATCH_CHECK(ErrorOf(Parse({"--max-pending-bytes", "-1"})).find("--max-pending-bytes: ") == 0);
  CATCH_CHECK(ErrorOf(Parse({"--max-build-bytes", "1000", "--max-pending-bytes", "251"})) ==
              "max_pending_bytes is 251; expected at most 250, a quarter of max_build_bytes");
  CATCH_CHECK(ErrorOf(Parse({"--log-level", "loud"})).find("--log-level: ") == 0);
  CATCH_CHECK(ErrorOf(Parse({"--data", ""})).find("data") != std::string::npos);
}

CATCH_TEST_CASE("Unknown options and left-over words are refused") {
  CATCH_CHECK(ErrorOf(Parse({"--dta", "x"})).find("--dta") != std::string::npos);
  CATCH_CHECK(ErrorOf(Parse({"index"})).find("index") != std::string::npos);
  CATCH_CHECK(!Parse({"--threads"}).ok());
}

CATCH_TEST_CASE("Help and version are answers, not options") {
  CATCH_CHECK(Parse({"--version"})->answer.find("seekd ") == 0);
  CATCH_CHECK(Parse({"--help"})->answer.find("--max-index-share") != std::string::npos);
}

CATCH_TEST_CASE("Relative paths become absolute") {
  const auto parsed = Parse({"--data", "some/../folder"});
  CATCH_REQUIRE(parsed.ok());
  CATCH_CHECK(parsed->options.data_dir.front() == '/');
  CATCH_CHECK(parsed->options.data_dir.find("..") == std::string::npos);
}

CATCH_TEST_CASE("TCP only on loopback addresses") {
  CATCH_CHECK(*ParseLoopbackAddress("127.0.0.1:7700") == "127.0.0.1:7700");
  CATCH_CHECK(*ParseLoopbackAddress("127.3.2.1:0") == "127.3.2.1:0");
  CATCH_CHECK(*ParseLoopbackAddress("localhost:80") == "127.0.0.1:80");
  CATCH_CHECK(*ParseLoopbackAddress("[::1]:80") == "[::1]:80");
  for (const char* bad : {"0.0.0.0:80", "192.168.0.1:80", "[::]:80", "::1:80", "example.org:80",
                          "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "",
                          "127.0.0.1.evil.org:80", "[::ffff:127.0.0.1]:80", "*:80"}) {
    CATCH_CHECK(ParseLoopbackAddress(bad).status().code() == absl::StatusCode::kInvalidArgument);
  }
  CATCH_CHECK(ErrorOf(Parse({"--listen", "0.0.0.0:1"})).find("--listen: ") == 0);
}

}  // namespace
}  // namespace seekd
