#include "embedding_service/train/train_table.h"

#include <torch/torch.h>

#include <exception>
#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/train/model_files.h"
#include "embedding_service/train/table_module.h"

namespace seekd::train {
namespace {

// [CLS], [SEP] and such come in no text: as zero rows they cannot harm one.
void ClearSpecialRows(const Tokenizer& tokenizer, at::Tensor* rows) {
  for (const TokenId id :
       {tokenizer.unknown_id(), tokenizer.cls_id(), tokenizer.sep_id(), tokenizer.pad_id()}) {
    if (id >= 0) (*rows)[id].zero_();
  }
}

absl::StatusOr<at::Tensor> InitialRows(const TableOptions& options, const Tokenizer& tokenizer) {
  const int64_t vocabulary = tokenizer.vocab_size();
  if (options.init_dir.empty()) {
    at::Tensor rows = at::randn({vocabulary, static_cast<int64_t>(options.dim)}) * 0.1;
    ClearSpecialRows(tokenizer, &rows);
    return rows;
  }
  ABSL_ASSIGN_OR_RETURN(NamedTensor table, ReadTable(options.init_dir));
  if (table.shape[0] != tokenizer.vocab_size()) {
    return absl::InvalidArgumentError(absl::StrCat(options.init_dir, " has ", table.shape[0],
                                                   " rows, the vocabulary ", vocabulary));
  }
  return at::tensor(table.values, at::kFloat).reshape({vocabulary, -1});
}

std::unique_ptr<TableModule> MakeModule(const TableOptions& options, const TokenPairs& pairs,
                                        const at::Tensor& rows) {
  const at::Tensor weights =
      options.init_dir.empty()
          ? FrequencyWeights(pairs.passages.ids(), rows.size(0), options.frequency)
          : at::ones({rows.size(0)});
  auto module = std::make_unique<TableModule>(rows, weights);
  module->to(at::Device(ChooseDevice(options.device)));
  return module;
}

absl::StatusOr<ContrastiveOptions> WithPrefixes(const TableOptions& options, int64_t dim) {
  ContrastiveOptions training = options.training;
  training.loss.prefixes = {{dim, 1}};
  for (const uint32_t prefix : options.prefix_dims) {
    if (prefix == 0 || prefix >= dim) {
      return absl::InvalidArgumentError(
          absl::StrCat("a prefix of ", prefix, " components, expected 1 to ", dim - 1));
    }
    training.loss.prefixes.push_back({prefix, options.prefix_weight});
  }
  return training;
}

absl::StatusOr<TrainingSummary> Train(const TableOptions& options) {
  const std::string& dir = options.tokenizer_dir.empty() ? options.init_dir : options.tokenizer_dir;
  ABSL_ASSIGN_OR_RETURN(const auto tokenizer, Tokenizer::Load(dir));
  torch::manual_seed(options.training.seed);
  ABSL_ASSIGN_OR_RETURN(const at::Tensor rows, InitialRows(options, *tokenizer));
  ABSL_ASSIGN_OR_RETURN(const ContrastiveOptions training, WithPrefixes(options, rows.size(1)));
  ABSL_ASSIGN_OR_RETURN(const TokenPairs pairs,
                        ReadTokenPairs(options.pairs, *tokenizer, options.limits,
                                       static_cast<uint32_t>(options.training.threads)));
  const auto module = MakeModule(options, pairs, rows);
  ABSL_ASSIGN_OR_RETURN(const TrainingSummary summary,
                        TrainContrastive(pairs, training, module.get()));
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(options.out));
  const at::Tensor table = module->FoldedTable();
  const float* values = table.data_ptr<float>();
  ABSL_RETURN_IF_ERROR(WriteStaticModel(
      {"embeddings",
       {static_cast<uint64_t>(table.size(0)), static_cast<uint64_t>(table.size(1))},
       {values, values + table.numel()}},
      dir, options.out));
  return summary;
}

}  // namespace

absl::StatusOr<TrainingSummary> TrainTable(const TableOptions& options) {
  try {
    return Train(options);
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("torch: ", e.what()));
  }
}

}  // namespace seekd::train
