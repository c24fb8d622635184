#include "core/graph/shard_links.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/vector/distance.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::TempFolder;

constexpr uint32_t kAll = 1000;  // nodes of the whole graph

// Every third node of the whole graph.
ShardLinks SmallShard(const VectorSet& vectors) {
  std::vector<uint32_t> members;
  for (uint32_t i = 0; i < vectors.size(); ++i) members.push_back(3 * i + 1);
  auto links = BuildShard(std::move(members), vectors, {.threads = 1}, {.threads = 1}, nullptr, {});
  CATCH_REQUIRE(links.ok());
  return *std::move(links);
}

CATCH_TEST_CASE("a shard's candidates are members, ascending, with exact distances") {
  const VectorSet vectors = testing::ClusteredVectors(200, 16, 6, 1);
  const ShardLinks links = SmallShard(vectors);
  CATCH_REQUIRE(links.ends.size() == 200);
  CATCH_REQUIRE(links.ends.back() == links.candidates.size());
  uint32_t at = 0;
  for (uint32_t i = 0; i < 200; ++i) {
    CATCH_REQUIRE(links.ends[i] > at);  // nobody is alone
    CATCH_REQUIRE(links.ends[i] - at <= PruneOptions{}.hub_degree);
    CATCH_REQUIRE(
        std::is_sorted(links.candidates.begin() + at, links.candidates.begin() + links.ends[i]));
    for (; at < links.ends[i]; ++at) {
      const Candidate& candidate = links.candidates[at];
      CATCH_REQUIRE(candidate.node % 3 == 1);
      const uint32_t row = candidate.node / 3;
      CATCH_REQUIRE(row != i);
      CATCH_REQUIRE(candidate.distance == SquaredDistance(vectors.row(i), vectors.row(row), 16));
    }
  }
}

CATCH_TEST_CASE("a shard's file gives back what was written, empty or not") {
  const TempFolder folder;
  for (const uint32_t count : {0U, 1U, 200U}) {
    const ShardLinks links = SmallShard(testing::ClusteredVectors(count, 16, 6, 1));
    CATCH_REQUIRE(WriteShard(folder.File("shard"), links).ok());
    const auto view = ShardView::Open(folder.File("shard"), kAll);
    CATCH_REQUIRE(view.status() == absl::OkStatus());
    CATCH_CHECK(std::equal(view->members().begin(), view->members().end(), links.members.begin(),
                           links.members.end()));
    CATCH_CHECK(std::equal(view->degrees().begin(), view->degrees().end(), links.degrees.begin(),
                           links.degrees.end()));
    std::vector<Candidate> all;
    for (size_t i = 0; i < view->members().size(); ++i) {
      const auto some = view->candidates(i);
      all.insert(all.end(), some.begin(), some.end());
    }
    CATCH_CHECK(all == links.candidates);
  }
}

CATCH_TEST_CASE("a flipped byte or a short file never opens") {
  const TempFolder folder;
  const std::string path = folder.File("shard");
  CATCH_REQUIRE(WriteShard(path, SmallShard(testing::ClusteredVectors(20, 8, 2, 1))).ok());
  std::ifstream in(path, std::ios::binary);
  const std::string sound((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string bad = sound;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    folder.Write("bad", bad);
    CATCH_INFO("byte " << i);
    CATCH_REQUIRE_FALSE(ShardView::Open(folder.File("bad"), kAll).ok());
  }
  for (size_t size = 0; size < sound.size(); size += 13) {
    folder.Write("bad", sound.substr(0, size));
    CATCH_REQUIRE_FALSE(ShardView::Open(folder.File("bad"), kAll).ok());
  }
}

CATCH_TEST_CASE("ids beyond the whole graph and lists out of order are data loss") {
  const TempFolder folder;
  const ShardLinks sound = SmallShard(testing::ClusteredVectors(20, 8, 2, 1));
  const auto open = [&](const ShardLinks& links) {
    CATCH_REQUIRE(WriteShard(folder.File("shard"), links).ok());
    return ShardView::Open(folder.File("shard"), kAll).status();
  };
  CATCH_CHECK(open(sound).ok());
  ShardLinks bad = sound;
  bad.members.back() = kAll;
  CATCH_CHECK(absl::IsDataLoss(open(bad)));
  bad = sound;
  bad.candidates[3].node = kAll;
  CATCH_CHECK(absl::IsDataLoss(open(bad)));
  bad = sound;
  std::swap(bad.members[0], bad.members[1]);
  CATCH_CHECK(absl::IsDataLoss(open(bad)));
  bad = sound;
  ++bad.ends.back();
  CATCH_CHECK(absl::IsDataLoss(open(bad)));
  bad = sound;
  bad.ends[0] = bad.ends[1] + 1;
  CATCH_CHECK(absl::IsDataLoss(open(bad)));
}

}  // namespace
}  // namespace seekd
