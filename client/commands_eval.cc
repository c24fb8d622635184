// seek eval: retrieval quality on a judged query set.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands.h"
#include "client/json_lines.h"
#include "client/metrics.h"
#include "client/progress_display.h"
#include "client/search_options.h"
#include "client/terminal_text.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

using Clock = std::chrono::steady_clock;

// Recall is measured at this depth; the API returns at most kMaxTopK chunks.
constexpr size_t kDepth = 100;
constexpr int kMaxTopK = 1000;

struct EvalArguments {
  std::string queries;
  std::string judgements;
  size_t limit = 0;
  int top_k = 150;
  SearchFlags flags;
};

struct EvalFigures {
  std::vector<double> ndcg, hit, recall, latency_ms;
};

// Documents by their best chunk, in the order of the hits.
std::vector<std::string> RankDocuments(const v1::SearchResponse& response) {
  std::vector<std::string> ranked;
  std::set<std::string> seen;
  const auto add = [&](const std::string& document) {
    if (seen.insert(document).second) ranked.push_back(document);
  };
  for (const v1::Hit& hit : response.hits()) {
    add(hit.document_id());
    for (const std::string& document : hit.also_in()) add(document);
  }
  return ranked;
}

class Evaluation {
 public:
  Evaluation(Cli* cli, const EvalArguments& arguments)
      : cli_(cli), arguments_(arguments), top_k_(arguments.top_k), display_(cli->output.get()) {}

  absl::StatusOr<ExitCode> Run() {
    ABSL_RETURN_IF_ERROR(ReadFiles());
    ABSL_ASSIGN_OR_RETURN(const auto client, cli_->Connect());
    // The channel connects with its first call, which is not to be measured.
    ABSL_RETURN_IF_ERROR(client->CheckApiVersion());
    EvalFigures figures;
    for (size_t i = 0; i < queries_.size(); ++i) {
      ABSL_RETURN_IF_ERROR(Measure(*client, queries_[i], &figures));
      display_.ShowItems("searching", "queries", i + 1, queries_.size());
    }
    display_.Clear();
    Print(figures);
    return ExitCode::kOk;
  }

 private:
  absl::Status ReadFiles() {
    std::ifstream queries(arguments_.queries);
    ABSL_ASSIGN_OR_RETURN(std::vector<EvalQuery> all, ReadQueries(queries, arguments_.queries));
    std::ifstream judgements(arguments_.judgements);
    ABSL_ASSIGN_OR_RETURN(judgements_, ReadJudgements(judgements, arguments_.judgements));
    if (arguments_.limit > 0 && all.size() > arguments_.limit) all.resize(arguments_.limit);
    for (EvalQuery& query : all) {
      const auto judged = judgements_.find(query.id);
      if (judged != judgements_.end() && HasRelevant(judged->second)) {
        queries_.push_back(std::move(query));
      }
    }
    if (!queries_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "expected judged queries, found none: ", all.size(), " queries in ", arguments_.queries,
        ", none with a relevant document in ", arguments_.judgements));
  }

  // Asks for more chunks until they name kDepth documents; the latency is that of
  // the search whose answer counts. What one query needed, the next begins with.
  absl::Status Measure(Client& client, const EvalQuery& query, EvalFigures* figures) {
    v1::SearchRequest request;
    request.set_parent(cli_->collection_name());
    request.set_text(query.text);
    arguments_.flags.Apply(&request);
    for (;; top_k_ = std::min(2 * top_k_, kMaxTopK)) {
      request.set_top_k(top_k_);
      const auto start = Clock::now();
      ABSL_ASSIGN_OR_RETURN(const v1::SearchResponse response, client.Search(request));
      const std::chrono::duration<double, std::milli> latency = Clock::now() - start;
      const std::vector<std::string> ranked = RankDocuments(response);
      const bool exhausted = response.hits_size() < top_k_ || top_k_ == kMaxTopK;
      if (ranked.size() < kDepth && !exhausted) continue;
      Add(ranked, judgements_.at(query.id), latency.count(), figures);
      return absl::OkStatus();
    }
  }

  static void Add(const std::vector<std::string>& ranked, const Judgements& judged,
                  double latency_ms, EvalFigures* figures) {
    figures->ndcg.push_back(NormalizedDcg(ranked, judged, 10));
    figures->hit.push_back(HitAtOne(ranked, judged) ? 1 : 0);
    figures->recall.push_back(RecallAt(ranked, judged, kDepth));
    figures->latency_ms.push_back(latency_ms);
  }

  void Print(const EvalFigures& figures) {
    Output& output = *cli_->output;
    const double ndcg = Mean(figures.ndcg);
    const double hit = Mean(figures.hit);
    const double recall = Mean(figures.recall);
    const double latency = Mean(figures.latency_ms);
    if (output.json()) {
      output.WriteJson({{"queries", queries_.size()},
                        {"ndcg_at_10", ndcg},
                        {"hit_at_1", hit},
                        {"recall_at_100", recall},
                        {"latency_ms_mean", latency}});
      return;
    }
    output.WriteLine(absl::StrFormat(
        "%d queries: nDCG@10 %.4f, hit@1 %.4f, recall@100 %.4f, mean latency %.2f ms",
        queries_.size(), ndcg, hit, recall, latency));
  }

  Cli* const cli_;
  const EvalArguments& arguments_;
  std::vector<EvalQuery> queries_;
  std::map<std::string, Judgements> judgements_;
  int top_k_;
  ProgressDisplay display_;
};

}  // namespace

void AddEvalCommand(CLI::App& app, Cli& cli) {
  auto arguments = std::make_shared<EvalArguments>();
  CLI::App* eval = app.add_subcommand("eval", "Measure nDCG@10, hit@1 and recall@100");
  eval->add_option("--queries", arguments->queries, "JSON lines {\"_id\", \"text\"}")
      ->required()
      ->check(CLI::ExistingFile)
      ->type_name("FILE.jsonl");
  eval->add_option("--qrels", arguments->judgements, "Lines of query id, document id, gain")
      ->required()
      ->check(CLI::ExistingFile)
      ->type_name("FILE.tsv");
  eval->add_option("--limit", arguments->limit, "Only the first N queries")->type_name("N");
  eval->add_option("-k,--top-k", arguments->top_k, "Chunks asked for at first (default: 150)")
      ->check(CLI::Range(1, kMaxTopK));
  AddSearchFlags(eval, &arguments->flags);
  eval->callback([&cli, arguments] {
    cli.run = [arguments](Cli& c) { return Evaluation(&c, *arguments).Run(); };
  });
}

}  // namespace seekd::client
