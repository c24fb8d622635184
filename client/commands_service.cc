// seek service install|uninstall|status
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/commands.h"
#include "client/daemon_launcher.h"
#include "client/rpc_status.h"
#include "client/service_manager.h"
#include "client/terminal_text.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

namespace fs = std::filesystem;

absl::Status WriteServiceFile(const std::string& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (file) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("cannot write ", path));
}

// A daemon that was started by hand holds the data directory.
absl::Status StopHandStarted(Cli& cli, ServiceManager& manager) {
  if (manager.GetState().active) return absl::OkStatus();
  const absl::Status status = StopDaemon(cli.MakeConnectOptions());
  if (DetailsOf(status).reason == "DAEMON_NOT_RUNNING") return absl::OkStatus();
  if (status.ok()) cli.output->Note("stopped the daemon that was started by hand");
  return status;
}

Json StateJson(const ServiceManager& manager, const ServiceManager::State& state) {
  return {{"manager", manager.name()},    {"file", manager.file_path()},
          {"installed", state.installed}, {"enabled", state.enabled},
          {"active", state.active},       {"problem", state.problem}};
}

void PrintState(Output& output, ServiceManager& manager) {
  const ServiceManager::State state = manager.GetState();
  if (output.json()) return output.WriteJson(StateJson(manager, state));
  output.WriteLine(absl::StrCat(OneLine(manager.file_path()),
                                state.installed ? ": installed" : ": not installed"));
  if (!state.problem.empty()) {
    output.WriteLine(
        absl::StrCat("the ", manager.name(), " cannot be asked: ", OneLine(state.problem)));
    return;
  }
  output.WriteLine(absl::StrCat(
      state.active ? "runs now" : "does not run now",
      state.enabled ? ", starts with your session" : ", does not start with your session"));
}

absl::StatusOr<ExitCode> Install(Cli& cli) {
  ABSL_ASSIGN_OR_RETURN(const auto manager, ThisServiceManager());
  ABSL_ASSIGN_OR_RETURN(const std::string seekd, FindSeekd());
  ABSL_ASSIGN_OR_RETURN(const std::string log_path, LogPath(cli.options.data));
  ABSL_ASSIGN_OR_RETURN(
      const std::string text,
      manager->Render(internal::SeekdArguments(cli.MakeLaunchOptions(), seekd), log_path));
  ABSL_RETURN_IF_ERROR(WriteServiceFile(manager->file_path(), text));
  cli.output->Note(absl::StrCat("wrote ", OneLine(manager->file_path())));
  const std::string problem = manager->GetState().problem;
  if (!problem.empty()) {
    return WithReason(absl::UnavailableError(absl::StrCat(
                          "the service file is in place, but the ", manager->name(),
                          " cannot be reached, so that seekd was not started: ", problem,
                          "; log in to a session of your own (not su or sudo) and run this again")),
                      "NO_SERVICE_MANAGER");
  }
  ABSL_RETURN_IF_ERROR(StopHandStarted(cli, *manager));
  ABSL_RETURN_IF_ERROR(manager->Enable());
  PrintState(*cli.output, *manager);
  if (!manager->advice().empty()) cli.output->Note(manager->advice());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Uninstall(Cli& cli) {
  ABSL_ASSIGN_OR_RETURN(const auto manager, ThisServiceManager());
  const ServiceManager::State state = manager->GetState();
  if (state.installed && state.problem.empty()) {
    ABSL_RETURN_IF_ERROR(manager->Disable());
  }
  std::error_code error;
  if (!fs::remove(manager->file_path(), error) && error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot remove ", manager->file_path(), ": ", error.message()));
  }
  if (state.problem.empty()) ABSL_RETURN_IF_ERROR(manager->Reload());
  PrintState(*cli.output, *manager);
  cli.output->Note("the index stays where it is: seek rm --all removes it");
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ServiceStatus(Cli& cli) {
  ABSL_ASSIGN_OR_RETURN(const auto manager, ThisServiceManager());
  PrintState(*cli.output, *manager);
  return ExitCode::kOk;
}

}  // namespace

void AddServiceCommand(CLI::App& app, Cli& cli) {
  CLI::App* service = app.add_subcommand("service", "Keep the daemon running in your session");
  service->require_subcommand(1);
  AddAction(service, cli, "install", "Start it now and with each session", Install);
  AddAction(service, cli, "uninstall", "Stop it and remove the service; the index stays",
            Uninstall);
  AddAction(service, cli, "status", "Whether it is installed and runs", ServiceStatus);
}

}  // namespace seekd::client
