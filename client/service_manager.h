// The service manager of this machine: a systemd user manager, or launchd.
#ifndef SEEKD_CLIENT_SERVICE_MANAGER_H_
#define SEEKD_CLIENT_SERVICE_MANAGER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd::client {

class ServiceManager {
 public:
  struct State {
    bool installed = false;
    bool enabled = false;  // starts with the session
    bool active = false;   // runs now
    // Why the manager itself could not be asked; empty when it could.
    std::string problem;
  };

  virtual ~ServiceManager() = default;

  // "systemd user manager", "launchd"
  virtual std::string name() const = 0;
  // Where the service file belongs.
  virtual std::string file_path() const = 0;
  virtual absl::StatusOr<std::string> Render(const std::vector<std::string>& command,
                                             const std::string& log_path) const = 0;
  // Makes the manager read the file, starts the service now and with each
  // session. UNAVAILABLE when there is no manager to talk to.
  virtual absl::Status Enable() = 0;
  // Stops it, and no longer starts it with the session.
  virtual absl::Status Disable() = 0;
  // After the file has been removed.
  virtual absl::Status Reload() = 0;
  virtual State GetState() = 0;
  // What a person may want to do next; empty: nothing.
  virtual std::string advice() const = 0;
};

// FAILED_PRECONDITION when HOME is not set.
absl::StatusOr<std::unique_ptr<ServiceManager>> ThisServiceManager();

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_SERVICE_MANAGER_H_
