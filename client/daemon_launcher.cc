#include "client/daemon_launcher.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/endpoint.h"
#include "client/process.h"
#include "client/rpc_status.h"
#include "core/base/location.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kLogTailLines = 15;
// A daemon that lost the race for the data directory ends; the winner may still be opening.
constexpr double kRivalSeconds = 3;
constexpr double kPatienceSeconds = 5;

Clock::time_point After(double seconds) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
}

absl::StatusOr<std::string> DataDir(const std::string& data_dir) {
  if (!data_dir.empty()) return data_dir;
  const Environment environment = ProcessEnvironment();
  if (auto from_environment = environment("SEEKD_DATA")) return *from_environment;
  return DefaultDataDir(environment, ThisPlatform());
}

absl::Status CreatePrivateFolder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return absl::OkStatus();
  fs::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot create ", folder.string(), ": ", std::strerror(errno)));
}

absl::Status StartFailed(const std::string& what, const std::string& log_path) {
  const std::string tail = internal::TailOf(log_path, kLogTailLines);
  return WithReason(absl::UnavailableError(
                        absl::StrCat(what, "; its log ", log_path,
                                     tail.empty() ? " is empty" : absl::StrCat(" ends:\n", tail))),
                    "DAEMON_START_FAILED");
}

// One try; UNAVAILABLE while the daemon is not ready.
absl::StatusOr<std::unique_ptr<Client>> ConnectToServing(const ConnectOptions& options) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Client> client, Client::Connect(options));
  ABSL_RETURN_IF_ERROR(client->CheckHealth());
  return client;
}

bool IsInterrupted(const ConnectOptions& options) {
  return options.interrupt != nullptr && options.interrupt->triggered();
}

absl::StatusOr<std::unique_ptr<Client>> WaitUntilServing(const LaunchOptions& options, pid_t child,
                                                         const std::string& log_path) {
  Clock::time_point give_up = After(options.start_timeout_seconds);
  Clock::time_point say_wait = After(kPatienceSeconds);
  bool child_runs = true;
  for (Seconds pause(0.02);; pause = std::min(pause * 1.5, Seconds(0.5))) {
    auto client = ConnectToServing(options.connect);
    if (client.ok() || !absl::IsUnavailable(client.status())) return client;
    if (child_runs && !StillRuns(child)) {
      child_runs = false;
      give_up = std::min(give_up, After(kRivalSeconds));
    }
    if (IsInterrupted(options.connect)) return absl::CancelledError("interrupted");
    if (Clock::now() >= give_up) break;
    if (Clock::now() >= say_wait && options.on_message) {
      options.on_message("still starting: its libraries may have to come from a cold disk");
      say_wait = give_up;
    }
    std::this_thread::sleep_for(pause);
  }
  if (!child_runs) return StartFailed("the daemon was started, but ended at once", log_path);
  return StartFailed(absl::StrCat("the daemon was started, but did not serve within ",
                                  options.start_timeout_seconds, " s"),
                     log_path);
}

absl::StatusOr<std::unique_ptr<Client>> Start(const LaunchOptions& options) {
  std::string seekd = options.seekd_path;
  if (seekd.empty()) {
    ABSL_ASSIGN_OR_RETURN(seekd, FindSeekd());
  }
  ABSL_ASSIGN_OR_RETURN(const std::string data_dir, DataDir(options.data_dir));
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(data_dir));
  ABSL_ASSIGN_OR_RETURN(const std::string log_path, LogPath(options.data_dir));
  if (options.on_message) options.on_message(absl::StrCat("starting ", seekd));
  ABSL_ASSIGN_OR_RETURN(const pid_t child,
                        SpawnDetached(internal::SeekdArguments(options, seekd), log_path));
  return WaitUntilServing(options, child, log_path);
}

// Somebody listens, but may still be opening its collections.
absl::StatusOr<std::unique_ptr<Client>> WaitForRunning(const LaunchOptions& options) {
  const Clock::time_point give_up = After(options.start_timeout_seconds);
  for (;;) {
    auto client = ConnectToServing(options.connect);
    const bool done = client.ok() || !absl::IsUnavailable(client.status()) ||
                      DetailsOf(client.status()).reason == "DAEMON_NOT_RUNNING";
    if (done || Clock::now() >= give_up || IsInterrupted(options.connect)) return client;
    std::this_thread::sleep_for(Seconds(0.1));
  }
}

// False also for an ended process that nobody has reaped: in a container without
// an init it stays for ever.
bool ProcessRuns(pid_t pid) {
  if (kill(pid, 0) != 0) return false;
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string line;
  if (!std::getline(file, line)) return true;
  const size_t name_end = line.rfind(')');
  return name_end == std::string::npos || line.compare(name_end, 3, ") Z") != 0;
}

