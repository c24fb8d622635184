#include "embedding_service/precision_trial.h"

#include <cmath>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("the least cosine of two sets of rows", "[precision]") {
  const std::vector<float> exact = {1, 0, 0, 0, 0.6f, 0.8f};
  CATCH_CHECK(LeastCosine(exact, exact, 2) == Approx(1));
  // A zero row says nothing; the third row's cosine is 0.8.
  CATCH_CHECK(LeastCosine(exact, std::vector<float>{1, 0, 5, 5, 0, 1}, 2) == Approx(0.8));
  CATCH_CHECK(LeastCosine(exact, std::vector<float>{1, 0, 0, 0, NAN, 1}, 2) == 0);
  CATCH_CHECK(LeastCosine(exact, std::vector<float>{0, 0, 0, 0, 0.6f, 0.8f}, 2) == 0);
}

}  // namespace
}  // namespace seekd
