#include "server/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "core/storage/posix_file.h"

namespace seekd {

void NotifyService(std::string_view message) {
  const char* variable = std::getenv("NOTIFY_SOCKET");
  if (variable == nullptr) return;
  std::string path = variable;
  sockaddr_un address{};
  if (path.size() < 2 || path.size() > sizeof(address.sun_path)) return;
  if (path[0] == '@') path[0] = '\0';  // systemd's notation for an abstract address
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, address.sun_path);
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM, 0));
  if (fd.get() < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  [[maybe_unused]] const ssize_t sent = sendto(fd.get(), message.data(), message.size(), 0,
                                               reinterpret_cast<const sockaddr*>(&address), size);
}

std::optional<std::chrono::milliseconds> WatchdogInterval() {
  const char* usec = std::getenv("WATCHDOG_USEC");
  const char* pid = std::getenv("WATCHDOG_PID");
  int64_t us = 0;
  int64_t for_pid = 0;
  if (usec == nullptr || !absl::SimpleAtoi(usec, &us) || us <= 0) return std::nullopt;
  if (pid != nullptr && (!absl::SimpleAtoi(pid, &for_pid) || for_pid != getpid())) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(std::max<int64_t>(1, us / 2000));
}

}  // namespace seekd
