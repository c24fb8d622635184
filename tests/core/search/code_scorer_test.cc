#include "core/search/code_scorer.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/codes/codes.h"
#include "tests/core/storage/temp_folder.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr uint32_t kNodes = 20'000;
constexpr uint32_t kDim = 32;

// Clustered vectors as codes on disk, and queries of the same kind.
class Coded {
 public:
  Coded() {
    VectorSet vectors = testing::ClusteredVectors(kNodes + 20, kDim, 200, 3);
    queries_ = testing::TakeLast(20, &vectors);
    CodeTrainingOptions options;
    options.code_bytes = 12;
    options.stages = 2;
    options.threads = 1;
    VectorSet sample{kDim, {vectors.row(0), vectors.row(4'000)}};
    const auto codebook = TrainCodebook(sample, options, nullptr);
    CATCH_REQUIRE(codebook.ok());
    std::vector<uint8_t> codes(size_t{kNodes} * codebook->code_bytes());
    VectorEncoder(*codebook).Encode(vectors, codes.data());
    const std::string path = folder_.File("codes.bin");
    CATCH_REQUIRE(WriteCodes(path, *codebook, codes).ok());
    auto view = CodesView::Open(path);
    CATCH_REQUIRE(view.ok());
    codes_.emplace(*std::move(view));
  }

  static const Coded& Once() {
    static const Coded coded;
    return coded;
  }

  uint32_t queries() const { return queries_.size(); }
  CodeScorer Scorer(uint32_t query) const {
    return CodeScorer(&*codes_, std::span<const float>(queries_.row(query), kDim));
  }

 private:
  TempFolder folder_;
  VectorSet queries_;
  std::optional<CodesView> codes_;
};

// The obvious scan: every distance, sorted.
std::vector<ScoredNode> Closest(CodeScorer scorer, size_t keep) {
  std::vector<NodeId> nodes;
  for (uint32_t i = 0; i < kNodes; ++i) nodes.push_back(NodeId{i});
  std::vector<ScoredNode> scored;
  scorer.Score(nodes, &scored);
  std::sort(scored.begin(), scored.end());
  scored.resize(keep);
  return scored;
}

CATCH_TEST_CASE("a scan that keeps many nodes sees every one") {
  const Coded& coded = Coded::Once();
  const size_t many = WholeScanWidth(kNodes);
  CATCH_CHECK(LookedAtClosely(many, kNodes) == kNodes);
  CATCH_CHECK(LookedAtClosely(many - 1, kNodes) < kNodes);
  for (uint32_t q = 0; q < coded.queries(); ++q) {
    CATCH_CHECK(coded.Scorer(q).ScanAll(many) == Closest(coded.Scorer(q), many));
  }
}

CATCH_TEST_CASE("a scan that looks closely only at what is roughly near finds nearly all") {
  const Coded& coded = Coded::Once();
  constexpr size_t kKeep = 50;
  CATCH_REQUIRE(LookedAtClosely(kKeep, kNodes) < kNodes);
  size_t found = 0;
  for (uint32_t q = 0; q < coded.queries(); ++q) {
    const std::vector<ScoredNode> wanted = Closest(coded.Scorer(q), kKeep);
    CodeScorer scorer = coded.Scorer(q);
    const std::vector<ScoredNode> kept = scorer.ScanAll(kKeep);
    CATCH_CHECK(scorer.scored() > kNodes);  // roughly, and some a second time
    CATCH_CHECK(scorer.scored() < kNodes + 2 * LookedAtClosely(kKeep, kNodes));
    CATCH_REQUIRE(kept.size() == kKeep);
    CATCH_CHECK(std::is_sorted(kept.begin(), kept.end()));
    for (const ScoredNode& node : wanted) {
      found += std::binary_search(kept.begin(), kept.end(), node) ? 1 : 0;
    }
  }
  const size_t all = kKeep * coded.queries();
  CATCH_INFO(found << " of " << all);
  CATCH_CHECK(found >= all * 98 / 100);
}

}  // namespace
}  // namespace seekd
