#include "core/search/approximate_queue.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/rounds.h"

namespace seekd {
namespace {

constexpr uint32_t kNodes = 3000;

// The same with everything sorted anew each time.
class SortedReference {
 public:
  explicit SortedReference(double share) : share_(share) {}
  void Add(ScoredNode node) { all_.push_back(node); }
  void Grow() { ++grown_; }

  std::vector<ScoredNode> Promote() {
    std::sort(all_.begin(), all_.end());
    const double share = std::ceil(share_ * static_cast<double>(all_.size()));
    const size_t head = std::min(all_.size(), static_cast<size_t>(share) + grown_);
    std::vector<ScoredNode> promoted;
    for (size_t i = 0; i < head; ++i) {
      if (promoted_.insert(all_[i].node.value).second) promoted.push_back(all_[i]);
    }
    return promoted;
  }

 private:
  double share_;
  size_t grown_ = 0;
  std::vector<ScoredNode> all_;
  std::set<uint32_t> promoted_;
};

CATCH_TEST_CASE("ApproximateQueue equals sorting everything, for any share and order") {
  for (const double share : {0.001, 0.05, 0.2, 0.5, 1.0}) {
    for (int seed = 0; seed < testing::Rounds(6); ++seed) {
      std::mt19937 random(static_cast<uint32_t>(seed));
      ApproximateQueue queue(kNodes, share);
      SortedReference reference(share);
      uint32_t node = 0;
      while (node < kNodes) {
        const uint32_t list = random() % 20;  // none, too
        for (uint32_t i = 0; i < list && node < kNodes; ++i, ++node) {
          // Few distinct distances: ties are decided by the id. Later seeds come closer
          // with time, as a search does.
          const auto distance = static_cast<float>(random() % 500) -
                                (seed % 2 == 1 ? static_cast<float>(node) / 4 : 0.0F);
          queue.Add({distance, NodeId{node}});
          reference.Add({distance, NodeId{node}});
        }
        if (random() % 10 == 0 && queue.Grow()) reference.Grow();
        CATCH_REQUIRE(queue.Promote() == reference.Promote());
        CATCH_REQUIRE(queue.size() == node);
      }
    }
  }
}

CATCH_TEST_CASE("ApproximateQueue: a node rejected early is promoted when the head has grown") {
  ApproximateQueue queue(100, 0.1);
  queue.Add({1, NodeId{0}});
  queue.Add({2, NodeId{1}});
  CATCH_CHECK(queue.Promote() == std::vector<ScoredNode>{{1, NodeId{0}}});
  for (uint32_t i = 2; i < 11; ++i) queue.Add({10, NodeId{i}});
  CATCH_CHECK(queue.Promote() == std::vector<ScoredNode>{{2, NodeId{1}}});
  CATCH_CHECK(queue.Promote().empty());
}

CATCH_TEST_CASE("ApproximateQueue: who is pushed out of the head before Promote waits") {
  ApproximateQueue queue(100, 0.5);
  queue.Add({3, NodeId{0}});
  queue.Add({2, NodeId{1}});
  CATCH_CHECK(queue.Promote() == std::vector<ScoredNode>{{2, NodeId{1}}});
}

CATCH_TEST_CASE("ApproximateQueue: Grow takes the closest of the rest, down to the last") {
  ApproximateQueue queue(10, 0.1);
  CATCH_CHECK_FALSE(queue.Grow());
  for (const uint32_t i : {3U, 1U, 2U}) queue.Add({static_cast<float>(i), NodeId{i}});
  CATCH_CHECK(queue.Promote() == std::vector<ScoredNode>{{1, NodeId{1}}});
  CATCH_CHECK(queue.Grow());
  CATCH_CHECK(queue.Promote() == std::vector<ScoredNode>{{2, NodeId{2}}});
  CATCH_CHECK(queue.Grow());
  CATCH_CHECK(queue.Promote() == std::vector<ScoredNode>{{3, NodeId{3}}});
  CATCH_CHECK_FALSE(queue.Grow());
}

}  // namespace
}  // namespace seekd
