#include "server/stop_signal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "core/storage/posix_file.h"

namespace seekd {
namespace {

// The self-pipe: a handler may do little more than write(2) and _exit(2).
int read_end = -1;
int write_end = -1;
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void HandleSignal(int signal) {
  if (stop_requested.exchange(true)) _exit(128 + signal);
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = write(write_end, &byte, 1);
}

}  // namespace

absl::Status InstallStopSignal() {
  int ends[2];
  if (pipe(ends) != 0) return ErrnoError("cannot make a", "pipe");
  read_end = ends[0];
  write_end = ends[1];
  fcntl(read_end, F_SETFD, FD_CLOEXEC);
  fcntl(write_end, F_SETFD, FD_CLOEXEC);
  struct sigaction action {};
  action.sa_handler = HandleSignal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  signal(SIGPIPE, SIG_IGN);
  if (sigaction(SIGTERM, &action, nullptr) != 0 || sigaction(SIGINT, &action, nullptr) != 0) {
    return ErrnoError("cannot handle", "signals");
  }
  return absl::OkStatus();
}

bool WaitForStopSignal(std::optional<std::chrono::milliseconds> timeout) {
  pollfd event = {read_end, POLLIN, 0};
  if (!stop_requested.load()) poll(&event, 1, timeout ? static_cast<int>(timeout->count()) : -1);
  return stop_requested.load();
}

}  // namespace seekd
