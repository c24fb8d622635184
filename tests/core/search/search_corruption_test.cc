// A damaged index file ends a search with DATA_LOSS that names the file, or the
// damage lies where the search never looked: then the answer is the sound one.
#include <string>

#include "core/graph/adjacency.h"
#include "core/search/search.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

const SearchFixture& Collection() {
  static const SearchFixture collection(2, 300, 16, 8);
  return collection;
}

SearchOptions Options(Strategy strategy) {
  SearchOptions options;
  options.strategy = strategy;
  options.top_k = 5;
  return options;
}

// Opens the three files of `folder` afresh and searches them.
absl::StatusOr<SearchResult> SearchFiles(const TempFolder& folder, const std::vector<float>& query,
                                         const SearchOptions& options) {
  const auto graph = GraphView::Open(folder.File("graph.bin"));
  if (!graph.ok()) return graph.status();
  const auto codes = CodesView::Open(folder.File("codes.bin"));
  if (!codes.ok()) return codes.status();
  const auto nodes = NodeMap::Open(folder.File("nodes.bin"));
  if (!nodes.ok()) return nodes.status();
  SearchIndex index;
  index.graph = &*graph;
  index.codes = &*codes;
  index.nodes = &*nodes;
  const auto source = Collection().NewSource();
  return RunSearch(index, query, options, source.get());
}

bool SameHits(const SearchResult& a, const SearchResult& b) {
  if (a.chunks.size() != b.chunks.size()) return false;
  for (size_t i = 0; i < a.chunks.size(); ++i) {
    if (a.chunks[i].chunk != b.chunks[i].chunk || a.chunks[i].score != b.chunks[i].score) {
      return false;
    }
  }
  return true;
}

bool DamageCode(absl::StatusCode code) {
  return code == absl::StatusCode::kDataLoss || code == absl::StatusCode::kFailedPrecondition;
}

CATCH_TEST_CASE("Search: every flipped byte of an index file is detected or harmless") {
  const SearchFixture& collection = Collection();
  const std::vector<float> query = RowOf(QueriesNear(collection.vectors(), 1, 1, 0.1F), 0);
  for (const std::string name : {"graph.bin", "codes.bin", "nodes.bin"}) {
    TempFolder folder;
    for (const char* file : {"graph.bin", "codes.bin", "nodes.bin"}) {
      WriteRaw(folder.File(file), ReadRaw(collection.folder().File(file)));
    }
    const std::string sound = ReadRaw(folder.File(name));
    const auto expected = SearchFiles(folder, query, Options(Strategy::kFrugal));
    CATCH_REQUIRE(expected.ok());
    size_t detected = 0;
    const size_t step = sound.size() / 300 + 1;
    size_t flips = 0;
    for (size_t i = 0; i < sound.size(); i += step, ++flips) {
      std::string damaged = sound;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
      WriteRaw(folder.File(name), damaged);
      const auto result = SearchFiles(folder, query, Options(Strategy::kFrugal));
      if (result.ok()) {
        CATCH_CHECK(SameHits(*result, *expected));
        continue;
      }
      ++detected;
      CATCH_CHECK(DamageCode(result.status().code()));
      CATCH_CHECK(std::string(result.status().message()).find(name) != std::string::npos);
    }
    CATCH_CHECK(detected == flips);  // the files are smaller than one block
  }
}

CATCH_TEST_CASE("Search: damage found after opening ends every strategy that reads the file") {
  const SearchFixture& collection = Collection();
  const std::vector<float> query = RowOf(QueriesNear(collection.vectors(), 1, 1, 0.1F), 0);
  const auto fails = [&](const char* name, Strategy strategy) {
    TempFolder folder;
    for (const char* file : {"graph.bin", "codes.bin", "nodes.bin"}) {
      WriteRaw(folder.File(file), ReadRaw(collection.folder().File(file)));
    }
    std::string damaged = ReadRaw(folder.File(name));
    // The middle of the payload: past the header that Open reads.
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
    WriteRaw(folder.File(name), damaged);
    return SearchFiles(folder, query, Options(strategy)).status().code() ==
           absl::StatusCode::kDataLoss;
  };
  for (const Strategy strategy : {Strategy::kFrugal, Strategy::kExact, Strategy::kFlat,
                                  Strategy::kBrute, Strategy::kTwoLevel}) {
    CATCH_CHECK(fails("nodes.bin", strategy));
  }
  CATCH_CHECK(fails("graph.bin", Strategy::kTwoLevel));
  CATCH_CHECK(fails("codes.bin", Strategy::kTwoLevel));
  CATCH_CHECK(fails("graph.bin", Strategy::kFrugal));
  CATCH_CHECK(fails("graph.bin", Strategy::kExact));
  CATCH_CHECK(fails("codes.bin", Strategy::kFrugal));
  CATCH_CHECK(fails("codes.bin", Strategy::kFlat));
}

CATCH_TEST_CASE("Search: files of different generations are refused") {
  const SearchFixture other(3, 299, 16, 8);
  SearchIndex index = Collection().index();
  index.codes = &other.codes();
  const auto source = Collection().NewSource();
  const std::vector<float> query = RowOf(QueriesNear(other.vectors(), 1, 1, 0.1F), 0);
  CATCH_CHECK(RunSearch(index, query, Options(Strategy::kFrugal), source.get()).status().code() ==
              absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace seekd
