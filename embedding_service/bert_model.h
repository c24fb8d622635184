// The layers of a BERT-shaped transformer (Devlin et al. 2019): word, position and type
// embeddings, self-attention and feed-forward with post-layer-norm. From token ids to the last
// hidden state; pooling is the encoder's.
//
// Nothing is padded: the sequences of a block stand one after another in one [tokens, dim] matrix,
// which is all that linear layers, norms and activations need to know; attention goes sequence by
// sequence. Blocks are spread over threads, each of which runs one through all layers, so that its
// activations stay in the cache; a single block is spread inside each layer instead.
//
// Thread safety: Run by one thread at a time.
#ifndef SEEKD_EMBEDDING_SERVICE_BERT_MODEL_H_
#define SEEKD_EMBEDDING_SERVICE_BERT_MODEL_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/model_weights.h"
#include "embedding_service/precision.h"
#include "embedding_service/token_block.h"

namespace seekd {

class BertModel {
 public:
  // Weights under Hugging Face's names behind whatever prefix stands before
  // "embeddings.word_embeddings.weight"; layer norms also under TensorFlow's (gamma, beta).
  // Tensors of no layer (pooler, heads) are ignored. Errors: NOT_FOUND (a tensor),
  // INVALID_ARGUMENT (its shape or type; a precision that the library lacks), DATA_LOSS (a
  // component that is not finite), INTERNAL.
  static absl::StatusOr<std::unique_ptr<BertModel>> Load(
      const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights, Precision precision);
  ~BertModel();

  // fp32, and what this library and this processor may compute faster.
  static std::vector<Precision> SupportedPrecisions();

  // Writes the last hidden state of every block, ids.size() * dim floats, to its `hidden`. A
  // sequence's rows do not depend on the others, within 1e-5.
  // REQUIRES: ids and lengths within the spec's limits. Errors: INTERNAL.
  absl::Status Run(std::span<const TokenBlock> blocks, int threads) const;

 private:
  struct Layers;  // torch tensors
  BertModel(const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights);

  const ModelSpec spec_;
  const std::shared_ptr<const ModelWeights> weights_;  // mapped tensors live in it
  std::unique_ptr<Layers> layers_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_BERT_MODEL_H_
