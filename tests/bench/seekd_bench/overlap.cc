// seekd-bench overlap: searches of a real collection on the daemon's path, without gRPC: what
// several clients at a time gain from sharing batches, and where the time of a search goes.
#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/json_lines.h"
#include "client/metrics.h"
#include "core/base/status_macros.h"
#include "core/collection/engine.h"
#include "embedding_service/encoder_factory.h"
#include "embedding_service/encoder_service.h"
#include "embedding_service/model_location.h"
#include "embedding_service/recompute_source.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/laden_encoder.h"
#include "tests/bench/seekd_bench/split_source.h"
#include "tests/support/bert_fixture.h"

namespace seekd::bench {
namespace {

using client::Mean;
using client::Percentile;

// What is varied.
struct Setting {
  std::string encoder;  // OverlapOptions::encoders
  double gate_share = BatchLimits{}.gate_share;
  bool split = false;  // a round in two halves
};

class BenchBackend final : public EmbeddingBackend {
 public:
  BenchBackend(ModelInfo info, LoadedModel model, const Setting& setting)
      : info_(std::move(info)),
        split_(setting.split),
        tokenizer_(std::move(model.tokenizer)),
        encoder_(std::move(model.encoder), Limits(setting)) {}

  const ModelInfo& model() const override { return info_; }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  InputEncoder& encoder() override { return encoder_; }
  std::unique_ptr<EmbeddingSource> OpenSource(const CollectionStore& store) override {
    std::unique_ptr<EmbeddingSource> source =
        std::make_unique<RecomputeSource>(&store, tokenizer_.get(), &encoder_, 0);
    if (!split_) return source;
    return std::make_unique<SplitSource>(std::move(source));
  }
  QueueCounters counters() const { return encoder_.counters(); }

 private:
  static BatchLimits Limits(const Setting& setting) {
    BatchLimits limits;
    limits.gate_share = setting.gate_share;
    return limits;
  }

  const ModelInfo info_;
  const bool split_;
  const std::unique_ptr<Tokenizer> tokenizer_;
  EncoderService encoder_;
};

absl::StatusOr<EncoderLoad> LoadOf(const OverlapOptions& options, const std::string& model_dir,
                                   const std::string& encoder) {
  if (encoder == "slow") return Delay(options.call_ms, options.row_ms);
  if (encoder != "bert") {
    return absl::InvalidArgumentError(
        absl::StrCat("encoder \"", encoder, "\", expected default, bert or slow"));
  }
  const std::string folder = options.work + "/bert";
  std::filesystem::create_directories(folder);
  testing::WriteBertModel({}, folder, model_dir + "/tokenizer.json");
  ABSL_ASSIGN_OR_RETURN(LoadedModel model, LoadModel(folder, 0));
  return Compute(std::shared_ptr<BatchEncoder>(std::move(model.encoder)));
}

absl::StatusOr<std::unique_ptr<BenchBackend>> MakeBackend(const OverlapOptions& options,
                                                          const Setting& setting) {
  ABSL_ASSIGN_OR_RETURN(const std::string model_dir, FindModelDir(options.model_dir));
  ABSL_ASSIGN_OR_RETURN(LoadedModel model, LoadModel(model_dir, 0));
  ModelInfo info{kDefaultModelId, model.fingerprint, model.encoder->dim()};
  if (setting.encoder != "default") {
    ABSL_ASSIGN_OR_RETURN(EncoderLoad load, LoadOf(options, model_dir, setting.encoder));
    model.encoder = std::make_unique<LadenEncoder>(std::move(model.encoder), std::move(load));
  }
  return std::make_unique<BenchBackend>(std::move(info), std::move(model), setting);
}

// One client: asks, waits for the answer, asks the next.
struct ClientRun {
  std::vector<QueryStats> searches;
  absl::Status status;
};

asio::awaitable<void> RunClient(Collection* collection, std::vector<std::string> texts,
                                SearchOptions options, ClientRun* run) {
  for (std::string& text : texts) {
    SearchQuery query;
    query.text = std::move(text);
    query.options = options;
    absl::StatusOr<QueryResult> result = co_await collection->Search(std::move(query));
    run->status.Update(result.status());
    if (!result.ok()) co_return;
    run->searches.push_back(result->stats);
  }
}

struct Load {
  std::vector<QueryStats> searches;  // of all clients
  double seconds = 0;
  double rows_per_batch = 0;
  double batches = 0;
};

// Each client asks its own share of the queries, in turn, `searches` of them.
std::vector<std::string> TextsOf(const std::vector<std::string>& queries, uint32_t client,
                                 uint32_t searches) {
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < searches; ++i) {
    texts.push_back(queries[(size_t{client} * searches + i) % queries.size()]);
  }
  return texts;
}

// The collection behind one setting.
class Bench {
 public:
  static absl::StatusOr<std::unique_ptr<Bench>> Open(const OverlapOptions& options,
                                                     const Setting& setting) {
    auto bench = std::unique_ptr<Bench>(new Bench);
    ABSL_ASSIGN_OR_RETURN(bench->backend_, MakeBackend(options, setting));
    ABSL_ASSIGN_OR_RETURN(bench->engine_,
                          Engine::Open(options.data_dir, bench->backend_.get(), {}));
    ABSL_ASSIGN_OR_RETURN(bench->collection_, bench->engine_->Find(options.collection));
    return bench;
  }

