#include "client/daemon_launcher.h"

#include <sys/stat.h>

#include "client/process.h"
#include "client/rpc_status.h"
#include "tests/client/temporary_folder.h"
#include "tests/support/catch.h"

namespace seekd::client {
namespace {

CATCH_TEST_CASE("programs are found in the order of the list") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "a/seekd");  // a folder is no program
  std::filesystem::create_directories(folder / "b");
  std::filesystem::create_directories(folder / "c");
  folder.Write("b/seekd", "", 0644);  // not executable, unless root runs this
  folder.Write("c/seekd", "", 0755);
  const std::string list = (folder / "missing") + ":" + (folder / "a") + "::" + (folder / "c");
  CATCH_CHECK(internal::FindInPath("seekd", list) == folder / "c/seekd");
  CATCH_CHECK(internal::FindInPath("seekd", "").empty());
  CATCH_CHECK(internal::FindInPath("seekd", "relative:.").empty());
  CATCH_CHECK(internal::FindInPath("other", list).empty());
}

CATCH_TEST_CASE("the end of a log") {
  const TemporaryFolder folder;
  const std::string log = folder.Write("log", "one\ntwo\nthree\n");
  CATCH_CHECK(internal::TailOf(log, 2) == "two\nthree");
  CATCH_CHECK(internal::TailOf(log, 9) == "one\ntwo\nthree");
  CATCH_CHECK(internal::TailOf(folder / "missing", 9).empty());
}

CATCH_TEST_CASE("a daemon gets absolute paths, and only those that were given") {
  LaunchOptions options;
  CATCH_CHECK(internal::SeekdArguments(options, "/bin/seekd") ==
              std::vector<std::string>{"/bin/seekd"});
  options.data_dir = "data";
  options.connect.socket_path = "/run/s";
  CATCH_CHECK(internal::SeekdArguments(options, "/bin/seekd") ==
              std::vector<std::string>{"/bin/seekd", "--data",
                                       (std::filesystem::current_path() / "data").string(),
                                       "--socket", "/run/s"});
}

CATCH_TEST_CASE("this program knows where it is") {
  CATCH_CHECK(std::filesystem::path(internal::SelfPath()).filename() == "client_test");
}

CATCH_TEST_CASE("a daemon that ends at once is reported with its log") {
  const TemporaryFolder folder;
  LaunchOptions options;
  options.seekd_path = folder.Write("seekd", "#!/bin/sh\necho \"no model in $2\"\nexit 1\n", 0755);
  options.data_dir = folder / "data";
  options.connect.socket_path = folder / "s";
  options.start_timeout_seconds = 1;
  std::string said;
  options.on_message = [&](const std::string& message) { said = message; };
  const absl::Status status = EnsureDaemon(options).status();
  CATCH_CHECK(absl::IsUnavailable(status));
  CATCH_CHECK(DetailsOf(status).reason == "DAEMON_START_FAILED");
  CATCH_CHECK(std::string(status.message()).find("no model in " + (folder / "data")) !=
              std::string::npos);
  CATCH_CHECK(said == "starting " + options.seekd_path);
  struct stat info;
  CATCH_REQUIRE(stat((folder / "data/seekd.log").c_str(), &info) == 0);
  CATCH_CHECK((info.st_mode & 0777) == 0600);
  CATCH_REQUIRE(stat((folder / "data").c_str(), &info) == 0);
  CATCH_CHECK((info.st_mode & 0777) == 0700);
}

CATCH_TEST_CASE("a program that is not there is reported") {
  const TemporaryFolder folder;
  LaunchOptions options;
  options.seekd_path = folder / "missing";
  options.data_dir = folder / "data";
  options.connect.socket_path = folder / "s";
  CATCH_CHECK(absl::IsNotFound(EnsureDaemon(options).status()));
}

CATCH_TEST_CASE("stopping what does not run") {
  const TemporaryFolder folder;
  ConnectOptions connect;
  connect.socket_path = folder / "s";
  CATCH_CHECK(DetailsOf(StopDaemon(connect)).reason == "DAEMON_NOT_RUNNING");
}

CATCH_TEST_CASE("commands") {
  const auto echo = RunCommand({"sh", "-c", "echo out; echo err >&2; exit 3"});
  CATCH_REQUIRE(echo.ok());
  CATCH_CHECK(echo->exit_code == 3);
  CATCH_CHECK(echo->output == "out\nerr\n");
  CATCH_CHECK(absl::IsNotFound(RunCommand({"no-such-program-at-all"}).status()));
  CATCH_CHECK(RunCommand({"sh", "-c", "kill -9 $$"})->exit_code == 137);
}

}  // namespace
}  // namespace seekd::client
