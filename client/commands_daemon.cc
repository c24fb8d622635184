// seek daemon start|stop|status
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/commands.h"
#include "client/json_output.h"
#include "client/rpc_status.h"
#include "client/terminal_text.h"
#include "core/base/location.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

std::string Endpoint(const Cli& cli) {
  return cli.options.address.empty() ? ResolveSocketPath(cli.options.socket) : cli.options.address;
}

Json DaemonJson(const Cli& cli, const v1::GetStatusResponse& status) {
  Json json = ToJson(status);
  json.erase("collections");
  json["running"] = true;
  json["socket"] = Endpoint(cli);
  json["log"] = status.data_directory() + "/seekd.log";
  return json;
}

void PrintDaemon(Cli& cli, const v1::GetStatusResponse& status) {
  Output& output = *cli.output;
  if (output.json()) return output.WriteJson(DaemonJson(cli, status));
  const absl::Duration up = absl::Now() - absl::FromUnixSeconds(status.start_time().seconds());
  output.WriteLine(absl::StrCat("seekd ", OneLine(status.version()), " (API ",
                                OneLine(status.api_version()), ") runs as process ", status.pid(),
                                " for ", FormatDuration(absl::ToDoubleSeconds(up))));
  output.WriteLine(absl::StrCat("  listens on  ", OneLine(Endpoint(cli))));
  output.WriteLine(absl::StrCat("  data        ", OneLine(status.data_directory())));
  output.WriteLine(absl::StrCat("  log         ", OneLine(status.data_directory()),
                                "/seekd.log, or the service manager's"));
  output.WriteLine(absl::StrCat("  memory      ", FormatBytes(status.resident_bytes())));
}

absl::StatusOr<ExitCode> Show(Cli& cli, Client& client) {
  ABSL_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client.GetStatus({}));
  PrintDaemon(cli, status);
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Start(Cli& cli) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.ConnectOrStart());
  return Show(cli, *client);
}

absl::StatusOr<ExitCode> DaemonStatus(Cli& cli) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  return Show(cli, *client);
}

absl::StatusOr<ExitCode> Stop(Cli& cli) {
  const absl::Status status = StopDaemon(cli.MakeConnectOptions());
  const bool none = DetailsOf(status).reason == "DAEMON_NOT_RUNNING";
  if (!none) ABSL_RETURN_IF_ERROR(status);
  if (cli.output->json()) {
    cli.output->WriteJson({{"running", false}, {"stopped", !none}});
  } else {
    cli.output->Note(none ? "no daemon was running" : "stopped");
  }
  return ExitCode::kOk;
}

}  // namespace

void AddDaemonCommand(CLI::App& app, Cli& cli) {
  CLI::App* daemon = app.add_subcommand("daemon", "Start, stop or show the daemon");
  daemon->require_subcommand(1);
  AddAction(daemon, cli, "start", "Start it unless it runs", Start);
  AddAction(daemon, cli, "stop", "Let it finish what runs, and stop it", Stop);
  AddAction(daemon, cli, "status", "Show it; exit code 3 when it does not run", DaemonStatus);
}

}  // namespace seekd::client
