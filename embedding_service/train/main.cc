// seekd-train: makes models, and what ships with them, out of text (docs/training.md).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "embedding_service/train/commands.h"
#include "embedding_service/train/judge.h"
#include "embedding_service/train/train_codebooks.h"

namespace seekd::train {
namespace {

void AddCodebooksCommand(CLI::App* app, absl::Status* status) {
  CLI::App* command = app->add_subcommand("codebooks", "Train a model's codebooks.bin");
  const auto options = std::make_shared<CodebookOptions>();
  command->add_option("--model", options->model_dir, "Model directory");
  command->add_option("--text", options->folders, "Folders of text")->required();
  command->add_option("--rows", options->rows, "Chunks of each folder, at most");
  command->add_option("--code-bytes", options->code_bytes, "Lengths, stages and scale included");
  command->add_option("--stages", options->stages, "Of every code");
  command->add_option("--out", options->out, "File to write")->required();
  command->callback([=] { *status = TrainCodebooksOfModel(*options); });
}

absl::Status Judge(const JudgeOptions& options) {
  const absl::StatusOr<std::vector<Judgement>> judgements = JudgeModel(options);
  if (!judgements.ok()) return judgements.status();
  std::printf("%-20s %7s %7s %7s %7s\n", "nDCG@10", "queries", "model", "BM25", "sum");
  for (const Judgement& of : *judgements) {
    std::printf("%-20s %7d %7.3f %7.3f %7.3f\n", of.collection.c_str(),
                static_cast<int>(of.queries), of.model, of.bm25, of.sum);
  }
  return absl::OkStatus();
}

void AddJudgeCommand(CLI::App* app, absl::Status* status) {
  CLI::App* command = app->add_subcommand("judge", "What a model finds in test collections");
  const auto options = std::make_shared<JudgeOptions>();
  command->add_option("--model", options->model_dir, "Model directory");
  command->add_option("--collections", options->collections, "Folders")->required();
  command->add_option("--document-tokens", options->document_tokens, "What is beyond is cut off");
  command->add_option("--queries", options->queries, "Of each, at most; 0: all");
  command->add_option("--dim", options->dim, "First components of the rows; 0: all");
  command->add_option("--threads", options->threads);
  command->callback([=] { *status = Judge(*options); });
}

}  // namespace
}  // namespace seekd::train

int main(int argc, char** argv) {
  CLI::App app("Makes models and what ships with them out of text", "seekd-train");
  app.require_subcommand(1);
  absl::Status status;
  seekd::train::AddVocabularyCommand(&app, &status);
  seekd::train::AddPairsCommand(&app, &status);
  seekd::train::AddAverageCommand(&app, &status);
  seekd::train::AddTableCommand(&app, &status);
  seekd::train::AddTransformerCommand(&app, &status);
  seekd::train::AddJudgeCommand(&app, &status);
  seekd::train::AddCodebooksCommand(&app, &status);
  CLI11_PARSE(app, argc, argv);
  if (status.ok()) return 0;
  std::cerr << "seekd-train: " << status.message() << "\n";
  return 1;
}
