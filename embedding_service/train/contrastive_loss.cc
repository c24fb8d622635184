#include "embedding_service/train/contrastive_loss.h"

namespace seekd::train {
namespace {

constexpr double kNever = -1e4;  // a logit whose share is zero

at::Tensor Unit(const at::Tensor& rows) {
  return rows / rows.norm(2, 1, /*keepdim=*/true).clamp_min(1e-6);
}

at::Tensor LossOfPrefix(const at::Tensor& queries, const at::Tensor& passages,
                        const at::Tensor& not_wrong, double scale) {
  const int64_t n = queries.size(0);
  at::Tensor logits = at::mm(Unit(queries), Unit(passages).t()) * scale;
  if (not_wrong.defined()) logits = logits.masked_fill(not_wrong, kNever);
  const at::Tensor right = at::arange(n, logits.options().dtype(at::kLong));
  const at::Tensor of_passages = logits.narrow(1, 0, n).t();
  return (at::cross_entropy_loss(logits, right) + at::cross_entropy_loss(of_passages, right)) / 2;
}

}  // namespace

at::Tensor ContrastiveLoss(const at::Tensor& queries, const at::Tensor& passages,
                           const at::Tensor& not_wrong, const LossOptions& options) {
  at::Tensor sum;
  double weights = 0;
  for (const PrefixLoss& prefix : options.prefixes) {
    const at::Tensor loss =
        LossOfPrefix(queries.narrow(1, 0, prefix.dim), passages.narrow(1, 0, prefix.dim), not_wrong,
                     options.scale) *
        prefix.weight;
    sum = sum.defined() ? sum + loss : loss;
    weights += prefix.weight;
  }
  return sum / weights;
}

}  // namespace seekd::train
