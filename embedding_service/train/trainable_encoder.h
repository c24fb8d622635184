// An encoder that gradients flow through: token ids to rows. Implementations: TableModule,
// BertModule. Errors of the library are exceptions (c10::Error); the trainer turns them into a
// status.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_TRAINABLE_ENCODER_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_TRAINABLE_ENCODER_H_

#include <ATen/ATen.h>

#include <span>
#include <vector>

#include "core/text/tokenizer.h"

namespace seekd::train {

class TrainableEncoder {
 public:
  virtual ~TrainableEncoder() = default;
  // Rows [texts.size(), dim] in fp32, of any length. REQUIRES: no text is empty; ids below the
  // vocabulary's size; lengths within the model's limit.
  virtual at::Tensor EncodeTexts(std::span<const std::span<const TokenId>> texts) = 0;
  virtual std::vector<at::Tensor> TrainableTensors() const = 0;
};

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_TRAINABLE_ENCODER_H_
