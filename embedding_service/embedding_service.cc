#include "embedding_service/embedding_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/encoder_factory.h"
#include "embedding_service/model_files.h"
#include "embedding_service/recompute_source.h"

namespace seekd {
namespace {

constexpr int kMaxThreads = 1024;
constexpr uint64_t kMinBatchTokens = 512;  // a chunk of the default size and its context

BatchLimits LimitsOf(const EmbeddingOptions& options) {
  return {options.max_batch_tokens, options.max_queued_tokens, options.max_queued_rows};
}

// The encoder of a model that was loaded before.
absl::StatusOr<std::unique_ptr<BatchEncoder>> Reload(const std::string& dir,
                                                     const LoadOptions& options,
                                                     const std::string& fingerprint) {
  ABSL_ASSIGN_OR_RETURN(LoadedModel model, LoadModel(dir, options));
  if (model.fingerprint == fingerprint) return std::move(model.encoder);
  return absl::FailedPreconditionError(
      absl::StrCat(dir, ": the model has changed while its weights were not in memory: expected ",
                   "fingerprint ", fingerprint, ", found ", model.fingerprint,
                   ". Bring the old files back, or start the daemon anew"));
}

}  // namespace

absl::Status EmbeddingOptions::Validate() const {
  if (threads < 0 || threads > kMaxThreads) {
    return absl::InvalidArgumentError(
        absl::StrCat("threads is ", threads, ", expected 0 to ", kMaxThreads));
  }
  if (max_batch_tokens < kMinBatchTokens || max_batch_tokens > INT32_MAX) {
    return absl::InvalidArgumentError(absl::StrCat("max_batch_tokens is ", max_batch_tokens,
                                                   ", expected ", kMinBatchTokens, " to ",
                                                   INT32_MAX));
  }
  if (max_queued_tokens < max_batch_tokens || max_queued_rows == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "max_queued_tokens is ", max_queued_tokens, " and max_queued_rows ", max_queued_rows,
        ", expected at least one batch of ", max_batch_tokens, " tokens and one row"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<EmbeddingService>> EmbeddingService::Start(
    const std::string& model_dir, const EmbeddingOptions& options) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  const LoadOptions load{options.threads, options.device, options.precision,
                         options.precision_profile, options.warn};
  ABSL_ASSIGN_OR_RETURN(LoadedModel model, LoadModel(model_dir, load));
  ModelInfo info{.id = ModelIdOfFolder(model_dir),
                 .fingerprint = std::move(model.fingerprint),
                 .dim = model.encoder->dim(),
                 .codebooks = std::move(model.codebooks),
                 .query_prefix = model.spec.query_prefix,
                 .passage_prefix = model.spec.passage_prefix,
                 .remote = std::move(model.remote)};
  std::unique_ptr<BatchEncoder> encoder = std::move(model.encoder);
  ResidentEncoder* resident = nullptr;
  if (options.memory != nullptr && info.remote.empty()) {
    ABSL_ASSIGN_OR_RETURN(
        std::unique_ptr<ResidentEncoder> coming_and_going,
        ResidentEncoder::Create(
            info.id, std::move(encoder), model.memory_bytes,
            [=, fingerprint = info.fingerprint] { return Reload(model_dir, load, fingerprint); },
            options.memory));
    resident = coming_and_going.get();
    encoder = std::move(coming_and_going);
  }
  return std::unique_ptr<EmbeddingService>(
      new EmbeddingService(std::move(info), std::move(model.tokenizer), std::move(encoder),
                           resident, model.memory_bytes, options));
}

EmbeddingService::EmbeddingService(ModelInfo info, std::unique_ptr<Tokenizer> tokenizer,
                                   std::unique_ptr<BatchEncoder> encoder, ResidentEncoder* resident,
                                   uint64_t weight_bytes, const EmbeddingOptions& options)
    : info_(std::move(info)),
      options_(options),
      tokenizer_(std::move(tokenizer)),
      resident_(resident),
      weight_bytes_(weight_bytes),
      encoder_(std::move(encoder), LimitsOf(options)) {}

std::unique_ptr<EmbeddingSource> EmbeddingService::OpenSource(const CollectionStore& store) {
  return std::make_unique<RecomputeSource>(&store, tokenizer_.get(), &encoder_,
                                           options_.cache_bytes, info_.passage_prefix);
}

double EmbeddingService::row_us() const {
  const QueueCounters counters = encoder_.counters();
  const uint64_t encoded = counters.rows - counters.shared_rows;
  return encoded == 0 ? 0 : static_cast<double>(counters.encode_us) / static_cast<double>(encoded);
}

}  // namespace seekd
