// seek recall: the default search against the truth.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands.h"
#include "client/json_lines.h"
#include "client/metrics.h"
#include "client/progress_display.h"
#include "client/resource_names.h"
#include "client/search_options.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

using Clock = std::chrono::steady_clock;

// Bounds of one exhaustive search: texts of the API, scores and bytes of the
// daemon's message limit.
constexpr size_t kMaxTruthTexts = 10'000;
constexpr size_t kMaxTruthScores = 1'000'000;
constexpr size_t kMaxTruthBytes = 8 << 20;

struct RecallArguments {
  std::string queries;
  int top_k = 3;
  size_t limit = 0;
  SearchFlags flags;
};

struct RecallFigures {
  std::vector<double> recall, cost, latency_ms;
};

class RecallMeasurement {
 public:
  RecallMeasurement(Cli* cli, const RecallArguments& arguments)
      : cli_(cli), arguments_(arguments), display_(cli->output.get()) {}

  absl::StatusOr<ExitCode> Run() {
    std::ifstream file(arguments_.queries);
    queries_ = ReadQueryTexts(file);
    if (arguments_.limit > 0 && queries_.size() > arguments_.limit)
      queries_.resize(arguments_.limit);
    if (queries_.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(arguments_.queries, ": expected one query a line, found none"));
    }
    ABSL_ASSIGN_OR_RETURN(const auto client, cli_->Connect());
    ABSL_RETURN_IF_ERROR(FindTruth(*client));
    RecallFigures figures;
    for (size_t i = 0; i < queries_.size(); ++i) {
      ABSL_RETURN_IF_ERROR(Measure(*client, i, &figures));
      display_.ShowItems("searching", "queries", i + 1, queries_.size());
    }
    display_.Clear();
    Print(figures);
    return ExitCode::kOk;
  }

 private:
  // How many queries from `begin` on fit into one exhaustive search.
  size_t TruthBatch(size_t begin) const {
    const size_t most = std::min(kMaxTruthTexts, kMaxTruthScores / arguments_.top_k);
    size_t bytes = 0;
    size_t count = 0;
    while (begin + count < queries_.size() && count < most) {
      bytes += queries_[begin + count].size() + 8;
      if (bytes > kMaxTruthBytes && count > 0) break;
      ++count;
    }
    return count;
  }

  absl::Status FindTruth(Client& client) {
    while (truth_.size() < queries_.size()) {
      display_.ShowItems("truth", "queries", truth_.size(), queries_.size());
      const size_t begin = truth_.size();
      const size_t count = TruthBatch(begin);
      v1::ExhaustiveSearchRequest request;
      request.set_parent(cli_->collection_name());
      request.set_top_k(arguments_.top_k);
      for (size_t i = begin; i < begin + count; ++i) request.add_texts(queries_[i]);
      ABSL_ASSIGN_OR_RETURN(const v1::ExhaustiveSearchResponse response,
                            client.ExhaustiveSearch(request));
      if (static_cast<size_t>(response.answers_size()) != count) {
        return absl::InternalError(absl::StrCat("expected ", count, " exhaustive answers, found ",
                                                response.answers_size()));
      }
      for (const auto& answer : response.answers()) truth_.push_back(ChunksOf(answer));
    }
    return absl::OkStatus();
  }

  static std::vector<RankedChunk> ChunksOf(const v1::ExhaustiveSearchResponse::Answer& answer) {
    std::vector<RankedChunk> chunks;
    for (const auto& chunk : answer.chunks()) chunks.push_back({chunk.chunk_id(), chunk.score()});
    return chunks;
  }

  absl::Status Measure(Client& client, size_t query, RecallFigures* figures) {
    v1::SearchRequest request;
    request.set_parent(cli_->collection_name());
    request.set_text(queries_[query]);
    request.set_top_k(arguments_.top_k);
    arguments_.flags.Apply(&request);
    request.mutable_tuning()->set_disable_cache(true);
    const auto start = Clock::now();
    ABSL_ASSIGN_OR_RETURN(const v1::SearchResponse response, client.Search(request));
    const std::chrono::duration<double, std::milli> latency = Clock::now() - start;
    std::vector<RankedChunk> found;
    for (const v1::Hit& hit : response.hits()) {
      // An estimate proves nothing: such a hit is right by its id alone.
      constexpr float kNoScore = -std::numeric_limits<float>::infinity();
      found.push_back({ChunkIdOf(hit.chunk()), hit.score_estimated() ? kNoScore : hit.score()});
    }
    figures->recall.push_back(ChunkRecall(found, truth_[query]));
    figures->cost.push_back(
        static_cast<double>(response.stats().recomputed() + response.stats().cache_hits()));
    figures->latency_ms.push_back(latency.count());
    return absl::OkStatus();
  }

  void Print(const RecallFigures& figures) {
    Output& output = *cli_->output;
    const Json json = {{"queries", queries_.size()},
                       {"recall", Mean(figures.recall)},
                       {"recomputed_mean", Mean(figures.cost)},
                       {"recomputed_p50", Percentile(figures.cost, 50)},
                       {"recomputed_p95", Percentile(figures.cost, 95)},
                       {"latency_ms_p50", Percentile(figures.latency_ms, 50)},
                       {"latency_ms_p95", Percentile(figures.latency_ms, 95)}};
    if (output.json()) {
      output.WriteJson(json);
      return;
    }
    output.WriteLine(absl::StrFormat("%d queries: Recall@%d %.4f", queries_.size(),
                                     arguments_.top_k, Mean(figures.recall)));
    output.WriteLine(absl::StrFormat("recomputed per query: mean %.1f, p50 %.0f, p95 %.0f",
                                     Mean(figures.cost), Percentile(figures.cost, 50),
                                     Percentile(figures.cost, 95)));
    output.WriteLine(absl::StrFormat("latency: p50 %.2f ms, p95 %.2f ms",
                                     Percentile(figures.latency_ms, 50),
                                     Percentile(figures.latency_ms, 95)));
  }

  Cli* const cli_;
  const RecallArguments& arguments_;
  std::vector<std::string> queries_;
  std::vector<std::vector<RankedChunk>> truth_;  // of each query
  ProgressDisplay display_;
};

}  // namespace

void AddRecallCommand(CLI::App& app, Cli& cli) {
  auto arguments = std::make_shared<RecallArguments>();
  CLI::App* recall =
      app.add_subcommand("recall", "Measure Recall@k, cost and latency against the exact truth");
  recall
      ->add_option("--queries", arguments->queries,
                   "One query a line: plain text, or JSON {\"text\"}")
      ->required()
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  recall->add_option("-k,--top-k", arguments->top_k, "The k of Recall@k (default: 3)")
      ->check(CLI::Range(1, 1000));
  recall->add_option("--limit", arguments->limit, "Only the first N queries")->type_name("N");
  AddSearchFlags(recall, &arguments->flags);
  recall->callback([&cli, arguments] {
    cli.run = [arguments](Cli& c) { return RecallMeasurement(&c, *arguments).Run(); };
  });
}

}  // namespace seekd::client
