#include "core/search/frontier.h"

#include <random>
#include <set>

#include "core/search/node_set.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

// The obvious frontier: two ordered sets.
class Reference {
 public:
  explicit Reference(size_t capacity) : capacity_(capacity) {}

  bool Insert(ScoredNode candidate) {
    all_.insert(candidate);
    open_.insert(candidate);
    if (all_.size() <= capacity_) return true;
    const ScoredNode worst = *all_.rbegin();
    all_.erase(worst);
    open_.erase(worst);
    return !(worst == candidate);
  }
  std::optional<ScoredNode> TakeClosest() {
    if (open_.empty()) return std::nullopt;
    const ScoredNode closest = *open_.begin();
    open_.erase(open_.begin());
    return closest;
  }
  std::vector<ScoredNode> ToVector() const { return {all_.begin(), all_.end()}; }

 private:
  size_t capacity_;
  std::set<ScoredNode> all_;
  std::set<ScoredNode> open_;
};

CATCH_TEST_CASE("Frontier equals two ordered sets under random use") {
  for (const size_t capacity : {1U, 2U, 7U, 64U, 300U}) {
    std::mt19937 random(static_cast<uint32_t>(capacity));
    Frontier frontier(capacity);
    Reference reference(capacity);
    for (uint32_t node = 0; node < 4000; ++node) {
      // Few distinct distances: ties must be decided by the id.
      const ScoredNode candidate{static_cast<float>(random() % 500),
                                 NodeId{(node * 7919U) % 4001U}};
      CATCH_REQUIRE(frontier.Insert(candidate) == reference.Insert(candidate));
      if (random() % 3 == 0) CATCH_REQUIRE(frontier.TakeClosest() == reference.TakeClosest());
    }
    CATCH_REQUIRE(frontier.ToVector() == reference.ToVector());
    for (size_t i = 0; i <= capacity; ++i) {
      CATCH_REQUIRE(frontier.TakeClosest() == reference.TakeClosest());
    }
    CATCH_CHECK(frontier.size() == capacity);
  }
}

CATCH_TEST_CASE("NodeSet tells whether a node is new") {
  NodeSet set(130);
  CATCH_CHECK(set.Insert(NodeId{0}));
  CATCH_CHECK(set.Insert(NodeId{64}));
  CATCH_CHECK(set.Insert(NodeId{129}));
  CATCH_CHECK_FALSE(set.Insert(NodeId{64}));
  CATCH_CHECK(set.Contains(NodeId{129}));
  CATCH_CHECK_FALSE(set.Contains(NodeId{128}));
}

}  // namespace
}  // namespace seekd
