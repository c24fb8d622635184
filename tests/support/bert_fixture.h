// A BERT-shaped model with random weights: what a recomputation costs with a
// real encoder, without a download. Seeded: equal options give equal files.
#ifndef SEEKD_TESTS_SUPPORT_BERT_FIXTURE_H_
#define SEEKD_TESTS_SUPPORT_BERT_FIXTURE_H_

#include <cstdint>
#include <string>

namespace seekd::testing {

struct BertFixture {
  uint32_t layers = 3;
  uint32_t dim = 256;
  uint32_t heads = 4;
  uint32_t intermediate = 1024;
  uint32_t vocab_size = 32000;  // of the default tokenizer
  uint32_t max_positions = 512;
  std::string name_prefix;  // of the tensors: "" or "bert."
  std::string hidden_act = "gelu";
  std::string pooling = "mean";
  uint32_t seed = 1;
};

// Writes config.json and model.safetensors (fp32) into the folder `dir`, and
// a copy of `tokenizer_file` where that is not "".
void WriteBertModel(const BertFixture& model, const std::string& dir,
                    const std::string& tokenizer_file);

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SUPPORT_BERT_FIXTURE_H_
