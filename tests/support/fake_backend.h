// An EmbeddingBackend without a model: the default model's tokenizer and
// FakeEncoder. What a collection is tested with. It is also the ModelProvider of itself and of
// those that were added.
#ifndef SEEKD_TESTS_SUPPORT_FAKE_BACKEND_H_
#define SEEKD_TESTS_SUPPORT_FAKE_BACKEND_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/collection/embedding_backend.h"
#include "tests/support/fake_encoder.h"

namespace seekd::testing {

// The default model's folder in the source tree.
std::string DefaultModelDir();

class FakeBackend final : public EmbeddingBackend, public ModelProvider {
 public:
  // Aborts the test when the default tokenizer cannot be read.
  explicit FakeBackend(uint32_t dim = 32, uint32_t max_input_tokens = UINT32_MAX);

  const ModelInfo& model() const override { return model_; }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  InputEncoder& encoder() override { return encoder_; }
  // Rows are recomputed from the store's text at every call: no cache.
  std::unique_ptr<EmbeddingSource> OpenSource(const CollectionStore& store) override;

  EmbeddingBackend* default_model() override { return this; }
  absl::StatusOr<EmbeddingBackend*> Find(const std::string& id) override;
  void AddModel(FakeBackend* other) { others_.push_back(other); }

  FakeEncoder& fake_encoder() { return encoder_; }
  void set_fingerprint(std::string fingerprint) { model_.fingerprint = std::move(fingerprint); }
  void set_id(std::string id) { model_.id = std::move(id); }
  void set_codebooks(std::shared_ptr<const SharedCodebooks> codebooks) {
    model_.codebooks = std::move(codebooks);
  }

 private:
  ModelInfo model_;
  std::unique_ptr<Tokenizer> tokenizer_;
  FakeEncoder encoder_;
  std::vector<FakeBackend*> others_;
};

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SUPPORT_FAKE_BACKEND_H_
