// The subcommands of seekd-bench (docs/benchmarks.md).
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_COMMANDS_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_COMMANDS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/collection/rebuild.h"
#include "core/index/generation.h"
#include "tests/bench/seekd_bench/report.h"
#include "tests/bench/seekd_bench/vector_files.h"

namespace seekd::bench {

struct EmbedOptions {
  std::string data_dir;    // of a stopped daemon
  std::string collection;  // its name
  std::string queries;     // one a line
  std::string model_dir;   // empty: the one installed with the program
  uint32_t pseudo_queries = kPseudoQueries;
  std::string out;  // folder
};

// Recomputes every embedding of a collection and writes Embeddings.
absl::Status Embed(const EmbedOptions& options);

// What all measurements are made of.
struct BenchInput {
  std::string vectors;   // folder of Embeddings
  uint32_t nodes = 0;    // so many of them; 0: all
  uint32_t queries = 0;  // the same
  double text_bytes_per_chunk = 1000;
  double share = 0.05;     // of the text, for the index
  std::string work;        // folder for the indexes
  std::string generation;  // gen-N folder over the same chunks, instead of building one
  std::string json;        // file for the tables; empty: none
  std::string codebooks;   // the model's codebooks.bin; empty: it has none

  uint64_t IndexBytes(uint64_t chunks, double of_text) const {
    return static_cast<uint64_t>(of_text * text_bytes_per_chunk * static_cast<double>(chunks));
  }
};
// Reads it and says what was read.
absl::StatusOr<Embeddings> Open(const BenchInput& input, Report* report);
// The index to measure: the one given, or the default one for `share` of the text.
absl::StatusOr<std::shared_ptr<const Generation>> OpenOrBuild(const BenchInput& input,
                                                              const Embeddings& embeddings);

struct DialOptions {
  BenchInput input;  // share and generation apart
  std::vector<double> shares = {0.03, 0.05, 0.08, 0.12, 0.20};
  std::vector<std::string> generations;  // gen-N folders over the same chunks instead
  bool refit = false;                    // calibrate these anew, changing nothing on disk
  std::vector<uint32_t> top_k = {3};
  std::vector<float> targets = {0.90F};
  std::vector<uint32_t>
      degrees;               // links of an ordinary node, 0: none; empty: as the daemon chooses
  uint64_t build_bytes = 0;  // of embeddings held by a build; 0: the default
  bool random_shards = false;
};
// An index for each share of the text and what a search of it costs. `plan` is the time
// without encoding.
absl::Status Dial(const DialOptions& options, Report* report);

struct GrowthOptions {
  BenchInput input;
  std::vector<uint32_t> sizes = {50'000, 100'000, 200'000, 400'000};
  uint32_t top_k = 3;
  float target = 0.90F;
};
// The default index over more and more of the chunks.
absl::Status Growth(const GrowthOptions& options, Report* report);

struct CalibrationOptions {
  BenchInput input;
  bool refit = false;  // calibrate anew, changing nothing on disk
  std::vector<uint32_t> top_k = {3, 10};
  std::vector<float> targets = {0.80F, 0.85F, 0.90F, 0.95F, 0.97F, 0.99F};
};
// What each recall target gives on queries that the calibration has not seen, beside the
// cheapest fixed number of candidates that reaches the same recall.
absl::Status Calibration(const CalibrationOptions& options, Report* report);

struct BaselineOptions {
  BenchInput input;
  uint32_t top_k = 3;
  double target = 0.90;
  uint32_t code_bytes = 32;       // of PQ, and of the codes that steer the graph on disk
  std::vector<std::string> only;  // rivals by key; empty: all
};
// seekd beside other indexes over the same vectors, each at the least effort that reaches
// the target.
absl::Status Baselines(const BaselineOptions& options, Report* report);

struct CurveOptions {
  BenchInput input;
  uint32_t top_k = 3;
  std::vector<uint32_t> code_bytes = {16, 32, 48, 64};
  std::vector<double> recalls = {0.80, 0.85, 0.90, 0.95, 0.97, 0.99};
};
// Rows recomputed for each recall: strategies x graphs x code lengths.
absl::Status Curves(const CurveOptions& options, Report* report);

struct CodeKindOptions {
  BenchInput input;
  uint32_t top_k = 3;
  std::vector<uint32_t> code_bytes = {20, 32, 38, 64, 100};
  std::vector<double> recalls = {0.80, 0.90, 0.95};
  std::vector<std::string> kinds;  // by key; empty: all, "shared" only with codebooks
};
// How many rows have to be recomputed, in the order of a scan of all codes, by their kind and
// length. Of the kinds "own" and "shared" codes and codebook take code_bytes a chunk together.
absl::Status CodeKinds(const CodeKindOptions& options, Report* report);

struct AblateOptions {
  BenchInput input;
  uint32_t top_k = 3;
  double target = 0.90;
  uint32_t code_bytes = 38;        // the same for all graphs
  std::optional<uint32_t> degree;  // that pruning leaves an ordinary node; none: as `share` decides
};
// Which edges to keep when half must go; batches; who is visited.
absl::Status Ablate(const AblateOptions& options, Report* report);

struct HotOptions {
  BenchInput input;
  uint32_t top_k = 3;
  float target = 0.90F;
  std::vector<double> held = {0, 0.05, 0.10, 0.20, 0.30, 0.50};  // of the nodes
};
// Every other query trains the visits, the others measure which share of their rows a hot
// cache of each size holds.
absl::Status HotCurve(const HotOptions& options, Report* report);

struct OverlapOptions {
  std::string data_dir;    // of a stopped daemon
  std::string collection;  // its name
  std::string queries;     // one a line
  std::string model_dir;   // empty: the one installed with the program
  std::string work;        // folder
  std::string json;        // file for the tables; empty: none
  // The default model's rows always: at its own cost (`default`), at that of a BERT-shaped model
  // of 3 layers on one processor (`bert`), at that of a device elsewhere (`slow`).
  std::vector<std::string> encoders = {"default", "bert", "slow"};
  double call_ms = 20;  // of `slow`
  double row_ms = 0.2;
  std::vector<uint32_t> clients = {1, 2, 4, 8, 16};
  uint32_t searches = 30;                // of each client
  std::vector<double> gates = {0, 0.5};  // BatchLimits::gate_share
  uint32_t stage_searches = 200;         // of one client; 0: no stages
  uint32_t turns = 3;                    // how often all is measured
  uint32_t top_k = 3;
  float target = 0.90F;
};
// What several clients at a time gain from sharing batches, and where the time of one
// client's search goes.
absl::Status Overlap(const OverlapOptions& options, Report* report);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_COMMANDS_H_
