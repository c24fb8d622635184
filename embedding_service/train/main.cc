// seekd-train: what ships with a model and is trained from text.
#include <CLI/CLI.hpp>
#include <iostream>

#include "embedding_service/train/train_codebooks.h"

namespace seekd::train {
namespace {

void AddCodebooks(CLI::App* app, CodebookOptions* options, absl::Status* status) {
  CLI::App* command = app->add_subcommand("codebooks", "Train a model's codebooks.bin");
  command->add_option("--model", options->model_dir, "Model directory");
  command->add_option("--text", options->folders, "Folders of text")->required();
  command->add_option("--rows", options->rows, "Chunks of each folder, at most");
  command->add_option("--code-bytes", options->code_bytes, "Lengths, stages and scale included");
  command->add_option("--stages", options->stages, "Of every code");
  command->add_option("--out", options->out, "File to write")->required();
  command->callback([=] { *status = TrainCodebooksOfModel(*options); });
}

}  // namespace
}  // namespace seekd::train

int main(int argc, char** argv) {
  CLI::App app("Trains what ships with a model", "seekd-train");
  app.require_subcommand(1);
  absl::Status status;
  seekd::train::CodebookOptions codebooks;
  seekd::train::AddCodebooks(&app, &codebooks, &status);
  CLI11_PARSE(app, argc, argv);
  if (status.ok()) return 0;
  std::cerr << "seekd-train: " << status.message() << "\n";
  return 1;
}
