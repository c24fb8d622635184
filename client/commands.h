// The commands of `seek`: each adds itself to the parser.
#ifndef SEEKD_CLIENT_COMMANDS_H_
#define SEEKD_CLIENT_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "client/cli.h"

namespace seekd::client {

void AddIndexCommand(CLI::App& app, Cli& cli);      // index
void AddSearchCommands(CLI::App& app, Cli& cli);    // search, like
void AddStatusCommand(CLI::App& app, Cli& cli);     // status
void AddListCommand(CLI::App& app, Cli& cli);       // ls
void AddModelCommand(CLI::App& app, Cli& cli);      // model list|add|pull|use|bench|rm
void AddDocumentCommands(CLI::App& app, Cli& cli);  // get, rm, dump
void AddImportCommand(CLI::App& app, Cli& cli);     // import
void AddEvalCommand(CLI::App& app, Cli& cli);       // eval
void AddRecallCommand(CLI::App& app, Cli& cli);     // recall
void AddDaemonCommand(CLI::App& app, Cli& cli);     // daemon start|stop|status
void AddServiceCommand(CLI::App& app, Cli& cli);    // service install|uninstall|status

// A subcommand of `parent` that does `run`.
inline void AddAction(CLI::App* parent, Cli& cli, const char* name, const char* description,
                      absl::StatusOr<ExitCode> (*run)(Cli&)) {
  parent->add_subcommand(name, description)->callback([&cli, run] { cli.run = run; });
}

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_COMMANDS_H_
