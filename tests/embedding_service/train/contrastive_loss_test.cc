#include "embedding_service/train/contrastive_loss.h"

#include <cmath>

#include "embedding_service/train/table_module.h"
#include "tests/support/catch.h"

namespace seekd::train {
namespace {

double Loss(const at::Tensor& queries, const at::Tensor& passages, const at::Tensor& not_wrong,
            const LossOptions& options) {
  return ContrastiveLoss(queries, passages, not_wrong, options).item<double>();
}

// The loss of a right answer of cosine 1 against wrong ones of cosine 0.
double OfWrong(int wrong, double scale) { return std::log(1 + wrong * std::exp(-scale)); }

CATCH_TEST_CASE("the loss by hand", "[train]") {
  const at::Tensor rows = at::eye(3) * 7;  // lengths do not matter
  LossOptions options{.scale = 2, .prefixes = {{3, 1}}};
  CATCH_CHECK(Loss(rows, rows, {}, options) == Approx(OfWrong(2, 2)));

  // A passage of nobody is a wrong answer to queries; no passage has it as one.
  const at::Tensor more = at::cat({at::cat({rows, at::zeros({3, 1})}, 1), at::eye(4).slice(0, 3)});
  const at::Tensor queries = at::cat({rows, at::zeros({3, 1})}, 1);
  options.prefixes = {{4, 1}};
  CATCH_CHECK(Loss(queries, more, {}, options) == Approx((OfWrong(3, 2) + OfWrong(2, 2)) / 2));

  // What is no wrong answer does not count.
  const at::Tensor mask =
      at::ones({3, 4}, at::kBool).logical_xor(at::eye(4).slice(0, 0, 3).to(at::kBool));
  CATCH_CHECK(Loss(queries, more, mask, options) == Approx(0).margin(1e-6));
}

CATCH_TEST_CASE("prefixes share the loss by their weights", "[train]") {
  const at::Tensor rows = at::tensor(std::vector<float>{1, 1, 1, -1}).reshape({2, 2});
  const LossOptions options{.scale = 2, .prefixes = {{2, 1}, {1, 0.5}}};
  // The first components alone are equal: as good as guessing.
  CATCH_CHECK(Loss(rows, rows, {}, options) == Approx((OfWrong(1, 2) + 0.5 * std::log(2.0)) / 1.5));
}

CATCH_TEST_CASE("rare tokens weigh more, unseen ones nothing", "[train]") {
  const std::vector<TokenId> ids = {1, 1, 1, 2};
  const at::Tensor weights = FrequencyWeights(ids, 4, 0.25);
  CATCH_CHECK(weights[1].item<double>() == Approx(0.25));
  CATCH_CHECK(weights[2].item<double>() == Approx(0.5));
  CATCH_CHECK(weights[3].item<double>() < 1e-3);
}

}  // namespace
}  // namespace seekd::train
