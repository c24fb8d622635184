#include "embedding_service/train/train_contrastive.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <iostream>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/train/hard_negatives.h"

namespace seekd::train {
namespace {

constexpr uint64_t kStepsPerLine = 200;

// How far training is, 0 to 1: by the clock or by steps.
class Progress {
 public:
  Progress(uint64_t steps, double seconds) : steps_(steps), seconds_(seconds) {}
  double Share(uint64_t step) const {
    if (seconds_ > 0) return Elapsed() / seconds_;
    return static_cast<double>(step) / static_cast<double>(steps_);
  }
  double Elapsed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  const uint64_t steps_;
  const double seconds_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

double Rate(const ContrastiveOptions& options, double share) {
  if (share < options.warmup) return options.rate * std::max(share, 1e-3) / options.warmup;
  return options.rate * std::max(0.0, (1 - share) / (1 - options.warmup));
}

class Trainer {
 public:
  Trainer(const TokenPairs& pairs, const ContrastiveOptions& options, TrainableEncoder* encoder)
      : pairs_(pairs),
        options_(options),
        encoder_(encoder),
        tensors_(encoder->TrainableTensors()),
        order_(pairs.sources, options.batch, options.seed),
        mining_random_(options.seed),
        optimizer_(tensors_,
                   torch::optim::AdamWOptions(options.rate).weight_decay(options.weight_decay)) {}

  absl::StatusOr<TrainingSummary> Run() {
    const uint64_t steps = StepCount();
    const Progress progress(steps, options_.seconds);
    for (uint64_t step = 0; progress.Share(step) < 1; ++step) {
      if (options_.mining_steps != 0 && step % options_.mining_steps == 0) Mine();
      SetRate(Rate(options_, progress.Share(step)));
      losses_.push_back(Step());
      if ((step + 1) % kStepsPerLine != 0) continue;
      ABSL_ASSIGN_OR_RETURN(const double loss, MeanLoss(step + 1 - kStepsPerLine, step + 1));
      std::cout << "step " << step + 1 << ", " << progress.Share(step + 1) * 100 << " %, "
                << progress.Elapsed() << " s, loss " << loss << std::endl;
    }
    return Summarise();
  }

 private:
  uint64_t StepCount() const {
    if (options_.steps != 0) return options_.steps;
    const double steps =
        options_.epochs * static_cast<double>(pairs_.size()) / static_cast<double>(options_.batch);
    return std::max<uint64_t>(1, static_cast<uint64_t>(steps));
  }

  void SetRate(double rate) {
    for (auto& group : optimizer_.param_groups()) {
      static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
    }
  }

  // All pairs, in random pools.
  void Mine() {
    std::vector<uint32_t> all(pairs_.size());
    std::iota(all.begin(), all.end(), 0);
    Shuffle(&mining_random_, &all);
    negatives_.assign(pairs_.size(), kNoNegative);
    for (size_t begin = 0; begin < all.size(); begin += options_.mining_pool) {
      const auto pool =
          std::span(all).subspan(begin, std::min<size_t>(options_.mining_pool, all.size() - begin));
      const std::vector<uint32_t> found =
          FindHardNegatives(pairs_, pool, options_.mining_margin, encoder_);
      for (size_t i = 0; i < pool.size(); ++i) negatives_[pool[i]] = found[i];
    }
  }

  // The loss stays on its device: reading it would wait for the device in every step.
  at::Tensor Step() {
    const std::span<const uint32_t> batch = order_.Next();
    // Queries and passages in one call: a small model on a GPU waits for calls, not for arithmetic.
    std::vector<std::span<const TokenId>> texts;
    for (const uint32_t pair : batch) texts.push_back(pairs_.queries[pair]);
    for (const uint32_t pair : batch) texts.push_back(pairs_.passages[pair]);
    for (const uint32_t pair : batch) {
      if (negatives_.empty() || negatives_[pair] == kNoNegative) continue;
      texts.push_back(pairs_.passages[negatives_[pair]]);
    }
    const auto n = static_cast<int64_t>(batch.size());
    const at::Tensor rows = encoder_->EncodeTexts(texts);
    const at::Tensor passages = rows.narrow(0, n, rows.size(0) - n);
    const at::Tensor loss =
        ContrastiveLoss(rows.narrow(0, 0, n), passages, NotWrong(batch, passages), options_.loss);
    optimizer_.zero_grad();
    loss.backward();
    if (options_.max_gradient > 0) LimitGradients();
    optimizer_.step();
    return loss.detach();
  }

