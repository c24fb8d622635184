#include "client/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

extern char** environ;

namespace seekd::client {
namespace {

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

  void Open(int fd, const std::string& path, int flags) {
    posix_spawn_file_actions_addopen(&actions_, fd, path.c_str(), flags, 0600);
  }
  void Duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void Close(int fd) { posix_spawn_file_actions_addclose(&actions_, fd); }

 private:
  posix_spawn_file_actions_t actions_;
};

// Every signal unblocked and at its default: this program blocks some.
class Attributes {
 public:
  explicit Attributes(short extra_flags) {
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGCHLD}) {
      sigaddset(&defaults, signal);
    }
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    const int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | extra_flags;
    posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

std::vector<char*> Pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

absl::Status SpawnError(const std::string& program, int error) {
  const std::string message = absl::StrCat("cannot start ", program, ": ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(message) : absl::FailedPreconditionError(message);
}

std::string ReadAll(int fd) {
  std::string output;
  char buffer[4096];
  for (;;) {
    const ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n > 0) output.append(buffer, static_cast<size_t>(n));
    if (n == 0 || (n < 0 && errno != EINTR)) return output;
  }
}

int WaitForExit(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

absl::StatusOr<pid_t> SpawnDetached(const std::vector<std::string>& arguments,
                                    const std::string& log_path) {
  FileActions files;
  files.Open(0, "/dev/null", O_RDONLY);
  files.Open(1, log_path, O_WRONLY | O_CREAT | O_APPEND);
  files.Duplicate(1, 2);
  Attributes attributes(POSIX_SPAWN_SETSID);
  pid_t child = 0;
  const int error = posix_spawn(&child, arguments[0].c_str(), files.get(), attributes.get(),
                                Pointers(arguments).data(), environ);
  if (error != 0) return SpawnError(arguments[0], error);
  return child;
}

bool StillRuns(pid_t child) {
  int status = 0;
  return waitpid(child, &status, WNOHANG) == 0;
}

absl::StatusOr<CommandResult> RunCommand(const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe(ends) != 0) return absl::InternalError(absl::StrCat("pipe: ", std::strerror(errno)));
  FileActions files;
  files.Open(0, "/dev/null", O_RDONLY);
  files.Duplicate(ends[1], 1);
  files.Duplicate(ends[1], 2);
  files.Close(ends[0]);
  files.Close(ends[1]);
  Attributes attributes(0);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0].c_str(), files.get(), attributes.get(),
                                 Pointers(arguments).data(), environ);
  close(ends[1]);
  CommandResult result;
  if (error == 0) result.output = ReadAll(ends[0]);
  close(ends[0]);
  if (error != 0) return SpawnError(arguments[0], error);
  result.exit_code = WaitForExit(child);
  return result;
}

}  // namespace seekd::client
