// One model of a daemon: its encoder thread and queue, and sources of recomputed rows for its
// collections.
//
// Thread safety: any thread may call any member. It must outlive the sources it
// opened and every coroutine that awaits them.
#ifndef SEEKD_EMBEDDING_SERVICE_EMBEDDING_SERVICE_H_
#define SEEKD_EMBEDDING_SERVICE_EMBEDDING_SERVICE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/collection/embedding_backend.h"
#include "embedding_service/batch_queue.h"
#include "embedding_service/device.h"
#include "embedding_service/encoder_service.h"
#include "embedding_service/model_memory.h"
#include "embedding_service/precision.h"

namespace seekd {

struct EmbeddingOptions {
  // Performance. The first five as in LoadOptions.
  int threads = 0;
  std::optional<Device> device;
  std::optional<Precision> precision;
  std::string precision_profile;
  WarnFn warn;
  // Where the weights' room comes from, which go and come by it; null: they stay. Outlives the
  // service.
  ModelMemory* memory = nullptr;
  uint64_t max_batch_tokens = 16384;     // padded; bounds a batch's working memory
  uint64_t max_queued_tokens = 4 << 20;  // per priority; above: RESOURCE_EXHAUSTED
  uint64_t max_queued_rows = 64 << 10;   // per priority; above: RESOURCE_EXHAUSTED
  uint64_t cache_bytes = 16 << 20;       // of recomputed rows, per collection; 0: none

  absl::Status Validate() const;  // INVALID_ARGUMENT
};

class EmbeddingService final : public EmbeddingBackend {
 public:
  // Loads the model in `model_dir` (see FindModelDir) and starts its thread.
  // Errors: those of LoadModel, ResidentEncoder::Create and Validate.
  static absl::StatusOr<std::unique_ptr<EmbeddingService>> Start(const std::string& model_dir,
                                                                 const EmbeddingOptions& options);

  const ModelInfo& model() const override { return info_; }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  InputEncoder& encoder() override { return encoder_; }
  double row_us() const override;
  std::string device() const override { return encoder_.device(); }
  absl::Status health() const override { return encoder_.health(); }
  std::unique_ptr<EmbeddingSource> OpenSource(const CollectionStore& store) override;

  // A remote model has none, and always answers true.
  bool weights_are_loaded() const { return resident_ == nullptr || resident_->is_loaded(); }
  // Until there is something to encode.
  void GiveBackWeights() {
    if (resident_ != nullptr) resident_->GiveBack();
  }
  uint64_t weight_bytes() const { return weight_bytes_; }

  // Answers what waits, and every later call, UNAVAILABLE. Idempotent.
  void Stop() { encoder_.Stop(); }
  QueueCounters counters() const { return encoder_.counters(); }

 private:
  EmbeddingService(ModelInfo info, std::unique_ptr<Tokenizer> tokenizer,
                   std::unique_ptr<BatchEncoder> encoder, ResidentEncoder* resident,
                   uint64_t weight_bytes, const EmbeddingOptions& options);

  const ModelInfo info_;
  const EmbeddingOptions options_;
  const std::unique_ptr<Tokenizer> tokenizer_;
  ResidentEncoder* const resident_;  // what encoder_ owns; null: weights that stay
  const uint64_t weight_bytes_;
  EncoderService encoder_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_EMBEDDING_SERVICE_H_
