#include "embedding_service/train/table_module.h"

#include "embedding_service/train/device_tensor.h"

namespace seekd::train {
namespace {

constexpr float kUnseenWeight = 1e-4F;  // more than 0: the logarithm is what is trained

}  // namespace

TableModule::TableModule(const at::Tensor& rows, const at::Tensor& weights)
    : rows_(register_parameter("rows", rows.clone())),
      log_weights_(register_parameter("log_weights", weights.log())) {}

at::Tensor TableModule::EncodeTexts(std::span<const std::span<const TokenId>> texts) {
  std::vector<int64_t> ids, begins;
  for (const std::span<const TokenId> text : texts) {
    begins.push_back(static_cast<int64_t>(ids.size()));
    ids.insert(ids.end(), text.begin(), text.end());
  }
  const at::Device device = rows_.device();
  const at::Tensor tokens = ToDevice(ids, device);
  const at::Tensor offsets = ToDevice(begins, device);
  constexpr int64_t kSum = 0;  // the mode; lengths of rows do not matter
  return std::get<0>(at::embedding_bag(rows_, tokens, offsets, /*scale_grad_by_freq=*/false, kSum,
                                       /*sparse=*/false,
                                       log_weights_.index_select(0, tokens).exp()));
}

at::Tensor TableModule::FoldedTable() const {
  const torch::NoGradGuard no_gradients;
  return (rows_ * log_weights_.exp().unsqueeze(1)).to(at::kCPU).contiguous();
}

at::Tensor FrequencyWeights(std::span<const TokenId> ids, int64_t vocabulary, double a) {
  std::vector<float> weights(static_cast<size_t>(vocabulary), 0.0F);
  for (const TokenId id : ids) weights[static_cast<size_t>(id)] += 1;
  for (float& weight : weights) {
    if (weight == 0) {
      weight = kUnseenWeight;
      continue;
    }
    const double share = weight / static_cast<double>(ids.size());
    weight = static_cast<float>(a / (a + share));
  }
  return at::tensor(weights, at::kFloat);
}

}  // namespace seekd::train
