// Stands in for the model of a collection that this daemon does not have: knows who it was,
// encodes nothing, and says why. The collection's documents can be read, listed and moved to
// another model (Engine::UseModel); searches and writers get the reason.
#ifndef SEEKD_CORE_COLLECTION_ABSENT_MODEL_H_
#define SEEKD_CORE_COLLECTION_ABSENT_MODEL_H_

#include <memory>
#include <string>

#include "core/collection/embedding_backend.h"

namespace seekd {

class AbsentModel final : public EmbeddingBackend {
 public:
  // `tokenizer`: any; nothing is cut by it, since nothing is written. It outlives the object.
  // `why` is not OK.
  AbsentModel(ModelInfo info, const Tokenizer* tokenizer, absl::Status why);
  ~AbsentModel() override;

  const ModelInfo& model() const override { return info_; }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  InputEncoder& encoder() override;
  std::string device() const override { return "none"; }
  absl::Status health() const override { return why_; }
  absl::Status presence() const override { return why_; }
  std::unique_ptr<EmbeddingSource> OpenSource(const CollectionStore& store) override;

 private:
  class Encoder;

  const ModelInfo info_;
  const Tokenizer* const tokenizer_;
  const absl::Status why_;
  const std::unique_ptr<Encoder> encoder_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_ABSENT_MODEL_H_
