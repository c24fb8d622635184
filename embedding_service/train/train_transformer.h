// Trains a small BERT-shaped transformer and writes it as a Hugging Face folder.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_TRANSFORMER_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_TRANSFORMER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/train/bert_module.h"
#include "embedding_service/train/token_pairs.h"
#include "embedding_service/train/train_contrastive.h"

namespace seekd::train {

struct TransformerOptions {
  std::vector<std::string> pairs;  // files
  std::string tokenizer_dir;       // whose vocabulary is used; "": that of table_dir
  std::string table_dir;           // a static model whose rows the word embeddings begin with
  double table_gain = 5;           // see BertModule::SetWords
  std::string out;                 // folder, made where there is none
  BertShape shape;                 // vocabulary, cls and sep are the tokenizer's
  TokenLimits limits;
  std::string device;  // "": see ChooseDevice. On a GPU linear layers compute in bf16
  ContrastiveOptions training;
};

// Errors: those of TrainContrastive and of the files, INVALID_ARGUMENT (a shape that does not fit).
absl::StatusOr<TrainingSummary> TrainTransformer(const TransformerOptions& options);

// Writes config.json and model.safetensors (fp16) of the module into the folder `dir`.
absl::Status WriteBert(const BertShape& shape, const BertModule& module, const std::string& dir);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_TRANSFORMER_H_
