// The subcommands of seekd-bench.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_COMMANDS_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/collection/rebuild.h"

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

struct DialOptions {
  std::string vectors;  // folder of Embeddings
  uint32_t nodes = 0;   // so many of them; 0: all
  double text_bytes_per_chunk = 1000;
  std::vector<double> shares = {0.03, 0.05, 0.08, 0.12, 0.20};  // of the text
  std::vector<uint32_t> top_k = {3};
  std::vector<float> targets = {0.90F};
  std::string work;          // folder for the indexes
  uint64_t build_bytes = 0;  // of embeddings held by a build; 0: the default
  bool random_shards = false;
};

struct RefitOptions {
  std::string vectors;     // folder of Embeddings
  std::string generation;  // folder of a generation over the same chunks
  std::vector<uint32_t> top_k = {3, 10};
  std::vector<float> targets = {0.80F, 0.85F, 0.90F, 0.95F, 0.99F};
};

// Calibrates a generation anew, changing nothing on disk, and prints the same table.
absl::Status Refit(const RefitOptions& options);

// Builds an index for each share of the text and prints, as a Markdown table, what a
// search of it costs. `plan` is the time without encoding.
absl::Status Dial(const DialOptions& options);

struct HotOptions {
  std::string vectors;     // folder of Embeddings
  std::string generation;  // folder of a generation over the same chunks
  uint32_t top_k = 3;
  float target = 0.90F;
  std::vector<double> shares = {0, 0.05, 0.10, 0.20, 0.30, 0.50};  // of the nodes
};

// Every other query trains the visits, the others measure: prints, as a Markdown table,
// which share of their rows a hot cache of each size holds.
absl::Status HotCurve(const HotOptions& options);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_COMMANDS_H_
