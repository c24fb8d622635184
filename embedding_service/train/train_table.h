// Trains a static token table and writes it as a model folder.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_TABLE_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/train/token_pairs.h"
#include "embedding_service/train/train_contrastive.h"

namespace seekd::train {

struct TableOptions {
  std::vector<std::string> pairs;  // files
  std::string tokenizer_dir;       // whose vocabulary is used; "": that of init_dir
  std::string init_dir;            // a static model to go on from; "": from random rows
  std::string out;                 // folder, made where there is none
  uint32_t dim = 256;              // without init_dir
  // Shorter prefixes of the rows that are trained to stand alone, and their share in the loss.
  std::vector<uint32_t> prefix_dims = {64, 128};
  double prefix_weight = 0.3;
  double frequency = 1e-3;  // of FrequencyWeights, without init_dir
  TokenLimits limits;
  std::string device;  // "": see ChooseDevice
  ContrastiveOptions training;
};

// Errors: those of TrainContrastive and of the files.
absl::StatusOr<TrainingSummary> TrainTable(const TableOptions& options);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_TABLE_H_
