#include "server/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/storage/posix_file.h"
#include "server/process_memory.h"
#include "tests/core/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("A message arrives as one datagram") {
  const TempFolder folder;
  const std::string path = folder.File("notify");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, address.sun_path);
  const UniqueFd receiver(socket(AF_UNIX, SOCK_DGRAM, 0));
  CATCH_REQUIRE(bind(receiver.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  NotifyService("READY=1\nSTATUS=serving");
  unsetenv("NOTIFY_SOCKET");
  NotifyService("nobody listens");
  char buffer[100];
  const ssize_t size = recv(receiver.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
  CATCH_REQUIRE(size > 0);
  CATCH_CHECK(std::string(buffer, static_cast<size_t>(size)) == "READY=1\nSTATUS=serving");
  CATCH_CHECK(recv(receiver.get(), buffer, sizeof(buffer), MSG_DONTWAIT) < 0);
}

CATCH_TEST_CASE("The watchdog is due twice per period, for this process only") {
  unsetenv("WATCHDOG_USEC");
  CATCH_CHECK(!WatchdogInterval());
  setenv("WATCHDOG_USEC", "30000000", 1);
  CATCH_CHECK(*WatchdogInterval() == std::chrono::seconds(15));
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  CATCH_CHECK(WatchdogInterval());
  setenv("WATCHDOG_PID", "1", 1);
  CATCH_CHECK(!WatchdogInterval());
  unsetenv("WATCHDOG_PID");
  setenv("WATCHDOG_USEC", "soon", 1);
  CATCH_CHECK(!WatchdogInterval());
  unsetenv("WATCHDOG_USEC");
}

CATCH_TEST_CASE("A process has some memory") { CATCH_CHECK(ResidentBytes() > 1 << 20); }

}  // namespace
}  // namespace seekd
