// seekd-bench overlap: searches of a real collection on the daemon's path, without gRPC: what
// several clients at a time gain from sharing batches, and where the time of a search goes.
#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_future.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
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
#include "tests/bench/seekd_bench/read_ahead_source.h"
#include "tests/bench/seekd_bench/split_source.h"
#include "tests/support/bert_fixture.h"

namespace seekd::bench {
namespace {

using client::Mean;
using client::Percentile;

// How the rows of a round are asked for.
enum class Round { kWhole, kTwoHalves, kReadAhead };
constexpr Round kRounds[] = {Round::kWhole, Round::kTwoHalves, Round::kReadAhead};

std::string NameOf(Round round) {
  if (round == Round::kWhole) return "as it is";
  return round == Round::kTwoHalves ? "in two halves" : "next one read ahead";
}

class RoundSource final : public EmbeddingSource {
 public:
  RoundSource(const CollectionStore* store, const Tokenizer* tokenizer, InputEncoder* encoder)
      : whole_(store, tokenizer, encoder, 0), halves_(&whole_), ahead_(store, tokenizer, encoder) {}

  uint32_t dim() const override { return whole_.dim(); }
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions options) override {
    if (round_ == Round::kWhole) return whole_.Fetch(std::move(ids), std::move(options));
    if (round_ == Round::kTwoHalves) return halves_.Fetch(std::move(ids), std::move(options));
    return ahead_.Fetch(std::move(ids), std::move(options));
  }

  // Not while a search runs; all but kWhole are for one search at a time.
  void BeginSearch(Round round) {
    round_ = round;
    ahead_.BeginSearch();
  }

 private:
  RecomputeSource whole_;
  SplitSource halves_;
  ReadAheadSource ahead_;
  Round round_ = Round::kWhole;
};

class BenchBackend final : public EmbeddingBackend {
 public:
  BenchBackend(ModelInfo info, LoadedModel model, const BatchLimits& limits)
      : info_(std::move(info)),
        tokenizer_(std::move(model.tokenizer)),
        encoder_(std::move(model.encoder), limits) {}

  const ModelInfo& model() const override { return info_; }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  InputEncoder& encoder() override { return encoder_; }
  std::unique_ptr<EmbeddingSource> OpenSource(const CollectionStore& store) override {
    auto source = std::make_unique<RoundSource>(&store, tokenizer_.get(), &encoder_);
    source_ = source.get();
    return source;
  }
  // Of the one collection.
  RoundSource* source() const { return source_; }
  QueueCounters counters() const { return encoder_.counters(); }

