// seekd-bench: what search costs, on embeddings at hand (docs/benchmarks.md).
#include <CLI/CLI.hpp>
#include <iostream>

#include "tests/bench/seekd_bench/commands.h"

int main(int argc, char** argv) {
  CLI::App app("Measures seekd's search on the embeddings of a real collection", "seekd-bench");
  app.require_subcommand(1);
  absl::Status status;

  seekd::bench::EmbedOptions embed;
  CLI::App* embed_command = app.add_subcommand("embed", "Write a collection's embeddings to files");
  embed_command->add_option("--data", embed.data_dir, "Data directory of a stopped daemon")
      ->required();
  embed_command->add_option("-c,--collection", embed.collection, "Its name")->required();
  embed_command->add_option("--queries", embed.queries, "One a line")->required();
  embed_command->add_option("--model", embed.model_dir, "Model directory");
  embed_command->add_option("--pseudo-queries", embed.pseudo_queries, "For the calibration");
  embed_command->add_option("--out", embed.out, "Folder to write to")->required();
  embed_command->callback([&] { status = seekd::bench::Embed(embed); });

  seekd::bench::DialOptions dial;
  CLI::App* dial_command =
      app.add_subcommand("dial", "Cost of a search by the share of the text that the index takes");
  dial_command->add_option("--vectors", dial.vectors, "Folder that embed wrote")->required();
  dial_command->add_option("--nodes", dial.nodes, "Only N chunks, evenly spaced");
  dial_command->add_option("--text-bytes", dial.text_bytes_per_chunk, "Bytes of text per chunk");
  dial_command->add_option("--shares", dial.shares, "Index sizes, as shares of the text");
  dial_command->add_option("-k", dial.top_k, "Hits asked for");
  dial_command->add_option("--targets", dial.targets, "Recall targets");
  dial_command->add_option("--build-bytes", dial.build_bytes, "Embeddings held at once by a build");
  dial_command->add_flag("--random-shards", dial.random_shards, "Ablation");
  dial_command->add_option("--work", dial.work, "Folder for the indexes")->required();
  dial_command->callback([&] { status = seekd::bench::Dial(dial); });

  seekd::bench::RefitOptions refit;
  CLI::App* refit_command =
      app.add_subcommand("refit", "Calibrate an index anew and measure every target");
  refit_command->add_option("--vectors", refit.vectors, "Folder that embed wrote")->required();
  refit_command->add_option("--generation", refit.generation, "Its gen-N folder")->required();
  refit_command->add_option("-k", refit.top_k, "Hits asked for");
  refit_command->add_option("--targets", refit.targets, "Recall targets");
  refit_command->callback([&] { status = seekd::bench::Refit(refit); });

  seekd::bench::HotOptions hot;
  CLI::App* hot_command = app.add_subcommand("hot", "What a hot cache saves, by its size");
  hot_command->add_option("--vectors", hot.vectors, "Folder that embed wrote")->required();
  hot_command->add_option("--generation", hot.generation, "Its gen-N folder")->required();
  hot_command->add_option("-k", hot.top_k, "Hits asked for");
  hot_command->add_option("--target", hot.target, "Recall target");
  hot_command->add_option("--shares", hot.shares, "Rows held, as shares of the nodes");
  hot_command->callback([&] { status = seekd::bench::HotCurve(hot); });

  CLI11_PARSE(app, argc, argv);
  if (status.ok()) return 0;
  std::cerr << "seekd-bench: " << status.message() << "\n";
  return 1;
}
