// corpus_search: from a folder to answers in one process, without gRPC: how fast a model on a
// device indexes, and what a search costs with recomputation there.
//
// usage: corpus_search --corpus FOLDER --queries FILE --data NEW_FOLDER [--model DIR] [--device D]
//        [--precision P] [--threads N] [-k N] [--questions N]
//
// Without --model: random weights in the shape of all-MiniLM-L6, which find nothing sensible but
// cost the same.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/collection/engine.h"
#include "core/collection/run_sync.h"
#include "embedding_service/embedding_service.h"
#include "tests/bench/bench_models.h"

namespace seekd::bench {
namespace {

struct Options {
  std::string corpus;
  std::string queries;
  std::string data;
  std::string model;
  std::string device = "auto";
  std::string precision = "auto";
  uint32_t threads = 0;
  uint32_t top_k = 3;
  uint32_t questions = UINT32_MAX;
};

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double At(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[static_cast<size_t>(share * (values.size() - 1))];
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

// A figure of each question.
struct Series {
  std::vector<double> total_ms, query_ms, encode_ms, plan_ms, rows, rounds;

  void Add(const QueryStats& stats) {
    total_ms.push_back(static_cast<double>(stats.total_us) / 1e3);
    query_ms.push_back(static_cast<double>(stats.embed_query_us) / 1e3);
    encode_ms.push_back(static_cast<double>(stats.search.encode.encode_us) / 1e3);
    plan_ms.push_back(static_cast<double>(stats.search.plan_us) / 1e3);
    rows.push_back(stats.search.recomputed);
    rounds.push_back(stats.search.rounds);
  }
  void Print(const std::string& name) const {
    std::cout << absl::StrFormat(
                     "%s: %d questions, p50 %.2f ms, p95 %.2f ms, mean %.2f ms; rows %.1f, rounds "
                     "%.2f, question %.2f ms, encoding %.2f ms, plan %.2f ms",
                     name, total_ms.size(), At(total_ms, 0.5), At(total_ms, 0.95), Mean(total_ms),
                     Mean(rows), Mean(rounds), Mean(query_ms), Mean(encode_ms), Mean(plan_ms))
              << std::endl;
  }
};

std::vector<std::string> ReadLines(const std::string& path, uint32_t most) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; lines.size() < most && std::getline(file, line);) {
    lines.push_back(line);
  }
  return lines;
}

absl::StatusOr<Series> Ask(Collection* collection, const std::vector<std::string>& questions,
                           const SearchOptions& options) {
  Series series;
  for (const std::string& question : questions) {
    SearchQuery query;
    query.text = question;
    query.options = options;
    ABSL_ASSIGN_OR_RETURN(const QueryResult result, RunSync(collection->Search(std::move(query))));
    series.Add(result.stats);
  }
  return series;
}

absl::Status Index(Collection* collection, const EmbeddingService& service,
                   const std::string& corpus) {
  const auto begin = std::chrono::steady_clock::now();
  ABSL_ASSIGN_OR_RETURN(const IndexReport report,
                        collection->IndexFolder(corpus, nullptr, [](const IndexProgress&) {}));
  const double seconds = Seconds(begin);
  ABSL_ASSIGN_OR_RETURN(const CollectionLedger ledger, collection->Ledger());
  const QueueCounters counters = service.counters();
  std::cout
      << absl::StrFormat(
             "indexed: %.1f s, %d documents, %d chunks embedded (%.0f/s), text %d bytes, index "
             "%d bytes; encoder %.1f s in %d batches of %.0f tokens, %.0f tokens/s in them",
             seconds, report.added, report.chunks_embedded, report.chunks_embedded / seconds,
             ledger.text_bytes, ledger.index_bytes, counters.encode_us / 1e6, counters.batches,
             1.0 * counters.batch_tokens / std::max<uint64_t>(counters.batches, 1),
             1e6 * counters.batch_tokens / std::max<uint64_t>(counters.encode_us, 1))
      << std::endl;
  return absl::OkStatus();
}

absl::Status Run(const Options& options) {
  std::unique_ptr<RandomModel> random;
  if (options.model.empty()) random = std::make_unique<RandomModel>(kMiniLm);
  EmbeddingOptions embedding;
  embedding.threads = static_cast<int>(options.threads);
  embedding.device = ParseDevice(options.device);
  embedding.precision = ParsePrecision(options.precision);
  embedding.precision_profile = options.data + ".precision.json";
  embedding.cache_bytes = 0;
  embedding.warn = [](const std::string& message) { std::cerr << message << std::endl; };
  const auto begin = std::chrono::steady_clock::now();
  ABSL_ASSIGN_OR_RETURN(const auto service,
                        EmbeddingService::Start(random ? random->dir() : options.model, embedding));
  std::cout << absl::StrFormat("encoder on %s, loaded in %.1f s", service->device(), Seconds(begin))
            << std::endl;
  CollectionOptions settings;
  settings.threads = options.threads;
  SingleModel models(service.get());
  ABSL_ASSIGN_OR_RETURN(const auto engine, Engine::Open(options.data, &models, settings));
  ABSL_ASSIGN_OR_RETURN(const auto collection, engine->Create("default"));
  ABSL_RETURN_IF_ERROR(Index(collection.get(), *service, options.corpus));
  const auto questions = ReadLines(options.queries, options.questions);
  SearchOptions search;
  search.top_k = options.top_k;
  search.use_cache = false;
  for (const auto& [strategy, name] :
       {std::pair{Strategy::kFrugal, "warm-up"}, std::pair{Strategy::kFrugal, "frugal"},
        std::pair{Strategy::kFlat, "flat"}}) {
    search.strategy = strategy;
    ABSL_ASSIGN_OR_RETURN(const Series series, Ask(collection.get(), questions, search));
    series.Print(name);
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace seekd::bench

int main(int argc, char** argv) {
  seekd::bench::Options options;
  CLI::App app("Indexes a folder and asks questions, with a model on a device");
  app.add_option("--corpus", options.corpus, "Folder")->required();
  app.add_option("--queries", options.queries, "One a line")->required();
  app.add_option("--data", options.data, "New data folder")->required();
  app.add_option("--model", options.model, "Model folder");
  app.add_option("--device", options.device, "auto, cpu, cuda, cuda:N or mps");
  app.add_option("--precision", options.precision, "auto, fp32, bf16, fp16 or int8");
  app.add_option("--threads", options.threads, "0: all cores");
  app.add_option("-k", options.top_k, "Hits asked for");
  app.add_option("--questions", options.questions, "Only the first N");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = seekd::bench::Run(options);
  if (!status.ok()) std::cerr << status << std::endl;
  return status.ok() ? 0 : 1;
}
