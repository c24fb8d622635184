// Messages to systemd (sd_notify(3)): one datagram each, to $NOTIFY_SOCKET;
// nothing happens where there is none. Thread safety: any thread.
#ifndef SEEKD_SERVER_SERVICE_NOTIFY_H_
#define SEEKD_SERVER_SERVICE_NOTIFY_H_

#include <chrono>
#include <optional>
#include <string_view>

namespace seekd {

// E.g. "READY=1\nSTATUS=serving". Failures are ignored: nobody could act on them.
void NotifyService(std::string_view message);

// How often "WATCHDOG=1" is due: half of $WATCHDOG_USEC, if it is set for this process.
std::optional<std::chrono::milliseconds> WatchdogInterval();

}  // namespace seekd

#endif  // SEEKD_SERVER_SERVICE_NOTIFY_H_
