#include "embedding_service/train/train_transformer.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/train/model_files.h"

namespace seekd::train {
namespace {

constexpr int64_t kSpecialTokens = 2;

absl::StatusOr<BertShape> CheckedShape(const TransformerOptions& options,
                                       const Tokenizer& tokenizer) {
  BertShape shape = options.shape;
  shape.vocabulary = tokenizer.vocab_size();
  shape.cls = tokenizer.cls_id();
  shape.sep = tokenizer.sep_id();
  if (shape.cls < 0 || shape.sep < 0) {
    return absl::InvalidArgumentError("the vocabulary has no [CLS] or no [SEP]");
  }
  if (shape.heads < 1 || shape.layers < 1 || shape.dim < 1 || shape.dim % shape.heads != 0) {
    return absl::InvalidArgumentError(absl::StrCat(shape.layers, " layers of ", shape.heads,
                                                   " heads cannot share ", shape.dim,
                                                   " components"));
  }
  const int64_t longest = std::max(options.limits.query, options.limits.passage) + kSpecialTokens;
  if (shape.max_positions < longest) {
    return absl::InvalidArgumentError(
        absl::StrCat("texts of ", longest, " tokens, ", shape.max_positions, " positions"));
  }
  return shape;
}

absl::Status InitialiseWords(const TransformerOptions& options, const BertShape& shape,
                             BertModule* module) {
  if (options.table_dir.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const NamedTensor table, ReadTable(options.table_dir));
  const std::vector<uint64_t> expected = {static_cast<uint64_t>(shape.vocabulary),
                                          static_cast<uint64_t>(shape.dim)};
  if (table.shape != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.table_dir, " is a table of ", table.shape[0], " x ", table.shape[1],
                     ", expected ", shape.vocabulary, " x ", shape.dim));
  }
  module->SetWords(at::tensor(table.values, at::kFloat).reshape({shape.vocabulary, shape.dim}),
                   options.table_gain);
  return absl::OkStatus();
}

absl::StatusOr<TrainingSummary> Train(const TransformerOptions& options) {
  const std::string& dir =
      options.tokenizer_dir.empty() ? options.table_dir : options.tokenizer_dir;
  ABSL_ASSIGN_OR_RETURN(const auto tokenizer, Tokenizer::Load(dir));
  ABSL_ASSIGN_OR_RETURN(const BertShape shape, CheckedShape(options, *tokenizer));
  ABSL_ASSIGN_OR_RETURN(const TokenPairs pairs,
                        ReadTokenPairs(options.pairs, *tokenizer, options.limits,
                                       static_cast<uint32_t>(options.training.threads)));
  torch::manual_seed(options.training.seed);
  const at::Device device(ChooseDevice(options.device));
  const auto module =
      std::make_shared<BertModule>(shape, device.is_cuda() ? at::kBFloat16 : at::kFloat);
  ABSL_RETURN_IF_ERROR(InitialiseWords(options, shape, module.get()));
  module->to(device);
  ContrastiveOptions training = options.training;
  training.loss.prefixes = {{shape.dim, 1}};
  ABSL_ASSIGN_OR_RETURN(const TrainingSummary summary,
                        TrainContrastive(pairs, training, module.get()));
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(options.out));
  ABSL_RETURN_IF_ERROR(WriteBert(shape, *module, options.out));
  ABSL_RETURN_IF_ERROR(CopyTokenizer(dir, options.out));
  return summary;
}

}  // namespace

absl::Status WriteBert(const BertShape& shape, const BertModule& module, const std::string& dir) {
  const nlohmann::ordered_json config = {{"model_type", "bert"},
                                         {"architectures", {"BertModel"}},
                                         {"hidden_size", shape.dim},
                                         {"num_hidden_layers", shape.layers},
                                         {"num_attention_heads", shape.heads},
                                         {"intermediate_size", shape.intermediate},
                                         {"max_position_embeddings", shape.max_positions},
                                         {"type_vocab_size", 2},
                                         {"vocab_size", shape.vocabulary},
                                         {"hidden_act", "gelu"},
                                         {"layer_norm_eps", kLayerNormEps},
                                         {"position_embedding_type", "absolute"},
                                         {"pooling", "mean"},
                                         {"normalize", true}};
  ABSL_RETURN_IF_ERROR(WriteModelFile(dir + "/config.json", config.dump(1) + "\n"));
  std::vector<NamedTensor> tensors;
  for (const auto& item : module.named_parameters()) {
    const at::Tensor tensor = item.value().detach().to(at::kCPU).contiguous();
    const float* values = tensor.data_ptr<float>();
    tensors.push_back({item.key(),
                       {tensor.sizes().begin(), tensor.sizes().end()},
                       {values, values + tensor.numel()}});
  }
  return WriteHalfWeights(dir, tensors);
}

absl::StatusOr<TrainingSummary> TrainTransformer(const TransformerOptions& options) {
  try {
    return Train(options);
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("torch: ", e.what()));
  }
}

}  // namespace seekd::train
