#include "core/search/search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/search/make_plan.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

using Clock = std::chrono::steady_clock;

// `brute` has no use for small rounds.
constexpr uint32_t kBruteBatchRows = 256;
// A unit vector that went through fp16 is off by less.
constexpr float kNormTolerance = 0.01F;

class Stopwatch {
 public:
  int64_t us() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start_).count();
  }

 private:
  Clock::time_point start_ = Clock::now();
};

absl::Status CheckQuery(std::span<const float> query, uint32_t dim) {
  if (query.size() != dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("query vector: expected ", dim, " components, found ", query.size()));
  }
  const float norm = InnerProduct(query.data(), query.data(), query.size());
  if (norm != 0 && !(std::abs(norm - 1) <= kNormTolerance)) {
    return absl::InvalidArgumentError(
        absl::StrCat("query vector: expected length 1 or 0, found squared length ", norm));
  }
  return absl::OkStatus();
}

absl::Status CheckIndex(const SearchIndex& index, uint32_t dim) {
  if (index.pending != nullptr && index.pending->dim() != dim) {
    return absl::InvalidArgumentError(absl::StrCat("pending chunks: expected ", dim,
                                                   " dimensions, found ", index.pending->dim()));
  }
  if (index.graph == nullptr) return absl::OkStatus();
  const uint32_t nodes = index.graph->node_count();
  if (index.codes->node_count() != nodes || index.nodes->node_count() != nodes) {
    return absl::DataLossError(absl::StrCat("files of one generation disagree: graph of ", nodes,
                                            " nodes, codes of ", index.codes->node_count(),
                                            ", node map of ", index.nodes->node_count()));
  }
  if (nodes > static_cast<uint32_t>(std::numeric_limits<int32_t>::max())) {
    return absl::DataLossError(absl::StrCat("expected fewer than 2^31 nodes, found ", nodes));
  }
  if (index.codes->codebook().dim != dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("codes: expected ", dim, " dimensions, found ", index.codes->codebook().dim));
  }
  return absl::OkStatus();
}

absl::Status CheckLinks(const SearchIndex& index, const SearchOptions& options) {
  const bool walks = options.strategy == Strategy::kExact ||
                     options.strategy == Strategy::kTwoLevel ||
                     options.first_stage == FirstStage::kBeam;
  if (!walks || index.graph == nullptr || index.graph->has_links()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "strategy ", std::string(StrategyName(options.strategy)),
      options.first_stage == FirstStage::kBeam ? " with first stage beam" : "",
      " walks links, and this index has none: its share of the text is too small for them. Use "
      "frugal or flat, or index again with a larger share"));
}

absl::Status CheckRows(const EmbeddingRows& rows, uint32_t dim, size_t expected) {
  if (rows.dim == dim && rows.rows() == expected) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("embedding source: expected ", expected, " rows of ", dim,
                                          ", found ", rows.rows(), " of ", rows.dim));
}

void Add(const EncodeTimes& times, EncodeTimes* sum) {
  sum->fetch_us += times.fetch_us;
  sum->tokenize_us += times.tokenize_us;
  sum->queue_us += times.queue_us;
  sum->encode_us += times.encode_us;
}

// The state of one search between its awaits.
class SearchRun {
 public:
  SearchRun(const SearchIndex& index, std::vector<float> query, SearchOptions options)
      : index_(index),
        query_(std::move(query)),
        options_(std::move(options)),
        top_(options_.top_k) {
    if (options_.strategy == Strategy::kBrute) {
      options_.batch_rows = std::max(options_.batch_rows, kBruteBatchRows);
    }
  }

  bool query_is_zero() const {
    return std::all_of(query_.begin(), query_.end(), [](float x) { return x == 0; });
  }

  void Begin() {
    const Stopwatch watch;
    ScanPending();
    PlannedSearch planned = MakePlan(index_, query_, options_);
    plan_ = std::move(planned.plan);
    stats_.strategy = planned.strategy;
    stats_.plan_us += watch.us();
  }

  // The chunks to recompute next; none when the search is over.
  absl::StatusOr<std::vector<ChunkId>> NextBatch() {
    if (IsCancelled(options_.cancellation)) return absl::CancelledError("search cancelled");
    const Stopwatch watch;
    const uint32_t rows = RowsAllowed();
    batch_ = plan_->NextBatch(std::max(rows, 1U), top_.Bound());
    if (batch_.empty()) {
      stats_.stop_reason = plan_->stop_reason();
    } else if (rows == 0) {
      StopEarly(StopReason::kBudget);
    } else if (options_.deadline.has_value() && Clock::now() >= *options_.deadline) {
      StopEarly(StopReason::kDeadline);
    }
    std::vector<ChunkId> chunks;
    for (const NodeId node : batch_) chunks.push_back(index_.nodes->Chunk(node));
    stats_.plan_us += watch.us();
    ABSL_RETURN_IF_ERROR(FilesStatus());
    return chunks;
  }

  absl::Status Observe(const std::vector<ChunkId>& chunks, const EmbeddingRows& rows) {
    const auto dim = static_cast<uint32_t>(query_.size());
    ABSL_RETURN_IF_ERROR(CheckRows(rows, dim, chunks.size()));
    const Stopwatch watch;
    for (size_t i = 0; i < chunks.size(); ++i) ObserveRow(i, chunks[i], rows);
    rows_asked_ += static_cast<uint32_t>(chunks.size());
    ++stats_.rounds;
    stats_.recomputed += rows.recomputed;
    stats_.cache_hits += rows.cache_hits;
    Add(rows.times, &stats_.encode);
    stats_.plan_us += watch.us();
    return absl::OkStatus();
  }

