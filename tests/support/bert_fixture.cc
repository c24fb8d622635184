#include "tests/support/bert_fixture.h"

#include <cmath>
#include <filesystem>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/safetensors_writer.h"

namespace seekd::testing {
namespace {

// Makes the tensors in turn from one random stream.
class RandomWeights {
 public:
  RandomWeights(uint32_t seed, std::string prefix) : random_(seed), prefix_(std::move(prefix)) {}

  void Add(const std::string& name, std::vector<uint64_t> shape, float mean, float deviation) {
    uint64_t count = 1;
    for (uint64_t extent : shape) count *= extent;
    std::vector<float> values(count);
    // Uniform from the raw bits: the same on every standard library.
    for (float& v : values) {
      const float unit = static_cast<float>(random_() >> 8) * 0x1p-23f - 1.0f;
      v = mean + deviation * std::sqrt(3.0f) * unit;
    }
    tensors_.push_back(FloatTensor(prefix_ + name, std::move(shape), values));
  }

  // Deviations that keep the size of activations from layer to layer.
  void AddLinear(const std::string& name, uint64_t out, uint64_t in) {
    Add(name + ".weight", {out, in}, 0, 1 / std::sqrt(static_cast<float>(in)));
    Add(name + ".bias", {out}, 0, 0.1f);
  }

  void AddNorm(const std::string& name, uint64_t size) {
    Add(name + ".weight", {size}, 1, 0.1f);
    Add(name + ".bias", {size}, 0, 0.1f);
  }

  std::string Bytes() const { return SafetensorsBytes(tensors_); }

 private:
  std::mt19937 random_;
  const std::string prefix_;
  std::vector<TensorToWrite> tensors_;
};

void AddLayer(const BertFixture& model, uint32_t number, RandomWeights* weights) {
  const std::string name = absl::StrCat("encoder.layer.", number, ".");
  for (const char* part : {"query", "key", "value"}) {
    weights->AddLinear(absl::StrCat(name, "attention.self.", part), model.dim, model.dim);
  }
  weights->AddLinear(name + "attention.output.dense", model.dim, model.dim);
  weights->AddNorm(name + "attention.output.LayerNorm", model.dim);
  weights->AddLinear(name + "intermediate.dense", model.intermediate, model.dim);
  weights->AddLinear(name + "output.dense", model.dim, model.intermediate);
  weights->AddNorm(name + "output.LayerNorm", model.dim);
}

std::string Config(const BertFixture& model) {
  return absl::StrCat(
      "{\"model_type\":\"bert\",\"hidden_act\":\"", model.hidden_act, "\",\"pooling\":\"",
      model.pooling, "\",\"hidden_size\":", model.dim, ",\"num_hidden_layers\":", model.layers,
      ",\"num_attention_heads\":", model.heads, ",\"intermediate_size\":", model.intermediate,
      ",\"max_position_embeddings\":", model.max_positions,
      ",\"type_vocab_size\":2,\"layer_norm_eps\":1e-12,\"vocab_size\":", model.vocab_size, "}");
}

}  // namespace

void WriteBertModel(const BertFixture& model, const std::string& dir,
                    const std::string& tokenizer_file) {
  RandomWeights weights(model.seed, model.name_prefix);
  weights.Add("embeddings.word_embeddings.weight", {model.vocab_size, model.dim}, 0, 1);
  weights.Add("embeddings.position_embeddings.weight", {model.max_positions, model.dim}, 0, 0.3f);
  weights.Add("embeddings.token_type_embeddings.weight", {2, model.dim}, 0, 0.3f);
  weights.AddNorm("embeddings.LayerNorm", model.dim);
  for (uint32_t i = 0; i < model.layers; ++i) AddLayer(model, i, &weights);

  WriteFileOrDie(dir + "/model.safetensors", weights.Bytes());
  WriteFileOrDie(dir + "/config.json", Config(model));
  if (tokenizer_file.empty()) return;
  std::filesystem::copy_file(tokenizer_file, dir + "/tokenizer.json",
                             std::filesystem::copy_options::overwrite_existing);
}

}  // namespace seekd::testing
