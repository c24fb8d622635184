#include "core/search/node_map.h"

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/search/node_map_format.h"
#include "tests/core/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

// `count` ascending ids; each step is 1 + a random number below `spread`, with a
// rare jump of up to `jump`.
std::vector<ChunkId> RandomIds(uint32_t seed, size_t count, uint64_t spread, uint64_t jump) {
  std::mt19937_64 random(seed);
  std::vector<ChunkId> ids;
  uint64_t id = 0;
  for (size_t i = 0; i < count; ++i) {
    id += 1 + random() % spread;
    if (random() % 100 == 0) id += random() % jump;
    ids.emplace_back(id);
  }
  return ids;
}

void CheckEqual(const NodeMap& map, const std::vector<ChunkId>& ids) {
  CATCH_REQUIRE(map.node_count() == ids.size());
  uint64_t previous = 0;
  for (uint32_t i = 0; i < ids.size(); ++i) {
    CATCH_REQUIRE(map.Chunk(NodeId{i}) == ids[i]);
    CATCH_REQUIRE(map.Find(ids[i]) == NodeId{i});
    if (ids[i].value > previous + 1)
      CATCH_REQUIRE(map.Find(ChunkId{ids[i].value - 1}) == std::nullopt);
    previous = ids[i].value;
  }
  CATCH_CHECK(map.Find(ChunkId{0}) == std::nullopt);
  CATCH_CHECK(map.Find(ChunkId{previous + 1}) == std::nullopt);
  CATCH_CHECK(map.Find(ChunkId{std::numeric_limits<uint64_t>::max()}) == std::nullopt);
  CATCH_CHECK(map.status().ok());
}

CATCH_TEST_CASE("NodeMap equals the vector it was written from") {
  const TempFolder folder;
  uint32_t seed = 0;
  for (const size_t count : {0U, 1U, 2U, 511U, 512U, 513U, 5000U}) {
    for (const uint64_t spread : {1ULL, 2ULL, 9ULL, 1000ULL, 1ULL << 40}) {
      for (const uint64_t jump : {1ULL, 100'000ULL, 1ULL << 45}) {
        const std::vector<ChunkId> ids = RandomIds(++seed, count, spread, jump);
        const std::string path = folder.File("nodes.bin");
        const auto bytes = WriteNodeMap(path, ids);
        CATCH_REQUIRE(bytes.ok());
        const auto map = NodeMap::Open(path);
        CATCH_REQUIRE(map.ok());
        CATCH_CHECK(map->file_bytes() == *bytes);
        CheckEqual(*map, ids);
      }
    }
  }
}

CATCH_TEST_CASE("NodeMap holds ids up to the largest") {
  const TempFolder folder;
  const std::vector<ChunkId> ids = {ChunkId{1}, ChunkId{std::numeric_limits<uint64_t>::max() - 1}};
  CATCH_REQUIRE(WriteNodeMap(folder.File("n"), ids).ok());
  const auto map = NodeMap::Open(folder.File("n"));
  CATCH_REQUIRE(map.ok());
  CATCH_CHECK(map->Chunk(NodeId{0}) == ids[0]);
  CATCH_CHECK(map->Chunk(NodeId{1}) == ids[1]);
  CATCH_CHECK(map->Find(ids[1]) == NodeId{1});
}

CATCH_TEST_CASE("NodeMap takes at most 3 bits per node when ids are dense") {
  const TempFolder folder;
  for (const uint64_t spread : {1ULL, 2ULL, 3ULL}) {  // up to half of the ids missing
    const std::vector<ChunkId> ids = RandomIds(1, 200'000, spread, 1);
    const auto bytes = WriteNodeMap(folder.File("n"), ids);
    CATCH_REQUIRE(bytes.ok());
    CATCH_CHECK(*bytes * 8 <= ids.size() * 3);
  }
}

CATCH_TEST_CASE("WriteNodeMap refuses ids that do not ascend from 1") {
  const TempFolder folder;
  const std::vector<std::vector<ChunkId>> refused = {
      {ChunkId{0}}, {ChunkId{2}, ChunkId{2}}, {ChunkId{3}, ChunkId{2}}};
  for (const auto& ids : refused) {
    CATCH_CHECK(WriteNodeMap(folder.File("n"), ids).status().code() ==
                absl::StatusCode::kInvalidArgument);
  }
}

// Reads everything; true when something was reported.
bool ReportsDamage(const std::string& path, const std::vector<ChunkId>& ids) {
  const auto map = NodeMap::Open(path);
  if (!map.ok()) return true;
  for (uint32_t i = 0; i < map->node_count(); ++i) map->Chunk(NodeId{i});
  for (const ChunkId chunk : ids) map->Find(chunk);
  return !map->status().ok();
}

CATCH_TEST_CASE("NodeMap: every byte flipped is detected") {
  const TempFolder folder;
  const std::string path = folder.File("nodes.bin");
  const std::vector<ChunkId> ids = RandomIds(5, 900, 9, 1000);
  CATCH_REQUIRE(WriteNodeMap(path, ids).ok());
  const std::string sound = ReadRaw(path);
  CATCH_REQUIRE_FALSE(ReportsDamage(path, ids));
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string damaged = sound;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    WriteRaw(path, damaged);
    CATCH_REQUIRE(ReportsDamage(path, ids));
  }
  WriteRaw(path, sound.substr(0, sound.size() - 1));
  CATCH_CHECK(ReportsDamage(path, ids));
}

CATCH_TEST_CASE("NodeMap: a wrong payload under a valid CRC is never read outside") {
  const TempFolder folder;
  const std::string path = folder.File("nodes.bin");
  const std::vector<ChunkId> ids = RandomIds(6, 1100, 9, 1000);
  CATCH_REQUIRE(WriteNodeMap(path, ids).ok());
  std::vector<uint8_t> sound;
  {
    const auto file = CheckedFile::Open(path, kNodeMapMagic, kNodeMapVersion);
    CATCH_REQUIRE(file.ok());
    const auto bytes = (*file)->bytes();
    CATCH_REQUIRE((*file)->Touch(0, bytes.size()));
    sound.assign(bytes.begin(), bytes.end());
  }
  std::mt19937 random(9);
  int reported = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<uint8_t> payload = sound;
    const size_t changes = 1 + random() % 8;
    for (size_t i = 0; i < changes; ++i) {
      payload[random() % payload.size()] = static_cast<uint8_t>(random());
    }
    if (round % 5 == 0) payload.resize(random() % payload.size());
    if (round % 7 == 0)
      std::fill(payload.end() - std::min<ptrdiff_t>(24, payload.size()), payload.end(), 0xFF);
    CATCH_REQUIRE(WriteCheckedFile(path, kNodeMapMagic, kNodeMapVersion, payload).ok());
    reported += ReportsDamage(path, ids) ? 1 : 0;
  }
  CATCH_CHECK(reported > 120);
}

}  // namespace
}  // namespace seekd
