#include "client/service_manager.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/process.h"
#include "client/service_unit.h"
#include "core/base/location.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

// UNAVAILABLE with what the program said when it failed or is not there.
absl::Status RunManager(const std::vector<std::string>& arguments) {
  const absl::StatusOr<CommandResult> result = RunCommand(arguments);
  const std::string command = absl::StrJoin(arguments, " ");
  if (!result.ok()) {
    return absl::UnavailableError(absl::StrCat(command, ": ", result.status().message()));
  }
  if (result->exit_code == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(command, " failed with exit code ", result->exit_code,
                                             ": ", absl::StripAsciiWhitespace(result->output)));
}

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

class Systemd final : public ServiceManager {
 public:
  explicit Systemd(std::string config_home) : config_home_(std::move(config_home)) {}

  std::string name() const override { return "systemd user manager"; }
  std::string file_path() const override {
    return absl::StrCat(config_home_, "/systemd/user/", kSystemdUnitName);
  }
  absl::StatusOr<std::string> Render(const std::vector<std::string>& command,
                                     const std::string&) const override {
    return RenderSystemdUnit(command);
  }
  absl::Status Enable() override {
    ABSL_RETURN_IF_ERROR(Reload());
    ABSL_RETURN_IF_ERROR(RunManager({"systemctl", "--user", "enable", kSystemdUnitName}));
    return RunManager({"systemctl", "--user", "restart", kSystemdUnitName});
  }
  absl::Status Disable() override {
    return RunManager({"systemctl", "--user", "disable", "--now", kSystemdUnitName});
  }
  absl::Status Reload() override { return RunManager({"systemctl", "--user", "daemon-reload"}); }
  State GetState() override {
    State state;
    state.installed = Exists(file_path());
    // `is-enabled` reads files only; the list of units tells whether a manager answers.
    const absl::Status reachable = RunManager({"systemctl", "--user", "list-units", "--no-pager"});
    if (!reachable.ok()) {
      state.problem = std::string(reachable.message());
      return state;
    }
    state.enabled = RunManager({"systemctl", "--user", "is-enabled", kSystemdUnitName}).ok();
    state.active = RunManager({"systemctl", "--user", "is-active", kSystemdUnitName}).ok();
    return state;
  }
  std::string advice() const override {
    return "it starts at login; to start it at boot: loginctl enable-linger";
  }

 private:
  const std::string config_home_;
};

class Launchd final : public ServiceManager {
 public:
  explicit Launchd(std::string home) : home_(std::move(home)) {}

  std::string name() const override { return "launchd"; }
  std::string file_path() const override {
    return absl::StrCat(home_, "/Library/LaunchAgents/", kLaunchdLabel, ".plist");
  }
  absl::StatusOr<std::string> Render(const std::vector<std::string>& command,
                                     const std::string& log_path) const override {
    return RenderLaunchdAgent(command, log_path);
  }
  absl::Status Enable() override {
    // A loaded agent keeps its old file; that none is loaded is no error.
    Disable().IgnoreError();
    return RunManager({"launchctl", "bootstrap", domain(), file_path()});
  }
  absl::Status Disable() override {
    return RunManager({"launchctl", "bootout", absl::StrCat(domain(), "/", kLaunchdLabel)});
  }
  absl::Status Reload() override { return absl::OkStatus(); }
  State GetState() override {
    State state;
    state.installed = Exists(file_path());
    state.enabled = state.installed;
    state.active =
        RunManager({"launchctl", "print", absl::StrCat(domain(), "/", kLaunchdLabel)}).ok();
    return state;
  }
  std::string advice() const override { return ""; }

 private:
  static std::string domain() { return absl::StrCat("gui/", getuid()); }

  const std::string home_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ServiceManager>> ThisServiceManager() {
  const Environment environment = ProcessEnvironment();
  const auto home = environment("HOME");
  if (!home || home->front() != '/') {
    return absl::FailedPreconditionError("expected HOME to be an absolute path");
  }
  if (ThisPlatform().macos) return std::unique_ptr<ServiceManager>(new Launchd(*home));
  std::string config_home = environment("XDG_CONFIG_HOME").value_or("");
  if (config_home.empty() || config_home.front() != '/') config_home = *home + "/.config";
  return std::unique_ptr<ServiceManager>(new Systemd(config_home));
}

}  // namespace seekd::client
