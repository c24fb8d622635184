// seekd-bench: what search costs, on embeddings at hand (docs/benchmarks.md).
#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

#include "absl/strings/str_join.h"
#include "tests/bench/seekd_bench/commands.h"

namespace seekd::bench {
namespace {

struct Parsed {
  EmbedOptions embed;
  DialOptions dial;
  GrowthOptions growth;
  CalibrationOptions calibration;
  BaselineOptions baselines;
  CurveOptions curves;
  CodeKindOptions code_kinds;
  AblateOptions ablate;
  HotOptions hot;
  OverlapOptions overlap;
  std::string command_line;
  absl::Status status;
};

// A subcommand over embeddings at hand, with the options that all of them share.
template <typename Options>
CLI::App* AddMeasurement(CLI::App* app, const char* name, const char* what, Options* options,
                         absl::Status (*run)(const Options&, Report*), Parsed* parsed) {
  CLI::App* command = app->add_subcommand(name, what);
  BenchInput* input = &options->input;
  command->add_option("--vectors", input->vectors, "Folder that embed wrote")->required();
  command->add_option("--nodes", input->nodes, "Only N chunks, evenly spaced");
  command->add_option("--queries", input->queries, "Only N queries, evenly spaced");
  command->add_option("--text-bytes", input->text_bytes_per_chunk, "Bytes of text per chunk");
  command->add_option("--work", input->work, "Folder for the indexes")->required();
  command->add_option("--json", input->json, "File for the tables as JSON");
  command->add_option("--codebooks", input->codebooks, "The model's codebooks.bin");
  command->callback([=] {
    Report report(parsed->command_line, &std::cout);
    parsed->status = run(*options, &report);
    // What was measured before an error is kept.
    parsed->status.Update(report.WriteJson(input->json));
  });
  return command;
}

void AddEmbed(CLI::App* app, Parsed* parsed) {
  EmbedOptions* options = &parsed->embed;
  CLI::App* command = app->add_subcommand("embed", "Write a collection's embeddings to files");
  command->add_option("--data", options->data_dir, "Data directory of a stopped daemon")
      ->required();
  command->add_option("-c,--collection", options->collection, "Its name")->required();
  command->add_option("--queries", options->queries, "One a line")->required();
  command->add_option("--model", options->model_dir, "Model directory");
  command->add_option("--pseudo-queries", options->pseudo_queries, "For the calibration");
  command->add_option("--out", options->out, "Folder to write to")->required();
  command->callback([=] { parsed->status = Embed(*options); });
}

void AddOverlap(CLI::App* app, Parsed* parsed) {
  OverlapOptions* options = &parsed->overlap;
  CLI::App* command = app->add_subcommand("overlap", "Several searches at once; stages of one");
  command->add_option("--data", options->data_dir, "Data directory of a stopped daemon")
      ->required();
  command->add_option("-c,--collection", options->collection, "Its name")->required();
  command->add_option("--queries", options->queries, "One a line")->required();
  command->add_option("--model", options->model_dir, "Model directory");
  command->add_option("--work", options->work, "Folder for a model")->required();
  command->add_option("--json", options->json, "File for the tables as JSON");
  command->add_option("--encoders", options->encoders, "default, bert, slow");
  command->add_option("--call-ms", options->call_ms, "Of a batch of the slow encoder");
  command->add_option("--row-ms", options->row_ms, "Of a row of the slow encoder");
  command->add_option("--clients", options->clients, "At a time");
  command->add_option("--searches", options->searches, "Of each client");
  command->add_option("--gates", options->gates, "Longest waits for the searches just answered");
  command->add_option("--stage-searches", options->stage_searches, "Of one client; 0: no stages");
  command->add_option("--turns", options->turns, "How often all is measured");
  command->add_option("-k", options->top_k, "Hits asked for");
  command->add_option("--target", options->target, "Recall target");
  command->callback([=] {
    Report report(parsed->command_line, &std::cout);
    parsed->status = Overlap(*options, &report);
    parsed->status.Update(report.WriteJson(options->json));
  });
}

void AddDefaultIndex(CLI::App* app, Parsed* parsed) {
  DialOptions* dial = &parsed->dial;
  CLI::App* command =
      AddMeasurement(app, "dial", "Cost of a search by the share of the text that the index takes",
                     dial, &Dial, parsed);
  command->add_option("--shares", dial->shares, "Index sizes, as shares of the text");
  command->add_option("--generations", dial->generations,
                      "These gen-N folders over the same chunks instead of new indexes");
  command->add_flag("--refit", dial->refit, "Calibrate these anew first");
  command->add_option("--degrees", dial->degrees,
                      "Links of an ordinary node, instead of what the daemon chooses; 0: none");
  command->add_option("--build-bytes", dial->build_bytes, "Embeddings held at once by a build");
  command->add_flag("--random-shards", dial->random_shards, "Ablation");
  command->add_option("-k", dial->top_k, "Hits asked for");
  command->add_option("--targets", dial->targets, "Recall targets");

  GrowthOptions* growth = &parsed->growth;
  command = AddMeasurement(app, "growth", "Cost of a search by the size of the collection", growth,
                           &Growth, parsed);
  command->add_option("--share", growth->input.share, "Index size, as a share of the text");
  command->add_option("--sizes", growth->sizes, "Chunks");
  command->add_option("-k", growth->top_k, "Hits asked for");
  command->add_option("--target", growth->target, "Recall target");

  CalibrationOptions* calibration = &parsed->calibration;
  command = AddMeasurement(app, "calibration", "Whether recall targets are kept, and at what cost",
                           calibration, &Calibration, parsed);
  command->add_option("--share", calibration->input.share, "Index size, as a share of the text");
  command->add_option("--generation", calibration->input.generation,
                      "This gen-N folder over the same chunks instead of a new index");
  command->add_flag("--refit", calibration->refit, "Calibrate it anew first");
  command->add_option("-k", calibration->top_k, "Hits asked for");
  command->add_option("--targets", calibration->targets, "Recall targets");

  HotOptions* hot = &parsed->hot;
  command =
      AddMeasurement(app, "hot", "What a hot cache saves, by its size", hot, &HotCurve, parsed);
  command->add_option("--share", hot->input.share, "Index size, as a share of the text");
  command->add_option("--generation", hot->input.generation,
                      "This gen-N folder over the same chunks instead of a new index");
  command->add_option("-k", hot->top_k, "Hits asked for");
  command->add_option("--target", hot->target, "Recall target");
  command->add_option("--held", hot->held, "Rows held, as shares of the nodes");
}

void AddComparisons(CLI::App* app, Parsed* parsed) {
  BaselineOptions* baselines = &parsed->baselines;
  CLI::App* command = AddMeasurement(app, "baselines", "Other indexes over the same vectors",
                                     baselines, &Baselines, parsed);
  command->add_option("--share", baselines->input.share, "seekd's index, as a share of the text");
  command->add_option("--generation", baselines->input.generation,
                      "This gen-N folder over the same chunks instead of a new index");
  command->add_option("-k", baselines->top_k, "Hits asked for");
  command->add_option("--target", baselines->target, "Recall to compare at");
  command->add_option("--code-bytes", baselines->code_bytes, "Of PQ codes");
  command->add_option("--only", baselines->only,
                      "seekd, int8, int4, sign, pq, ivf, ivf-disk, ivf-recompute, disk-graph, "
                      "hnsw");

  CurveOptions* curves = &parsed->curves;
  command = AddMeasurement(app, "curves", "Cost for each recall: strategies, graphs, code lengths",
                           curves, &Curves, parsed);
  command->add_option("--share", curves->input.share, "Decides the pruned graph's degrees");
  command->add_option("-k", curves->top_k, "Hits asked for");
  command->add_option("--code-bytes", curves->code_bytes, "Code lengths");
  command->add_option("--recalls", curves->recalls, "Recalls to reach");

  CodeKindOptions* kinds = &parsed->code_kinds;
  command = AddMeasurement(app, "codes", "Kinds of codes of the same number of bytes", kinds,
                           &CodeKinds, parsed);
  command->add_option("-k", kinds->top_k, "Hits asked for");
  command->add_option("--code-bytes", kinds->code_bytes, "Code lengths, the scale included");
  command->add_option("--recalls", kinds->recalls, "Recalls to reach");
  command->add_option("--kinds", kinds->kinds,
                      "pq, stages-1 to stages-4, opq, rabitq, sign, own, shared; all by default");

  AblateOptions* ablate = &parsed->ablate;
  command = AddMeasurement(app, "ablate", "Which edges to keep, batches, who is visited", ablate,
                           &Ablate, parsed);
  command->add_option("--share", ablate->input.share, "Decides the pruned graph's degrees");
  command->add_option("-k", ablate->top_k, "Hits asked for");
  command->add_option("--target", ablate->target, "Recall to reach");
  command->add_option("--code-bytes", ablate->code_bytes, "Code length");
  command->add_option("--degree", ablate->degree, "Links of an ordinary node instead");
}

}  // namespace
}  // namespace seekd::bench

int main(int argc, char** argv) {
  CLI::App app("Measures seekd's search on the embeddings of a real collection", "seekd-bench");
  app.require_subcommand(1);
  seekd::bench::Parsed parsed;
  parsed.command_line = absl::StrJoin(argv + 1, argv + argc, " ");
  seekd::bench::AddEmbed(&app, &parsed);
  seekd::bench::AddOverlap(&app, &parsed);
  seekd::bench::AddDefaultIndex(&app, &parsed);
  seekd::bench::AddComparisons(&app, &parsed);
  CLI11_PARSE(app, argc, argv);
  if (parsed.status.ok()) return 0;
  std::cerr << "seekd-bench: " << parsed.status.message() << "\n";
  return 1;
}
