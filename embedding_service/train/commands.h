// Subcommands of seekd-train that make models out of text.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_COMMANDS_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_COMMANDS_H_

#include <CLI/CLI.hpp>

#include "absl/status/status.h"

namespace seekd::train {

// Each adds its subcommand; parsing its arguments runs it, and `*status` says how it went.
void AddVocabularyCommand(CLI::App* app, absl::Status* status);
void AddPairsCommand(CLI::App* app, absl::Status* status);
void AddAverageCommand(CLI::App* app, absl::Status* status);
void AddTableCommand(CLI::App* app, absl::Status* status);
void AddTransformerCommand(CLI::App* app, absl::Status* status);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_COMMANDS_H_
