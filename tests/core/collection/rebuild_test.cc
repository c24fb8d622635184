#include "core/collection/rebuild.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

uint32_t DegreeFor(uint64_t nodes, uint64_t bytes_per_node) {
  const GenerationOptions options =
      OptionsForBudget({.bytes = nodes * bytes_per_node, .nodes = nodes, .shared_codebook = true});
  CATCH_CHECK(options.Validate().ok());
  return options.prune.degree;
}

CATCH_TEST_CASE("Links are what the codes can spare") {
  // Scanned: two links, or none where every byte counts.
  CATCH_CHECK(DegreeFor(200'000, 52) == 2);
  CATCH_CHECK(DegreeFor(200'000, 30) == 0);
  CATCH_CHECK(DegreeFor(450'000, 52) == 2);
  // Long codes of many chunks take too long to be scanned.
  CATCH_CHECK(DegreeFor(450'000, 125) == 5);
  // Small: links cost nothing to speak of.
  CATCH_CHECK(DegreeFor(1'000, 30) == 2);
  // Walked: more bytes, more links; never none.
  CATCH_CHECK(DegreeFor(20'000'000, 24) == 2);
  CATCH_CHECK(DegreeFor(20'000'000, 52) == 5);
}

}  // namespace
}  // namespace seekd
