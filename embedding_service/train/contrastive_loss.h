// The loss that all encoders here are trained with: InfoNCE with the other passages of the batch
// as wrong answers (van den Oord et al. 2018), in both directions, over several prefixes of the
// rows (Matryoshka, Kusupati et al. 2022).
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_CONTRASTIVE_LOSS_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_CONTRASTIVE_LOSS_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace seekd::train {

// The loss of the first `dim` components, with its weight in the sum.
struct PrefixLoss {
  int64_t dim = 0;
  double weight = 1;
};

struct LossOptions {
  double scale = 20;                 // of the cosines: 1 / temperature
  std::vector<PrefixLoss> prefixes;  // at least one
};

// queries [n, d]; passages [n + m, d], of which number i < n answers query i and the last m answer
// nobody; not_wrong [n, n + m] bool, true where a passage must not count as a wrong answer (may be
// undefined: nowhere). Rows of any length. A scalar.
at::Tensor ContrastiveLoss(const at::Tensor& queries, const at::Tensor& passages,
                           const at::Tensor& not_wrong, const LossOptions& options);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_CONTRASTIVE_LOSS_H_
