// seekd-bench codes: kinds of codes of the same number of bytes.
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/metrics.h"
#include "core/base/status_macros.h"
#include "core/codes/shared_codebooks.h"
#include "core/index/code_plan.h"
#include "tests/bench/seekd_bench/bench_index.h"
#include "tests/bench/seekd_bench/coded_rows.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/measure.h"
#include "tests/bench/seekd_bench/one_bit_codes.h"
#include "tests/bench/seekd_bench/opq.h"
#include "tests/bench/seekd_bench/rotation.h"
#include "tests/bench/seekd_bench/staged_codes.h"

namespace seekd::bench {
namespace {

constexpr uint32_t kMostStages = 4;
constexpr uint32_t kOpqSample = 20'000;
constexpr uint64_t kRotationSeed = 1;

struct Kind {
  std::string key;
  std::string name;
  bool any_length = true;
  std::function<absl::StatusOr<CodedRows>(uint32_t code_bytes)> make;
};

absl::StatusOr<CodedRows> MakeOpqCodes(const VectorSet& vectors, uint32_t code_bytes) {
  const VectorRows rows(&vectors);
  ABSL_ASSIGN_OR_RETURN(const VectorSet sample, SampleOf(rows, kOpqSample));
  ABSL_ASSIGN_OR_RETURN(Rotation rotation, TrainOpq(sample, code_bytes));
  ABSL_ASSIGN_OR_RETURN(CodedRows coded, CodeByProduct(RotatedRows(&rows, &rotation), code_bytes));
  coded.codebook_bytes += rotation.values.size() * sizeof(uint16_t);
  coded.rotation = std::move(rotation);
  return coded;
}

// As long as a chunk's share of the codebook leaves room for.
absl::StatusOr<CodedRows> MakePlannedCodes(const VectorSet& vectors, uint32_t chunk_bytes,
                                           const SharedCodebooks* shared) {
  const VectorRows rows(&vectors);
  ABSL_ASSIGN_OR_RETURN(const VectorSet sample, SampleOf(rows, kTrainingSample));
  const CodeShape free_codebook{chunk_bytes, 0, 0, /*shared=*/true};
  const uint64_t budget = CodesFileBytes(vectors.dim, free_codebook, rows.size());
  CodeLimits limits{.dim = vectors.dim, .sample_rows = sample.size()};
  if (shared != nullptr) limits.shared = shared->shapes();
  ABSL_ASSIGN_OR_RETURN(const CodeShape shape, shared == nullptr
                                                   ? PlanOwnCodes(budget, rows.size(), limits)
                                                   : PlanSharedCodes(budget, rows.size(), limits));
  CodedRows coded;
  if (shared == nullptr) {
    CodeTrainingOptions training;
    training.code_bytes = shape.code_bytes;
    training.stages = shape.stages;
    training.max_centroids = shape.centroids;
    ABSL_ASSIGN_OR_RETURN(coded.codebook, TrainCodebook(sample, training, nullptr));
    coded.codebook_bytes = coded.codebook.values.size() * sizeof(uint16_t);
  } else {
    ABSL_ASSIGN_OR_RETURN(const auto found, shared->Find(shape.code_bytes));
    coded.codebook = *found;
  }
  ABSL_ASSIGN_OR_RETURN(coded.codes, EncodeRows(coded.codebook, rows, 0, nullptr));
  ABSL_ASSIGN_OR_RETURN(coded.error, MeanSquaredError(coded, rows));
  return coded;
}

std::string StagesKey(uint32_t stages) {
  return stages == 0 ? "pq" : absl::StrCat("stages-", stages);
}

bool IsWanted(const std::vector<std::string>& keys, const std::string& key) {
  return keys.empty() || std::find(keys.begin(), keys.end(), key) != keys.end();
}

uint32_t MostStages(const std::vector<std::string>& keys) {
  uint32_t most = kMostStages;
  while (most > 0 && !IsWanted(keys, StagesKey(most))) --most;
  return most;
}

// `shared` may be null.
std::vector<Kind> AllKinds(const VectorSet& vectors, const StagedCodes& staged,
                           const SharedCodebooks* shared) {
  std::vector<Kind> kinds;
  for (uint32_t stages = 0; stages <= kMostStages; ++stages) {
    const std::string after =
        stages == 0 ? "" : absl::StrCat(" after ", stages, stages == 1 ? " stage" : " stages");
    kinds.push_back({StagesKey(stages), absl::StrCat("PQ", after), true,
                     [&staged, stages](uint32_t bytes) { return staged.Coded(bytes, stages); }});
  }
  kinds.push_back(
      {"opq", "OPQ", true, [&vectors](uint32_t bytes) { return MakeOpqCodes(vectors, bytes); }});
  kinds.push_back({"rabitq", "RaBitQ, 1 bit", true, [&vectors](uint32_t bytes) {
                     return CodeByRabitq(vectors, bytes, kRotationSeed);
                   }});
  kinds.push_back({"sign", "signs around the mean", false,
                   [&vectors](uint32_t) { return CodeBySigns(vectors); }});
  kinds.push_back({"own", "as built, own codebook", true, [&vectors](uint32_t bytes) {
                     return MakePlannedCodes(vectors, bytes, nullptr);
                   }});
  if (shared != nullptr) {
    kinds.push_back(
        {"shared", "as built, the model's codebook", true,
         [&vectors, shared](uint32_t bytes) { return MakePlannedCodes(vectors, bytes, shared); }});
  }
  return kinds;
}

struct Run {
  const CodeKindOptions& options;
  const Embeddings& embeddings;
  const TrueRows& right;
  Report* report;
};

absl::Status MeasureRow(const Run& run, const Kind& kind, uint32_t code_bytes) {
  ABSL_ASSIGN_OR_RETURN(const CodedRows coded, kind.make(code_bytes));
  ABSL_ASSIGN_OR_RETURN(const CodeOrder order,
                        MeasureOrder(coded, run.embeddings.queries, run.right, run.options.top_k));
  const double bytes = coded.codebook.code_bytes();
  const auto codebook_bytes = static_cast<double>(coded.codebook_bytes);
  std::vector<Cell> cells = {kind.name, bytes, codebook_bytes,
                             bytes + codebook_bytes / run.embeddings.base.size(), coded.error};
  for (const double recall : run.options.recalls) cells.push_back(order.curve.CostAt(recall));
  cells.push_back(client::Percentile(order.scan_ms, 50));
  run.report->Row(cells);
  return absl::OkStatus();
}

absl::Status MeasureKinds(const Run& run, const std::vector<Kind>& kinds) {
  std::vector<Column> columns = {{"kind", "kind"},
                                 {"code_bytes", "code bytes"},
                                 {"codebook_bytes", "codebook bytes"},
                                 {"bytes", "bytes per chunk", 1},
                                 {"error", "squared error", 3}};
  for (const double recall : run.options.recalls) {
    const std::string at = absl::StrCat(recall);
    columns.push_back({absl::StrCat("candidates_", at), absl::StrCat("candidates for ", at)});
  }
  columns.push_back({"scan_ms_p50", "scan p50, ms", 1});
  run.report->BeginTable("codes", "Kinds of codes", std::move(columns));
  for (const bool any_length : {true, false}) {
    const std::vector<uint32_t> lengths =
        any_length ? run.options.code_bytes : std::vector<uint32_t>{0};
    for (const uint32_t length : lengths) {
      for (const Kind& kind : kinds) {
        if (kind.any_length != any_length || !IsWanted(run.options.kinds, kind.key)) continue;
        ABSL_RETURN_IF_ERROR(MeasureRow(run, kind, length));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CodeKinds(const CodeKindOptions& options, Report* report) {
  for (const uint32_t length : options.code_bytes) {
    if (length >= kMostStages + 2) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("codes of ", length, " bytes have no room for ", kMostStages, " stages"));
  }
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings, Open(options.input, report));
  ABSL_ASSIGN_OR_RETURN(const Truth truth, Truth::Of(embeddings, options.top_k));
  ABSL_ASSIGN_OR_RETURN(const TrueRows right, FindTrueRows(embeddings, truth, options.top_k));
  ABSL_ASSIGN_OR_RETURN(const StagedCodes staged,
                        StagedCodes::Make(&embeddings.base, MostStages(options.kinds)));
  ABSL_ASSIGN_OR_RETURN(const auto shared, OpenCodebooks(options.input.codebooks));
  return MeasureKinds({options, embeddings, right, report},
                      AllKinds(embeddings.base, staged, shared.get()));
}

}  // namespace seekd::bench