 private:
  const ModelInfo info_;
  const std::unique_ptr<Tokenizer> tokenizer_;
  EncoderService encoder_;
  RoundSource* source_ = nullptr;
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
  ABSL_ASSIGN_OR_RETURN(LoadedModel model, LoadModel(folder, {.threads = 1}));
  return Compute(std::shared_ptr<BatchEncoder>(std::move(model.encoder)));
}

absl::StatusOr<std::unique_ptr<BenchBackend>> MakeBackend(const OverlapOptions& options,
                                                          const std::string& encoder,
                                                          const BatchLimits& limits) {
  ABSL_ASSIGN_OR_RETURN(const std::string model_dir, FindModelDir(options.model_dir));
  ABSL_ASSIGN_OR_RETURN(LoadedModel model, LoadModel(model_dir, {}));
  ModelInfo info{kDefaultModelId, model.fingerprint, model.encoder->dim(), model.codebooks};
  if (encoder != "default") {
    ABSL_ASSIGN_OR_RETURN(EncoderLoad load, LoadOf(options, model_dir, encoder));
    model.encoder = std::make_unique<LadenEncoder>(std::move(model.encoder), std::move(load));
  }
  return std::make_unique<BenchBackend>(std::move(info), std::move(model), limits);
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
  double rows = 0;
  double batches = 0;

  void Add(const Load& more) {
    searches.insert(searches.end(), more.searches.begin(), more.searches.end());
    seconds += more.seconds;
    rows += more.rows;
    batches += more.batches;
  }
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

// The collection behind one encoder.
class Bench {
 public:
  static absl::StatusOr<std::unique_ptr<Bench>> Open(const OverlapOptions& options,
                                                     const std::string& encoder,
                                                     double gate_share) {
    auto bench = std::unique_ptr<Bench>(new Bench);
    BatchLimits limits;
    limits.gate_share = gate_share;
    ABSL_ASSIGN_OR_RETURN(bench->backend_, MakeBackend(options, encoder, limits));
    bench->models_ = std::make_unique<SingleModel>(bench->backend_.get());
    ABSL_ASSIGN_OR_RETURN(bench->engine_, Engine::Open(options.data_dir, bench->models_.get(), {}));
    ABSL_ASSIGN_OR_RETURN(bench->collection_, bench->engine_->Find(options.collection));
    return bench;
  }

  // One search by one client.
  absl::StatusOr<QueryStats> Search(const std::string& text, const OverlapOptions& options,
                                    Round round) {
    backend_->source()->BeginSearch(round);
    ABSL_ASSIGN_OR_RETURN(const Load load, Run({text}, options, 1, 1));
    return load.searches[0];
  }

  absl::StatusOr<Load> Run(const std::vector<std::string>& queries, const OverlapOptions& options,
                           uint32_t clients, uint32_t searches) {
    SearchOptions search;
    search.top_k = options.top_k;
    search.recall_target = options.target;
    search.use_cache = false;
    std::vector<ClientRun> runs(clients);
    const QueueCounters before = backend_->counters();
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::future<void>> ends;
    for (uint32_t i = 0; i < clients; ++i) {
      ends.push_back(asio::co_spawn(
          pool_, RunClient(collection_.get(), TextsOf(queries, i, searches), search, &runs[i]),
          asio::use_future));
    }
    for (std::future<void>& end : ends) end.get();
    Load load;
    load.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const QueueCounters after = backend_->counters();
    load.batches = static_cast<double>(after.batches - before.batches);
    load.rows = static_cast<double>(after.rows - before.rows);
    for (const ClientRun& run : runs) {
      ABSL_RETURN_IF_ERROR(run.status);
      load.searches.insert(load.searches.end(), run.searches.begin(), run.searches.end());
    }
    return load;
  }

 private:
  Bench() = default;

  std::unique_ptr<BenchBackend> backend_;  // outlives the engine
  std::unique_ptr<SingleModel> models_;
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<Collection> collection_;
  asio::thread_pool pool_{std::thread::hardware_concurrency()};  // joined before all above
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

double QueriesPerSecond(const Load& load) {
  return static_cast<double>(load.searches.size()) / load.seconds;
}

absl::Status RunClients(const OverlapOptions& options, const std::string& encoder, double gate,
                        const std::vector<std::string>& queries, std::map<uint32_t, Load>* loads) {
  ABSL_ASSIGN_OR_RETURN(const auto bench, Bench::Open(options, encoder, gate));
  ABSL_RETURN_IF_ERROR(bench->Run(queries, options, 2, 10).status());  // warm
  for (const uint32_t clients : options.clients) {
    ABSL_ASSIGN_OR_RETURN(const Load load, bench->Run(queries, options, clients, options.searches));
    (*loads)[clients].Add(load);
  }
  return absl::OkStatus();
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
    std::map<double, std::map<uint32_t, Load>> loads;  // by gate and clients
    for (uint32_t turn = 0; turn < options.turns; ++turn) {
      for (const double gate : options.gates) {
        ABSL_RETURN_IF_ERROR(RunClients(options, encoder, gate, queries, &loads[gate]));
      }
    }
    for (const auto& [gate, by_clients] : loads) {
      const double one_client =
          by_clients.contains(1) ? QueriesPerSecond(by_clients.at(1)) : kNothing;
      for (const auto& [clients, load] : by_clients) {
        const double qps = QueriesPerSecond(load);
        report->Row({encoder, gate, static_cast<double>(clients), qps, qps / one_client,
                     load.rows / load.batches, Percentile(TotalMs(load), 50),
                     Percentile(TotalMs(load), 95)});
      }
    }
  }
  return absl::OkStatus();
}

void ReportStages(const std::string& encoder, Round round, const Load& load, Report* report) {
  const auto mean_ms = [&load](int64_t (*us)(const QueryStats&)) {
    return Mean(Each(load, us)) / 1000;
  };
  report->Row({encoder, NameOf(round),
               Mean(Each(load, [](const QueryStats& s) { return s.search.recomputed; })),
               Mean(Each(load, [](const QueryStats& s) { return s.search.rounds; })),
               mean_ms([](const QueryStats& s) { return s.embed_query_us; }),
               mean_ms([](const QueryStats& s) { return s.search.plan_us; }),
               mean_ms([](const QueryStats& s) { return s.search.encode.fetch_us; }),
               mean_ms([](const QueryStats& s) { return s.search.encode.tokenize_us; }),
               mean_ms([](const QueryStats& s) { return s.search.encode.queue_us; }),
               mean_ms([](const QueryStats& s) { return s.search.encode.encode_us; }),
               mean_ms([](const QueryStats& s) { return s.resolve_us; }), Mean(TotalMs(load)),
               Percentile(TotalMs(load), 50), Percentile(TotalMs(load), 95)});
}

absl::Status MeasureStages(const OverlapOptions& options, const std::vector<std::string>& queries,
                           Report* report) {
  report->BeginTable("stages", "Where the time of a search goes, ms per search",
                     {{"encoder", "encoder"},
                      {"round", "a round"},
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
    // A lone search needs no gate, and the two halves would wait at it for each other.
    ABSL_ASSIGN_OR_RETURN(const auto bench, Bench::Open(options, encoder, 0));
    // A pass for each, in turn and more than once, so that whatever else the machine does troubles
    // all alike. The first turn warms the caches and shows the read-ahead what will be asked.
    std::vector<Load> loads(std::size(kRounds));
    for (uint32_t turn = 0; turn <= options.turns; ++turn) {
      for (size_t r = 0; r < loads.size(); ++r) {
        for (uint32_t i = 0; i < options.stage_searches; ++i) {
          ABSL_ASSIGN_OR_RETURN(const QueryStats stats,
                                bench->Search(queries[i % queries.size()], options, kRounds[r]));
          if (turn > 0) loads[r].searches.push_back(stats);
        }
      }
    }
    for (size_t r = 0; r < loads.size(); ++r) {
      ReportStages(encoder, kRounds[r], loads[r], report);
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
  if (options.stage_searches != 0) ABSL_RETURN_IF_ERROR(MeasureStages(options, queries, report));
  return absl::OkStatus();
}

}  // namespace seekd::bench