absl::Status CheckDaemon(Client* client, const std::string& data_dir) {
  ABSL_RETURN_IF_ERROR(client->CheckApiVersion());
  if (data_dir.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client->GetStatus({}));
  std::error_code error;
  if (fs::equivalent(status.data_directory(), data_dir, error)) return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        "expected a daemon that serves ", data_dir, ", found one that serves ",
                        status.data_directory(), "; name another socket with --socket")),
                    "OTHER_DATA_DIRECTORY");
}

}  // namespace

namespace internal {

std::string SelfPath() {
#ifdef __APPLE__
  char buffer[4096];
  uint32_t size = sizeof(buffer);
  if (_NSGetExecutablePath(buffer, &size) != 0) return "";
  const fs::path link = buffer;
#else
  const fs::path link = "/proc/self/exe";
#endif
  std::error_code error;
  const fs::path self = fs::canonical(link, error);
  return error ? "" : self.string();
}

std::string FindInPath(const std::string& name, const std::string& path_list) {
  for (const absl::string_view folder : absl::StrSplit(path_list, ':', absl::SkipEmpty())) {
    const std::string candidate = absl::StrCat(folder, "/", name);
    std::error_code error;
    if (folder[0] == '/' && access(candidate.c_str(), X_OK) == 0 &&
        fs::is_regular_file(candidate, error)) {
      return candidate;
    }
  }
  return "";
}

std::string TailOf(const std::string& path, int lines) {
  std::ifstream file(path);
  std::deque<std::string> last;
  for (std::string line; std::getline(file, line);) {
    last.push_back(line);
    if (last.size() > static_cast<size_t>(lines)) last.pop_front();
  }
  return absl::StrJoin(last, "\n");
}

std::vector<std::string> SeekdArguments(const LaunchOptions& options, const std::string& seekd) {
  std::vector<std::string> arguments = {seekd};
  const auto add = [&](const char* flag, const std::string& path) {
    if (path.empty()) return;
    std::error_code error;
    arguments.insert(arguments.end(), {flag, fs::absolute(path, error).string()});
  };
  add("--data", options.data_dir);
  add("--socket", options.connect.socket_path);
  return arguments;
}

}  // namespace internal

absl::StatusOr<std::string> LogPath(const std::string& data_dir) {
  ABSL_ASSIGN_OR_RETURN(const std::string folder, DataDir(data_dir));
  return folder + "/seekd.log";
}

absl::StatusOr<std::string> FindSeekd() {
  const std::string self = internal::SelfPath();
  if (!self.empty()) {
    const std::string folder = fs::path(self).parent_path().string();
    // Installed side by side, else in the build tree (build/client, build/server).
    for (const std::string& beside : {folder, folder + "/../server"}) {
      if (std::string found = internal::FindInPath("seekd", beside); !found.empty()) {
        return fs::path(found).lexically_normal().string();
      }
    }
  }
  const char* path = std::getenv("PATH");
  std::string found = internal::FindInPath("seekd", path == nullptr ? "" : path);
  if (!found.empty()) return found;
  return absl::NotFoundError(absl::StrCat("expected the program seekd beside ",
                                          self.empty() ? "seek" : self, " or in PATH, found none"));
}

absl::StatusOr<std::unique_ptr<Client>> EnsureDaemon(const LaunchOptions& options) {
  auto client = WaitForRunning(options);
  if (!client.ok() && options.connect.tcp_address.empty() &&
      DetailsOf(client.status()).reason == "DAEMON_NOT_RUNNING") {
    client = Start(options);
  }
  ABSL_RETURN_IF_ERROR(client.status());
  ABSL_RETURN_IF_ERROR(CheckDaemon(client->get(), options.data_dir));
  return client;
}

absl::Status StopDaemon(const ConnectOptions& connect, double timeout_seconds) {
  ABSL_ASSIGN_OR_RETURN(const auto client, Client::Connect(connect));
  ABSL_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client->GetStatus({}));
  const auto pid = static_cast<pid_t>(status.pid());
  if (pid <= 1) return absl::InternalError(absl::StrCat("expected a process id, found ", pid));
  if (kill(pid, SIGTERM) != 0 && errno != ESRCH) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot stop process ", pid, ": ", std::strerror(errno)));
  }
  const Clock::time_point give_up = After(timeout_seconds);
  while (ProcessRuns(pid)) {
    if (Clock::now() >= give_up) {
      return absl::DeadlineExceededError(absl::StrCat("process ", pid, " still runs after ",
                                                      timeout_seconds,
                                                      " s; it ends when its work is safe"));
    }
    if (IsInterrupted(connect)) return absl::CancelledError("interrupted");
    std::this_thread::sleep_for(Seconds(0.05));
  }
  return absl::OkStatus();
}

}  // namespace seekd::client