  // Unlike torch's, without waiting for the device.
  void LimitGradients() {
    const torch::NoGradGuard no_gradients;
    std::vector<at::Tensor> norms;
    for (const at::Tensor& tensor : tensors_) norms.push_back(tensor.grad().norm());
    const at::Tensor norm = at::stack(norms).norm();
    const at::Tensor factor = (options_.max_gradient / (norm + 1e-6)).clamp_max(1);
    for (const at::Tensor& tensor : tensors_) tensor.mutable_grad().mul_(factor);
  }

  // Undefined where every other passage is wrong.
  at::Tensor NotWrong(std::span<const uint32_t> batch, const at::Tensor& passages) const {
    const auto equal = EqualPairs(pairs_, batch);
    if (equal.empty()) return {};
    at::Tensor mask = at::zeros({static_cast<int64_t>(batch.size()), passages.size(0)}, at::kBool);
    auto places = mask.accessor<bool, 2>();
    for (const auto& [row, column] : equal) places[row][column] = true;
    return mask.to(passages.device());
  }

  absl::StatusOr<double> MeanLoss(size_t begin, size_t end) const {
    const std::vector<at::Tensor> some(losses_.begin() + static_cast<ptrdiff_t>(begin),
                                       losses_.begin() + static_cast<ptrdiff_t>(end));
    const double mean = at::stack(some).mean().item<double>();
    if (std::isfinite(mean)) return mean;
    return absl::InternalError(absl::StrCat("the loss is no number after ", end, " steps"));
  }

  absl::StatusOr<TrainingSummary> Summarise() const {
    const size_t steps = losses_.size();
    const size_t tenth = std::max<size_t>(1, steps / 10);
    TrainingSummary summary;
    summary.steps = steps;
    ABSL_ASSIGN_OR_RETURN(summary.first_loss, MeanLoss(0, tenth));
    ABSL_ASSIGN_OR_RETURN(summary.last_loss, MeanLoss(steps - tenth, steps));
    return summary;
  }

  const TokenPairs& pairs_;
  const ContrastiveOptions& options_;
  TrainableEncoder* const encoder_;
  const std::vector<at::Tensor> tensors_;
  BatchOrder order_;
  std::mt19937_64 mining_random_;
  torch::optim::AdamW optimizer_;
  std::vector<uint32_t> negatives_;  // by pair; empty: not mined
  std::vector<at::Tensor> losses_;   // of each step
};

}  // namespace

absl::Status ContrastiveOptions::Validate() const {
  if (batch < 2) return absl::InvalidArgumentError("a batch takes at least 2 pairs");
  if (!(rate > 0)) return absl::InvalidArgumentError("the rate must be more than 0");
  if (!(warmup >= 0 && warmup < 1)) return absl::InvalidArgumentError("warmup must be in [0, 1)");
  if (steps == 0 && !(epochs > 0)) return absl::InvalidArgumentError("no step to train");
  if (!(loss.scale > 0)) return absl::InvalidArgumentError("the scale must be more than 0");
  if (mining_pool < 2) return absl::InvalidArgumentError("a mining pool takes at least 2 pairs");
  if (threads < 1) return absl::InvalidArgumentError("at least 1 thread");
  return absl::OkStatus();
}

absl::StatusOr<TrainingSummary> TrainContrastive(const TokenPairs& pairs,
                                                 const ContrastiveOptions& options,
                                                 TrainableEncoder* encoder) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  if (pairs.size() < options.batch) {
    return absl::InvalidArgumentError(
        absl::StrCat("a batch takes ", options.batch, " pairs, found ", pairs.size()));
  }
  try {
    at::set_num_threads(options.threads);
    return Trainer(pairs, options, encoder).Run();
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("torch: ", e.what()));
  }
}

std::string ChooseDevice(const std::string& name) {
  if (!name.empty()) return name;
  return torch::cuda::is_available() ? "cuda" : "cpu";
}

}  // namespace seekd::train
