// What the encoder is measured against: a BERT-shaped model the plain way, as libraries show it.
// fp32, one padded batch, attention of all heads at once, the library's own threads inside each
// operation.
#ifndef SEEKD_TESTS_BENCH_PADDED_BERT_H_
#define SEEKD_TESTS_BENCH_PADDED_BERT_H_

#include <memory>
#include <span>

#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/model_weights.h"

namespace seekd::bench {

class PaddedBert {
 public:
  // fp32 weights without a name prefix, as tests/support/bert_fixture.h writes them.
  // REQUIRES: a sound model.
  PaddedBert(const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights, int threads);
  ~PaddedBert();

  // Unit-length means over all tokens, the first and last of which stand for special ones:
  // inputs.size() * dim floats.
  void Encode(std::span<const TokenSpan> inputs, float* rows) const;

 private:
  struct Layers;
  const ModelSpec spec_;
  const std::shared_ptr<const ModelWeights> weights_;
  const int threads_;
  std::unique_ptr<Layers> layers_;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_PADDED_BERT_H_
