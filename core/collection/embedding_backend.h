// What collections need of the embedding service: of one model the tokenizer, an encoder
// for new inputs, and sources of recomputed rows over stores; of all models, which there
// are. Implemented by embedding_service; tests use FakeBackend.
#ifndef SEEKD_CORE_COLLECTION_EMBEDDING_BACKEND_H_
#define SEEKD_CORE_COLLECTION_EMBEDDING_BACKEND_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/codes/shared_codebooks.h"
#include "core/search/embedding_source.h"
#include "core/store/store.h"
#include "core/text/tokenizer.h"

namespace seekd {

struct ModelInfo {
  std::string id;           // "seek-static-en-256"
  std::string fingerprint;  // hash of weights, tokenizer, recipe and probe vectors
  uint32_t dim = 0;
  std::shared_ptr<const SharedCodebooks> codebooks = nullptr;  // null: it ships none
  // What the model was trained to see before a text of each side; mostly "".
  std::string query_prefix = {};
  std::string passage_prefix = {};
  // Where text is sent to be encoded: "tei at https://gpu.example:443". "": it stays here.
  std::string remote = {};
};

class EmbeddingBackend {
 public:
  virtual ~EmbeddingBackend() = default;
  virtual const ModelInfo& model() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;
  virtual InputEncoder& encoder() = 0;
  // What a row has taken so far on average, in microseconds of the encoder; 0 before the
  // first.
  virtual double row_us() const { return 0; }
  // What the encoder runs on, and its precision where that is not fp32: "cpu", "cuda:0 bf16"; or
  // "remote".
  virtual std::string device() const { return "cpu"; }
  // What keeps the encoder from encoding anything, as far as is known.
  virtual absl::Status health() const { return absl::OkStatus(); }
  // Not OK: there is no such model in this daemon, and this says why (absent_model.h).
  virtual absl::Status presence() const { return absl::OkStatus(); }
  // Both must outlive the source.
  virtual std::unique_ptr<EmbeddingSource> OpenSource(const CollectionStore& store) = 0;
};

// Thread safety: any thread may call any member.
class ModelProvider {
 public:
  virtual ~ModelProvider() = default;
  // What new collections are made with.
  virtual EmbeddingBackend* default_model() = 0;
  // The model of that id, loaded if need be; it lives as long as the provider. NOT_FOUND tells
  // which there are; else the errors of loading it.
  virtual absl::StatusOr<EmbeddingBackend*> Find(const std::string& id) = 0;
};

// One model and no other.
class SingleModel final : public ModelProvider {
 public:
  // `model` outlives the object.
  explicit SingleModel(EmbeddingBackend* model) : model_(model) {}
  EmbeddingBackend* default_model() override { return model_; }
  absl::StatusOr<EmbeddingBackend*> Find(const std::string& id) override {
    if (id == model_->model().id) return model_;
    return absl::NotFoundError("no model \"" + id + "\"; there is " + model_->model().id);
  }

 private:
  EmbeddingBackend* const model_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_EMBEDDING_BACKEND_H_
