#include "core/search/stop_trial.h"

#include <memory>
#include <span>
#include <vector>

#include "core/vector/row_source.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr uint32_t kHits = 3;

class Trials {
 public:
  explicit Trials(const float* query)
      : scorer_(std::make_shared<CodeScorer>(
            &collection_.codes(), std::span<const float>(query, collection_.vectors().dim))),
        ranked_(scorer_->ScanAll(500)),
        right_(collection_.Truth(query, kHits).back().score),
        rows_(&collection_.vectors()),
        scores_(&rows_, query) {}

  StopTrial Run(const StopRule& rule) {
    const TrialInput input{collection_.graph(), scorer_, ranked_, {}, right_, &scores_};
    auto trial = StopTrial::Run(input, kHits, rule);
    CATCH_REQUIRE(trial.ok());
    return *std::move(trial);
  }

 private:
  const SearchFixture& collection_ = SmallCollection();
  std::shared_ptr<CodeScorer> scorer_;
  std::vector<ScoredNode> ranked_;
  float right_;
  VectorRows rows_;
  KnownScores scores_;
};

CATCH_TEST_CASE("StopTrial: a loose run tells what every stricter rule ends with") {
  const VectorSet queries = QueriesNear(SmallCollection().vectors(), 41, 20, 0.3F);
  StopRule loose;
  loose.margin = 0.4F;
  loose.patience = 200;
  uint32_t shorter = 0;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    Trials trials(queries.row(q));
    const StopTrial all = trials.Run(loose);
    for (const uint32_t patience : {4U, 16U, 40U, 200U}) {
      for (const uint32_t max_rows : {0U, 3U, 7U, 16U, 20U, 50U}) {
        StopRule strict = loose;
        strict.patience = patience;
        strict.max_rows = max_rows;
        const StopTrial itself = trials.Run(strict);
        const uint32_t rows = itself.RowsBy(strict);
        CATCH_CAPTURE(q, patience, max_rows);
        CATCH_CHECK(all.RowsBy(strict) == rows);
        CATCH_CHECK(all.RightAfter(rows) == itself.RightAfter(rows));
        shorter += rows < all.RowsBy(loose) ? 1 : 0;
      }
    }
  }
  CATCH_CHECK(shorter > 100);  // the rules were strict indeed
}

}  // namespace
}  // namespace seekd
