#include "core/text/cut_plan.h"

#include <random>

#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr CutLimits kLimits{256, 384};

std::vector<size_t> Plan(const std::vector<TextUnit>& units, uint32_t context = 0) {
  return PlanCuts(units, std::vector<uint32_t>(units.size(), context), kLimits);
}

std::vector<TextUnit> Lines(size_t count, uint32_t weight) {
  std::vector<TextUnit> units;
  for (size_t i = 0; i < count; ++i) units.push_back({i * 100, weight, Border::kLine, 0});
  return units;
}

uint32_t Weight(const std::vector<TextUnit>& units, size_t first, size_t last) {
  uint32_t weight = 0;
  for (size_t i = first; i < last; ++i) weight += units[i].weight;
  return weight;
}

CATCH_TEST_CASE("what fits stays together") {
  CATCH_CHECK(Plan({}).empty());
  CATCH_CHECK(Plan(Lines(1, 300)) == std::vector<size_t>{0});
  CATCH_CHECK(Plan(Lines(10, 30)) == std::vector<size_t>{0});
}

CATCH_TEST_CASE("sizes are balanced, no tiny tail remains") {
  CATCH_CHECK(Plan(Lines(40, 10)) == std::vector<size_t>{0, 20});  // 400 -> 200 + 200
  CATCH_CHECK(Plan(Lines(52, 10)) == std::vector<size_t>{0, 26});
}

CATCH_TEST_CASE("paragraphs and headings attract cuts") {
  auto units = Lines(40, 10);
  units[23].border = Border::kParagraph;
  CATCH_CHECK(Plan(units) == std::vector<size_t>{0, 23});
  units[17].border = Border::kHeading;
  units[17].level = 1;
  CATCH_CHECK(Plan(units) == std::vector<size_t>{0, 17});
}

CATCH_TEST_CASE("tiny sections are joined, large ones are not") {
  auto tiny = Lines(10, 20);
  for (TextUnit& unit : tiny) unit.border = Border::kHeading, unit.level = 2;
  CATCH_CHECK(Plan(tiny) == std::vector<size_t>{0});
  auto large = Lines(4, 230);
  for (TextUnit& unit : large) unit.border = Border::kHeading, unit.level = 2;
  CATCH_CHECK(Plan(large) == std::vector<size_t>{0, 1, 2, 3});
}

CATCH_TEST_CASE("a heading is not left at a chunk's end") {
  auto units = Lines(30, 15);
  units[16].border = Border::kHeading;
  units[16].level = 2;
  units[17].border = Border::kAfterHeading;
  CATCH_CHECK(Plan(units) == std::vector<size_t>{0, 16});
}

CATCH_TEST_CASE("an inside border is always a cut") {
  auto units = Lines(5, 10);
  units[2].border = Border::kInsideWord;
  CATCH_CHECK(Plan(units) == std::vector<size_t>{0, 2});
}

CATCH_TEST_CASE("random plans keep the limit with the context counted, and waste no chunk") {
  std::mt19937 rng(11);
  for (int round = 0; round < 500; ++round) {
    std::vector<TextUnit> units;
    std::vector<uint32_t> context;
    for (size_t i = 0, n = 1 + rng() % 200; i < n; ++i) {
      const auto border = static_cast<Border>(rng() % 8);
      units.push_back({i, 1 + static_cast<uint32_t>(rng() % 60), border,
                       static_cast<uint8_t>(border == Border::kHeading ? 1 + rng() % 6 : 0)});
      context.push_back(rng() % 49);
    }
    const std::vector<size_t> cuts = PlanCuts(units, context, kLimits);
    CATCH_REQUIRE(cuts.front() == 0);
    for (size_t i = 0; i < cuts.size(); ++i) {
      const size_t end = i + 1 < cuts.size() ? cuts[i + 1] : units.size();
      CATCH_REQUIRE(cuts[i] < end);
      CATCH_REQUIRE(context[cuts[i]] + Weight(units, cuts[i], end) <= kLimits.max_tokens);
      if (cuts.size() > 1) CATCH_REQUIRE(Weight(units, cuts[i], end) >= kLimits.target_tokens / 4);
    }
  }
}

}  // namespace
}  // namespace seekd