  EncodeOptions encode_options() const {
    EncodeOptions options;
    options.cancellation = options_.cancellation;
    options.use_cache = options_.use_cache;
    return options;
  }

  SearchResult Finish() const { return Result(); }

  // What Finish would return now; none when its hits are those of the last call.
  std::optional<SearchResult> Improvement() {
    SearchResult result = Result();
    const auto same = [](const ScoredChunk& a, const ScoredChunk& b) {
      return a.chunk == b.chunk && a.score == b.score;
    };
    if (std::ranges::equal(result.chunks, shown_, same)) return std::nullopt;
    shown_ = result.chunks;
    result.stats.stop_reason = StopReason::kRunning;
    result.stats.complete = false;
    return result;
  }

 private:
  SearchResult Result() const {
    TopK top = top_;
    SearchResult result;
    result.stats = stats_;
    if (plan_ != nullptr) {
      OfferEstimates(&top);
      const PlanCounters counters = plan_->counters();
      result.stats.code_distances = counters.code_distances;
      result.stats.expanded_nodes = counters.expanded_nodes;
    }
    result.chunks = top.Take();
    for (const ScoredChunk& hit : result.chunks) {
      result.stats.estimated_hits += hit.estimated ? 1 : 0;
    }
    result.stats.total_us = total_.us();
    return result;
  }

  bool Allows(ChunkId chunk) const {
    return index_.filter == nullptr || index_.filter->Allows(chunk);
  }

  // Their hits come first: they tighten the stop rule.
  void ScanPending() {
    if (index_.pending == nullptr) return;
    for (uint64_t i = 0; i < index_.pending->size(); ++i) {
      const ChunkId chunk = index_.pending->chunk(i);
      if (!Allows(chunk)) continue;
      ++stats_.pending_scanned;
      top_.Offer(chunk,
                 InnerProductHalf(query_.data(), index_.pending->row(i).data(), query_.size()));
    }
  }

  void ObserveRow(size_t i, ChunkId chunk, const EmbeddingRows& rows) {
    const float score = rows.is_missing(i)
                            ? std::numeric_limits<float>::quiet_NaN()
                            : InnerProduct(query_.data(), rows.row(i).data(), query_.size());
    if (std::isnan(score)) {
      plan_->ObserveMissing(batch_[i]);
      return;
    }
    if (Allows(chunk)) top_.Offer(chunk, score);
    plan_->Observe(batch_[i], DistanceOfScore(score));
  }

  void OfferEstimates(TopK* top) const {
    for (const ScoredNode& node : plan_->Estimates()) {
      const ChunkId chunk = index_.nodes->Chunk(node.node);
      if (Allows(chunk)) top->Offer(chunk, ScoreOfDistance(node.distance), /*estimated=*/true);
    }
  }

  uint32_t RowsAllowed() const {
    if (options_.max_recomputed == 0) return options_.batch_rows;
    const uint32_t left = options_.max_recomputed - std::min(options_.max_recomputed, rows_asked_);
    return std::min(options_.batch_rows, left);
  }

  void StopEarly(StopReason reason) {
    batch_.clear();
    stats_.stop_reason = reason;
    stats_.complete = false;
  }

  absl::Status FilesStatus() const {
    if (index_.graph == nullptr) return absl::OkStatus();
    ABSL_RETURN_IF_ERROR(index_.graph->status());
    ABSL_RETURN_IF_ERROR(index_.codes->status());
    return index_.nodes->status();
  }

  Stopwatch total_;
  SearchIndex index_;
  std::vector<float> query_;
  SearchOptions options_;
  TopK top_;
  std::vector<ScoredChunk> shown_;  // by the last Improvement
  std::unique_ptr<Plan> plan_;
  std::vector<NodeId> batch_;
  uint32_t rows_asked_ = 0;
  SearchStats stats_;
};

}  // namespace

asio::awaitable<absl::StatusOr<SearchResult>> Search(SearchIndex index, std::vector<float> query,
                                                     SearchOptions options,
                                                     EmbeddingSource* source) {
  return Search(index, std::move(query), std::move(options), source, RoundObserver());
}

asio::awaitable<absl::StatusOr<SearchResult>> Search(SearchIndex index, std::vector<float> query,
                                                     SearchOptions options, EmbeddingSource* source,
                                                     RoundObserver observer) {
  SEEKD_CO_RETURN_IF_ERROR(options.Validate());
  SEEKD_CO_RETURN_IF_ERROR(CheckQuery(query, source->dim()));
  SEEKD_CO_RETURN_IF_ERROR(CheckIndex(index, source->dim()));
  SEEKD_CO_RETURN_IF_ERROR(CheckLinks(index, options));
  SearchRun run(index, std::move(query), std::move(options));
  if (run.query_is_zero()) co_return run.Finish();
  run.Begin();
  for (;;) {
    SEEKD_CO_ASSIGN_OR_RETURN(const std::vector<ChunkId> chunks, run.NextBatch());
    if (chunks.empty()) co_return run.Finish();
    // Named, not temporaries: GCC 12 destroys temporaries of a co_await twice.
    std::vector<ChunkId> ids = chunks;
    EncodeOptions encode_options = run.encode_options();
    absl::StatusOr<EmbeddingRows> rows =
        co_await source->Fetch(std::move(ids), std::move(encode_options));
    SEEKD_CO_RETURN_IF_ERROR(rows.status());
    SEEKD_CO_RETURN_IF_ERROR(run.Observe(chunks, *rows));
    if (!observer) continue;
    if (std::optional<SearchResult> better = run.Improvement()) observer(*std::move(better));
  }
}

}  // namespace seekd
