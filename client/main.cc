// seek: the shell client of seekd. docs/seek.md is its reference.
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "client/cli.h"
#include "client/commands.h"
#include "client/signals.h"

namespace seekd::client {
namespace {

void AddGlobalOptions(CLI::App& app, Cli& cli) {
  GlobalOptions& options = cli.options;
  app.add_option("--socket", options.socket, "The daemon's unix socket")
      ->envname("SEEKD_SOCKET")
      ->take_last()
      ->type_name("PATH");
  app.add_option("--data", options.data, "The data directory of a daemon started from here")
      ->envname("SEEKD_DATA")
      ->take_last()
      ->type_name("DIR");
  CLI::Option* address =
      app.add_option("--address", options.address, "Use TCP instead of the socket")
          ->type_name("HOST:PORT");
  CLI::Option* token = app.add_option("--token-file", options.token_file, "The token for --address")
                           ->type_name("FILE");
  address->needs(token);
  token->needs(address);
  app.add_option_function<std::string>(
         "-c,--collection",
         [&options](const std::string& name) {
           options.collection = name;
           options.collection_given = true;
         },
         "The collection (default: default)")
      ->take_last()
      ->type_name("NAME");
  app.add_option("--timeout", options.timeout_seconds, "Limit of each call; 0: none for long calls")
      ->check(CLI::NonNegativeNumber)
      ->type_name("SECONDS");
  app.add_flag("--json", options.output.json, "Results and errors as JSON");
  app.add_flag("--no-color", options.output.no_color, "No colours");
  app.add_flag("-q,--quiet", options.output.quiet, "No progress and no remarks");
}

void AddCommands(CLI::App& app, Cli& cli) {
  AddIndexCommand(app, cli);
  AddSearchCommands(app, cli);
  AddStatusCommand(app, cli);
  AddListCommand(app, cli);
  AddModelCommand(app, cli);
  AddDocumentCommands(app, cli);
  AddImportCommand(app, cli);
  AddEvalCommand(app, cli);
  AddRecallCommand(app, cli);
  AddDaemonCommand(app, cli);
  AddServiceCommand(app, cli);
}

int Execute(Cli& cli) {
  cli.output = std::make_unique<Output>(cli.options.output);
  const absl::StatusOr<ExitCode> result = cli.run(cli);
  ExitCode code = result.ok() ? *result : ExitCodeFor(result.status(), cli.interrupt.triggered());
  if (!result.ok()) {
    cli.output->Error(code == ExitCode::kInterrupted ? absl::CancelledError("interrupted")
                                                     : result.status());
  }
  if (!cli.output->Flush() && code == ExitCode::kOk) {
    cli.output->Error(absl::DataLossError("cannot write everything to standard output"));
    code = ExitCode::kInternal;
  }
  return static_cast<int>(code);
}

int Main(int argc, char** argv) {
  // Lives for ever: the signal thread may use it until the very end.
  static Cli& cli = *new Cli;
  CLI::App app("Search your files by meaning. The daemon seekd does the work.", "seek");
  app.set_version_flag("--version", "seek " SEEKD_VERSION " (API v1)");
  app.require_subcommand(0, 1);
  app.fallthrough();  // global options may stand behind the command
  AddGlobalOptions(app, cli);
  AddCommands(app, cli);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  if (!cli.run) {
    std::cerr << app.help();
    return static_cast<int>(ExitCode::kUsage);
  }
  ForwardSignals(&cli.interrupt);
  return Execute(cli);
}

}  // namespace
}  // namespace seekd::client

int main(int argc, char** argv) { return seekd::client::Main(argc, argv); }