  absl::StatusOr<Load> Run(const std::vector<std::string>& queries, const OverlapOptions& options,
                           uint32_t clients, uint32_t searches) const {
    SearchOptions search;
    search.top_k = options.top_k;
    search.recall_target = options.target;
    search.use_cache = false;
    std::vector<ClientRun> runs(clients);
    const QueueCounters before = backend_->counters();
    const auto begin = std::chrono::steady_clock::now();
    asio::thread_pool pool(std::thread::hardware_concurrency());
    for (uint32_t i = 0; i < clients; ++i) {
      asio::co_spawn(
          pool, RunClient(collection_.get(), TextsOf(queries, i, searches), search, &runs[i]),
          asio::detached);
    }
    pool.join();
    Load load;
    load.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const QueueCounters after = backend_->counters();
    load.batches = static_cast<double>(after.batches - before.batches);
    load.rows_per_batch = static_cast<double>(after.rows - before.rows) / load.batches;
    for (const ClientRun& run : runs) {
      ABSL_RETURN_IF_ERROR(run.status);
      load.searches.insert(load.searches.end(), run.searches.begin(), run.searches.end());
    }
    return load;
  }

 private:
  Bench() = default;

  std::unique_ptr<BenchBackend> backend_;  // outlives the engine
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<Collection> collection_;
};

template <typename Field>
std::vector<double> Each(const Load& load, const Field& field) {
  std::vector<double> values;
  for (const QueryStats& stats : load.searches) values.push_back(static_cast<double>(field(stats)));
  return values;
}

std::vector<double> TotalMs(const Load& load) {
  return Each(load, [](const QueryStats& s) { return static_cast<double>(s.total_us) / 1000; });
}

absl::Status MeasureClients(const OverlapOptions& options, const std::vector<std::string>& queries,
                            Report* report) {
  report->BeginTable("clients", "Clients at a time",
                     {{"encoder", "encoder"},
                      {"gate", "gate", 2},
                      {"clients", "clients"},
                      {"qps", "queries/s", 1},
                      {"ratio", "to one client", 2},
                      {"rows_per_batch", "rows per batch", 1},
                      {"ms_p50", "p50, ms", 1},
                      {"ms_p95", "p95, ms", 1}});
  for (const std::string& encoder : options.encoders) {
    for (const double gate : options.gates) {
      ABSL_ASSIGN_OR_RETURN(const auto bench, Bench::Open(options, {encoder, gate}));
      ABSL_RETURN_IF_ERROR(bench->Run(queries, options, 2, options.searches).status());  // warm
      double one_client = kNothing;
      for (const uint32_t clients : options.clients) {
        ABSL_ASSIGN_OR_RETURN(const Load load,
                              bench->Run(queries, options, clients, options.searches));
        const double qps = static_cast<double>(load.searches.size()) / load.seconds;
        if (clients == 1) one_client = qps;
        report->Row({encoder, gate, static_cast<double>(clients), qps, qps / one_client,
                     load.rows_per_batch, Percentile(TotalMs(load), 50),
                     Percentile(TotalMs(load), 95)});
      }
    }
  }
  return absl::OkStatus();
}

void ReportStages(const std::string& encoder, const std::string& round, uint32_t clients,
                  const Load& load, Report* report) {
  const auto mean_ms = [&load](int64_t (*us)(const QueryStats&)) {
    return Mean(Each(load, us)) / 1000;
  };
  report->Row({encoder, round, static_cast<double>(clients),
               Mean(Each(load, [](const QueryStats& s) { return s.search.recomputed; })),
               Mean(Each(load, [](const QueryStats& s) { return s.search.rounds; })),
               mean_ms([](const QueryStats& s) { return s.embed_query_us; }),
               mean_ms([](const QueryStats& s) { return s.search.plan_us; }),
               mean_ms([](const QueryStats& s) { return s.search.encode.fetch_us; }),
               mean_ms([](const QueryStats& s) { return s.search.encode.tokenize_us; }),
               mean_ms([](const QueryStats& s) { return s.search.encode.queue_us; }),
               mean_ms([](const QueryStats& s) { return s.search.encode.encode_us; }),
               mean_ms([](const QueryStats& s) { return s.resolve_us; }),
               Mean(TotalMs(load)), Percentile(TotalMs(load), 50),
               Percentile(TotalMs(load), 95)});
}

absl::Status MeasureStages(const OverlapOptions& options, const std::vector<std::string>& queries,
                           Report* report) {
  report->BeginTable("stages", "Where the time of a search goes, ms per search",
                     {{"encoder", "encoder"},
                      {"round", "a round"},
                      {"clients", "clients"},
                      {"rows", "rows", 1},
                      {"rounds", "rounds", 1},
                      {"embed_query_ms", "query vector", 2},
                      {"plan_ms", "plan", 2},
                      {"fetch_ms", "fetch", 2},
                      {"tokenize_ms", "tokenise", 2},
                      {"queue_ms", "queue", 2},
                      {"encode_ms", "encode", 2},
                      {"resolve_ms", "hits", 2},
                      {"total_ms", "total", 2},
                      {"total_ms_p50", "p50", 2},
                      {"total_ms_p95", "p95", 2}});
  for (const std::string& encoder : options.encoders) {
    for (const bool split : {false, true}) {
      Setting setting{encoder};
      setting.split = split;
      ABSL_ASSIGN_OR_RETURN(const auto bench, Bench::Open(options, setting));
      const auto all = static_cast<uint32_t>(queries.size());
      ABSL_RETURN_IF_ERROR(bench->Run(queries, options, 2, options.searches).status());  // warm
      ABSL_ASSIGN_OR_RETURN(const Load load, bench->Run(queries, options, 1, all));
      ReportStages(encoder, split ? "in two halves" : "whole", 1, load, report);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Overlap(const OverlapOptions& options, Report* report) {
  std::filesystem::create_directories(options.work);
  std::ifstream file(options.queries);
  const std::vector<std::string> queries = client::ReadQueryTexts(file);
  if (queries.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("no queries in ", options.queries));
  }
  report->Fact("queries", static_cast<double>(queries.size()));
  report->Fact("processors", static_cast<double>(std::thread::hardware_concurrency()));
  report->Fact("slow encoder, ms a batch", options.call_ms);
  report->Fact("slow encoder, ms a row", options.row_ms);
  if (!options.clients.empty()) {
    ABSL_RETURN_IF_ERROR(MeasureClients(options, queries, report));
  }
  if (options.stages) ABSL_RETURN_IF_ERROR(MeasureStages(options, queries, report));
  return absl::OkStatus();
}

}  // namespace seekd::bench
