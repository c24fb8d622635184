// What a transformer's folder makes of texts, for a reference in another language.
//
//   encode_texts MODEL_FOLDER < texts > rows
//
// Reads a line {"kind": "query" | "passage", "text": ...} for each text, to which the model's
// prefix of that kind is added. Writes in this machine's byte order: dim (uint32); for each text
// the number of its tokens, special ones included (uint32), their ids (int32 each), its last hidden
// state [tokens, dim] and its row [dim] (float each). All in fp32 on the CPU.
#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "core/base/status_macros.h"
#include "embedding_service/bert_model.h"
#include "embedding_service/encoder_factory.h"

namespace seekd {
namespace {

std::vector<std::vector<TokenId>> ReadTokens(const LoadedModel& model) {
  std::vector<std::vector<TokenId>> tokens;
  for (std::string line; std::getline(std::cin, line);) {
    const auto input = nlohmann::json::parse(line);
    const std::string& prefix =
        input["kind"] == "query" ? model.spec.query_prefix : model.spec.passage_prefix;
    tokens.push_back(model.tokenizer->Tokenize(prefix + input["text"].get<std::string>()));
  }
  return tokens;
}

// All inputs as one block, in order, with their last hidden states in `hidden`.
absl::StatusOr<TokenBlock> RunBlock(const std::string& dir, const LoadedModel& model,
                                    std::span<const TokenSpan> inputs, std::vector<float>* hidden) {
  ABSL_ASSIGN_OR_RETURN(auto weights, ModelWeights::Open(dir));
  ABSL_ASSIGN_OR_RETURN(const auto bert,
                        BertModel::Load(model.spec, std::move(weights), Precision::kFp32));
  std::vector<uint32_t> order(inputs.size());
  std::iota(order.begin(), order.end(), 0);
  const SpecialTokens special{model.tokenizer->cls_id(), model.tokenizer->sep_id()};
  TokenBlock block = PackBlocks(inputs, order, special, UINT64_MAX).at(0);
  hidden->resize(block.ids.size() * model.spec.dim);
  block.hidden = hidden->data();
  ABSL_RETURN_IF_ERROR(bert->Run({&block, 1}, 2));
  return block;
}

template <typename T>
void Write(const T* values, size_t count) {
  std::cout.write(reinterpret_cast<const char*>(values),
                  static_cast<std::streamsize>(count * sizeof(T)));
}

absl::Status EncodeTexts(const std::string& dir) {
  ABSL_ASSIGN_OR_RETURN(
      const LoadedModel model,
      LoadModel(dir, {.threads = 2, .device = Device{}, .precision = Precision::kFp32}));
  const auto tokens = ReadTokens(model);
  const std::vector<TokenSpan> inputs(tokens.begin(), tokens.end());
  const size_t dim = model.spec.dim;
  std::vector<float> rows(inputs.size() * dim), hidden;
  ABSL_RETURN_IF_ERROR(model.encoder->Encode(inputs, rows.data()));
  ABSL_ASSIGN_OR_RETURN(const TokenBlock block, RunBlock(dir, model, inputs, &hidden));
  Write(&model.spec.dim, 1);
  size_t begin = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const size_t length = block.lengths[i];
    Write(&block.lengths[i], 1);
    Write(block.ids.data() + begin, length);
    Write(hidden.data() + begin * dim, length * dim);
    Write(rows.data() + i * dim, dim);
    begin += length;
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace seekd

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: encode_texts MODEL_FOLDER < texts > rows" << std::endl;
    return 2;
  }
  const absl::Status status = seekd::EncodeTexts(argv[1]);
  if (!status.ok()) std::cerr << status << std::endl;
  return status.ok() ? 0 : 1;
}
