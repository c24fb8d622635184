#include "core/collection/live_index.h"

#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

ChunkChanges::Added Row(uint64_t chunk) { return {ChunkId(chunk), std::vector<uint16_t>(4, 1)}; }

CATCH_TEST_CASE("A pinned snapshot never changes") {
  LiveIndex live(4);
  const auto before = live.Get();
  ChunkChanges changes;
  changes.added = {Row(1), Row(2)};
  live.Apply(changes);
  const auto between = live.Get();
  changes = {};
  changes.died = {ChunkId(1)};
  changes.added = {Row(3)};
  live.Apply(changes);
  const auto after = live.Get();

  CATCH_CHECK(before->pending->size() == 0);
  CATCH_CHECK(between->pending->size() == 2);
  CATCH_CHECK(between->dead->empty());
  CATCH_CHECK(after->pending->size() == 3);
  CATCH_CHECK(after->dead->Contains(ChunkId(1)));
  CATCH_CHECK(before->version < between->version);
  CATCH_CHECK(between->version < after->version);
}

CATCH_TEST_CASE("A revived chunk is no longer dead") {
  LiveIndex live(4);
  ChunkChanges changes;
  changes.added = {Row(1)};
  live.Apply(changes);
  changes = {};
  changes.died = {ChunkId(1)};
  live.Apply(changes);
  changes = {};
  changes.revived = {ChunkId(1)};
  live.Apply(changes);
  CATCH_CHECK(live.Get()->dead->empty());
}

CATCH_TEST_CASE("A generation that could not be opened makes the snapshot unusable") {
  LiveIndex live(4);
  CATCH_CHECK(live.Get()->Usable().ok());
  live.Reset(nullptr, absl::DataLossError("graph.bin"), PendingSet(4), 0, ChunkSet());
  CATCH_CHECK(absl::IsDataLoss(live.Get()->Usable()));
  live.Publish(nullptr, ChunkSet());
  CATCH_CHECK(live.Get()->Usable().ok());
}

}  // namespace
}  // namespace seekd
