// The training loop that tables and transformers share.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_CONTRASTIVE_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_CONTRASTIVE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/train/contrastive_loss.h"
#include "embedding_service/train/token_pairs.h"
#include "embedding_service/train/trainable_encoder.h"

namespace seekd::train {

struct ContrastiveOptions {
  uint64_t batch = 1024;  // pairs
  uint64_t steps = 0;     // 0: as many as `epochs` take
  double epochs = 1;
  double seconds = 0;    // of training, which the rate's decay then follows; 0: `steps` counts
  double rate = 1e-3;    // Adam's, at its highest
  double warmup = 0.02;  // share of the steps in which the rate rises; then it falls to zero
  double weight_decay = 0;
  double max_gradient = 0;  // norm of all gradients; 0: no limit
  LossOptions loss;

  // Hard negatives: for each query the nearest passage of others among `mining_pool` pairs, added
  // to the batch as a wrong answer. Found with the encoder as it is, again after each
  // `mining_steps`. One whose cosine is above `mining_margin` times the right passage's is taken
  // for another right answer and left out (Moreira et al. 2024).
  uint64_t mining_steps = 0;  // 0: none
  uint64_t mining_pool = 8192;
  double mining_margin = 0.95;

  uint64_t seed = 1;
  int threads = 1;  // of the CPU; one gives the same weights every time

  absl::Status Validate() const;
};

struct TrainingSummary {
  uint64_t steps = 0;
  double first_loss = 0;  // mean of the first tenth of the steps
  double last_loss = 0;   // of the last tenth
};

// Trains in place, on the device where the encoder's tensors are, and writes a line of progress now
// and then. Errors: INVALID_ARGUMENT (an option; fewer pairs than a batch), INTERNAL (what the
// library said; a loss that is no number).
absl::StatusOr<TrainingSummary> TrainContrastive(const TokenPairs& pairs,
                                                 const ContrastiveOptions& options,
                                                 TrainableEncoder* encoder);

// "cuda" where the library has a device, else "cpu"; a name given is taken.
std::string ChooseDevice(const std::string& name);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_CONTRASTIVE_H_
