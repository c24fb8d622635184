#include <iostream>
#include <memory>

#include "embedding_service/train/commands.h"
#include "embedding_service/train/train_table.h"
#include "embedding_service/train/train_transformer.h"

namespace seekd::train {
namespace {

void AddLimits(CLI::App* command, TokenLimits* limits) {
  command->add_option("--query-tokens", limits->query, "Longest query");
  command->add_option("--passage-tokens", limits->passage, "Longest passage");
}

void AddTraining(CLI::App* command, ContrastiveOptions* training) {
  command->add_option("--batch", training->batch, "Pairs");
  command->add_option("--steps", training->steps, "0: by --epochs");
  command->add_option("--epochs", training->epochs, "Of all pairs");
  command->add_option("--seconds", training->seconds, "Of training; 0: by --steps");
  command->add_option("--rate", training->rate, "Of Adam, at its highest");
  command->add_option("--warmup", training->warmup, "Share of the training");
  command->add_option("--weight-decay", training->weight_decay);
  command->add_option("--max-gradient", training->max_gradient, "Norm; 0: no limit");
  command->add_option("--scale", training->loss.scale, "Of the cosines");
  command->add_option("--mining-steps", training->mining_steps,
                      "Between two searches for hard negatives; 0: none");
  command->add_option("--mining-pool", training->mining_pool, "Pairs");
  command->add_option("--mining-margin", training->mining_margin, "Of the right one's cosine");
  command->add_option("--seed", training->seed);
  command->add_option("--threads", training->threads, "Of the CPU");
}

absl::Status Report(const absl::StatusOr<TrainingSummary>& summary, const std::string& out) {
  if (!summary.ok()) return summary.status();
  std::cout << out << ": " << summary->steps << " steps, loss " << summary->first_loss << " to "
            << summary->last_loss << std::endl;
  return absl::OkStatus();
}

}  // namespace

void AddTableCommand(CLI::App* app, absl::Status* status) {
  CLI::App* command = app->add_subcommand("table", "Train a static token table");
  const auto options = std::make_shared<TableOptions>();
  options->training.rate = 3e-3;
  command->add_option("--pairs", options->pairs, "Files")->required();
  command->add_option("--tokenizer", options->tokenizer_dir, "Folder of the vocabulary");
  command->add_option("--init", options->init_dir, "Model to go on from");
  command->add_option("--out", options->out, "Folder")->required();
  command->add_option("--dim", options->dim, "Components of a row, without --init");
  command->add_option("--prefix-dims", options->prefix_dims, "That shall stand alone");
  command->add_option("--prefix-weight", options->prefix_weight, "Of each in the loss");
  command->add_option("--frequency", options->frequency, "Where weights fall off, without --init");
  command->add_option("--device", options->device, "cpu or cuda");
  AddLimits(command, &options->limits);
  AddTraining(command, &options->training);
  command->callback([=] { *status = Report(TrainTable(*options), options->out); });
}

void AddTransformerCommand(CLI::App* app, absl::Status* status) {
  CLI::App* command = app->add_subcommand("transformer", "Train a small BERT-shaped transformer");
  const auto options = std::make_shared<TransformerOptions>();
  options->training.rate = 5e-4;
  options->training.weight_decay = 0.01;
  options->training.max_gradient = 1;
  command->add_option("--pairs", options->pairs, "Files")->required();
  command->add_option("--tokenizer", options->tokenizer_dir, "Folder of the vocabulary");
  command->add_option("--table", options->table_dir, "Static model to take words from");
  command->add_option("--table-gain", options->table_gain, "Deviation of its rows, in others'");
  command->add_option("--out", options->out, "Folder")->required();
  command->add_option("--dim", options->shape.dim, "Components of a row");
  command->add_option("--layers", options->shape.layers);
  command->add_option("--heads", options->shape.heads);
  command->add_option("--intermediate", options->shape.intermediate);
  command->add_option("--positions", options->shape.max_positions);
  command->add_option("--device", options->device, "cpu or cuda");
  AddLimits(command, &options->limits);
  AddTraining(command, &options->training);
  command->callback([=] { *status = Report(TrainTransformer(*options), options->out); });
}

}  // namespace seekd::train
