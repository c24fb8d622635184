// What a collection needs of the embedding service: the model's tokenizer, an
// encoder for new inputs, and a source of recomputed rows over its store.
// Implemented by embedding_service; tests use FakeBackend.
#ifndef SEEKD_CORE_COLLECTION_EMBEDDING_BACKEND_H_
#define SEEKD_CORE_COLLECTION_EMBEDDING_BACKEND_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
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
  // Both must outlive the source.
  virtual std::unique_ptr<EmbeddingSource> OpenSource(const CollectionStore& store) = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_EMBEDDING_BACKEND_H_
