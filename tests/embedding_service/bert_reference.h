// The forward pass of a BERT-shaped encoder in plain loops and doubles: slow,
// obvious, and nothing shared with the torch one but the weights file.
#ifndef SEEKD_TESTS_EMBEDDING_SERVICE_BERT_REFERENCE_H_
#define SEEKD_TESTS_EMBEDDING_SERVICE_BERT_REFERENCE_H_

#include <string>
#include <vector>

#include "core/text/tokenizer.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/safetensors.h"

namespace seekd::testing {

class BertReference {
 public:
  // `file` (fp32 tensors, names after `prefix`) must outlive it.
  BertReference(const ModelSpec& spec, const SafetensorsFile& file, std::string prefix)
      : spec_(spec), file_(file), prefix_(std::move(prefix)) {}

  // Unit-length mean over all of `ids`, special tokens included in them.
  std::vector<double> Encode(const std::vector<TokenId>& ids) const;

 private:
  using Vector = std::vector<double>;
  using Rows = std::vector<Vector>;  // one per token

  double Weight(const std::string& name, size_t index) const;
  Vector Linear(const Vector& x, const std::string& name, size_t out) const;
  Vector Norm(const Vector& x, const std::string& name) const;
  Rows Embed(const std::vector<TokenId>& ids) const;
  Rows Attend(const Rows& x, const std::string& layer) const;
  Rows RunLayer(const Rows& x, uint32_t number) const;

  const ModelSpec spec_;
  const SafetensorsFile& file_;
  const std::string prefix_;
};

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_EMBEDDING_SERVICE_BERT_REFERENCE_H_
