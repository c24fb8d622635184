#include "core/base/location.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr Platform kLinux{.macos = false, .uid = 1234};
constexpr Platform kMac{.macos = true, .uid = 501};

Environment Variables(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    auto it = variables.find(name);
    if (it == variables.end() || it->second.empty()) return std::nullopt;
    return it->second;
  };
}

CATCH_TEST_CASE("The data folder follows XDG on Linux and the Library on macOS") {
  CATCH_CHECK(*DefaultDataDir(Variables({{"HOME", "/home/ada"}}), kLinux) ==
              "/home/ada/.local/share/seekd");
  CATCH_CHECK(*DefaultDataDir(Variables({{"HOME", "/home/ada"}, {"XDG_DATA_HOME", "/d/"}}),
                              kLinux) == "/d/seekd");
  CATCH_CHECK(*DefaultDataDir(Variables({{"HOME", "/Users/ada"}, {"XDG_DATA_HOME", "/d"}}), kMac) ==
              "/Users/ada/Library/Application Support/seekd");
}

CATCH_TEST_CASE("A relative XDG folder is ignored") {
  CATCH_CHECK(*DefaultDataDir(Variables({{"HOME", "/h"}, {"XDG_DATA_HOME", "d"}}), kLinux) ==
              "/h/.local/share/seekd");
  CATCH_CHECK(DefaultSocketPath(Variables({{"XDG_RUNTIME_DIR", "run"}}), kLinux) ==
              "/tmp/seekd-1234/seekd.sock");
}

CATCH_TEST_CASE("Without a home there is no default data folder") {
  CATCH_CHECK(DefaultDataDir(Variables({}), kLinux).status().code() ==
              absl::StatusCode::kFailedPrecondition);
  CATCH_CHECK(DefaultConfigFile(Variables({{"HOME", "relative"}}), kMac).status().code() ==
              absl::StatusCode::kFailedPrecondition);
}

CATCH_TEST_CASE("The configuration file") {
  CATCH_CHECK(*DefaultConfigFile(Variables({{"HOME", "/h"}}), kLinux) ==
              "/h/.config/seekd/seekd.toml");
  CATCH_CHECK(*DefaultConfigFile(Variables({{"XDG_CONFIG_HOME", "/c"}}), kLinux) ==
              "/c/seekd/seekd.toml");
  CATCH_CHECK(*DefaultConfigFile(Variables({{"HOME", "/h"}}), kMac) ==
              "/h/Library/Application Support/seekd/seekd.toml");
}

CATCH_TEST_CASE("The socket lies in the runtime folder, else in a folder of the user's own") {
  CATCH_CHECK(DefaultSocketPath(Variables({{"XDG_RUNTIME_DIR", "/run/user/7"}}), kLinux) ==
              "/run/user/7/seekd/seekd.sock");
  CATCH_CHECK(DefaultSocketPath(Variables({}), kLinux) == "/tmp/seekd-1234/seekd.sock");
  CATCH_CHECK(DefaultSocketPath(Variables({{"TMPDIR", "/var/f/T/"}}), kMac) ==
              "/var/f/T/seekd/seekd.sock");
  CATCH_CHECK(DefaultSocketPath(Variables({{"XDG_RUNTIME_DIR", "/run/user/7"}}), kMac) ==
              "/tmp/seekd-501/seekd.sock");
}

CATCH_TEST_CASE("An explicit socket path wins over the environment, that over the default") {
  setenv("SEEKD_SOCKET", "/env.sock", 1);
  CATCH_CHECK(ResolveSocketPath("/given.sock") == "/given.sock");
  CATCH_CHECK(ResolveSocketPath("") == "/env.sock");
  unsetenv("SEEKD_SOCKET");
  CATCH_CHECK(ResolveSocketPath("") == DefaultSocketPath(ProcessEnvironment(), ThisPlatform()));
}

CATCH_TEST_CASE("Only a folder of this user with mode 0700 is private") {
  char folder[] = "/tmp/seekd-location-XXXXXX";
  CATCH_REQUIRE(mkdtemp(folder) != nullptr);
  const std::string inner = std::string(folder) + "/inner";
  const std::string link = std::string(folder) + "/link";
  CATCH_CHECK(CheckPrivateFolder(inner).code() == absl::StatusCode::kNotFound);
  CATCH_REQUIRE(mkdir(inner.c_str(), 0700) == 0);
  CATCH_CHECK(CheckPrivateFolder(inner).ok());
  CATCH_REQUIRE(symlink(inner.c_str(), link.c_str()) == 0);
  CATCH_CHECK(CheckPrivateFolder(link).code() == absl::StatusCode::kFailedPrecondition);
  CATCH_REQUIRE(chmod(inner.c_str(), 0750) == 0);
  CATCH_CHECK(CheckPrivateFolder(inner).code() == absl::StatusCode::kFailedPrecondition);
  unlink(link.c_str());
  rmdir(inner.c_str());
  rmdir(folder);
}

CATCH_TEST_CASE("A folder of another user is not private") {
  struct stat info;
  if (stat("/proc/1", &info) == 0 && info.st_uid != getuid()) {
    CATCH_CHECK(CheckPrivateFolder("/proc/1").code() == absl::StatusCode::kFailedPrecondition);
  }
}

}  // namespace
}  // namespace seekd
