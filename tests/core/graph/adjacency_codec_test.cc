#include "core/graph/adjacency_codec.h"

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>

#include "tests/support/catch.h"

namespace seekd {
namespace {

// Distinct ids below `nodes`, some near `node`, some anywhere.
std::vector<uint32_t> RandomList(uint32_t node, uint32_t nodes, size_t size,
                                 std::mt19937_64& random) {
  std::set<uint32_t> ids;
  for (size_t i = 0; i < size; ++i) {
    const bool near = random() % 2 == 0;
    const uint64_t id =
        near ? (uint64_t{node} + nodes + random() % 41 - 20) % nodes : random() % nodes;
    if (id != node) ids.insert(static_cast<uint32_t>(id));
  }
  return {ids.begin(), ids.end()};
}

std::vector<uint32_t> Plain(const std::vector<NodeId>& ids) {
  std::vector<uint32_t> plain;
  for (const NodeId id : ids) plain.push_back(id.value);
  return plain;
}

BitReader Reader(std::string* bytes, size_t size) {
  bytes->resize(size + 8);
  return BitReader(AsBytes(*bytes).data(), size);
}

constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();

CATCH_TEST_CASE("lists survive the codec, decoded or skipped") {
  std::mt19937_64 random(1);
  for (const uint32_t nodes : {2U, 3U, 9U, 1000U, 250'000U, 1U << 20, kMost}) {
    const AdjacencyCodec codec(nodes);
    std::vector<uint32_t> owners;
    std::vector<std::vector<uint32_t>> lists;
    std::string bytes;
    BitWriter writer(&bytes);
    for (int i = 0; i < 300; ++i) {
      owners.push_back(static_cast<uint32_t>(random() % nodes));
      lists.push_back(RandomList(owners.back(), nodes, random() % 40, random));
      codec.Encode(owners.back(), lists.back(), &writer);
    }
    writer.Flush();
    BitReader reader = Reader(&bytes, bytes.size());
    std::vector<NodeId> decoded;
    for (size_t i = 0; i < lists.size(); ++i) {
      if (random() % 3 == 0) {
        CATCH_REQUIRE(codec.Skip(&reader));
        continue;
      }
      CATCH_REQUIRE(codec.Decode(owners[i], &reader, &decoded));
      CATCH_REQUIRE(Plain(decoded) == lists[i]);
    }
    CATCH_REQUIRE(reader.remaining() < 8);
  }
}

CATCH_TEST_CASE("the extreme gaps of the largest graph survive") {
  const AdjacencyCodec codec(kMost);
  const std::vector<std::pair<uint32_t, std::vector<uint32_t>>> cases = {
      {0, {kMost - 1}}, {kMost - 1, {0}}, {kMost - 1, {0, kMost - 2}}, {1, {0, 2, kMost - 1}}};
  for (const auto& [node, list] : cases) {
    std::string bytes;
    BitWriter writer(&bytes);
    codec.Encode(node, list, &writer);
    writer.Flush();
    BitReader reader = Reader(&bytes, bytes.size());
    std::vector<NodeId> decoded;
    CATCH_REQUIRE(codec.Decode(node, &reader, &decoded));
    CATCH_REQUIRE(Plain(decoded) == list);
  }
}

CATCH_TEST_CASE("a full list of a small graph survives") {
  const AdjacencyCodec codec(3000);
  std::vector<uint32_t> list;
  for (uint32_t id = 0; id < 3000; ++id) {
    if (id != 1234) list.push_back(id);
  }
  std::string bytes;
  BitWriter writer(&bytes);
  codec.Encode(1234, list, &writer);
  writer.Flush();
  BitReader reader = Reader(&bytes, bytes.size());
  std::vector<NodeId> decoded;
  CATCH_REQUIRE(codec.Decode(1234, &reader, &decoded));
  CATCH_REQUIRE(Plain(decoded) == list);
}

CATCH_TEST_CASE("random bits give valid ids or an error") {
  std::mt19937_64 random(2);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto nodes = static_cast<uint32_t>(1 + random() % (round % 2 == 0 ? 50 : 100'000));
    const auto node = static_cast<uint32_t>(random() % nodes);
    std::string bytes(random() % 30, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    BitReader reader = Reader(&bytes, bytes.size());
    std::vector<NodeId> decoded;
    if (!AdjacencyCodec(nodes).Decode(node, &reader, &decoded)) continue;
    ++accepted;
    const std::vector<uint32_t> ids = Plain(decoded);
    CATCH_REQUIRE(std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) == ids.end());
    for (const uint32_t id : ids) {
      CATCH_REQUIRE(id < nodes);
      CATCH_REQUIRE(id != node);
    }
  }
  CATCH_CHECK(accepted > 100);
}

CATCH_TEST_CASE("a list cut short is refused") {
  std::mt19937_64 random(3);
  const AdjacencyCodec codec(100'000);
  for (int round = 0; round < 200; ++round) {
    const std::vector<uint32_t> list = RandomList(500, 100'000, 20, random);
    std::string bytes;
    BitWriter writer(&bytes);
    codec.Encode(500, list, &writer);
    writer.Flush();
    const size_t cut = random() % (bytes.size() - 1);
    BitReader reader = Reader(&bytes, cut);
    std::vector<NodeId> decoded;
    CATCH_REQUIRE_FALSE(codec.Decode(500, &reader, &decoded));
    BitReader again = Reader(&bytes, cut);
    CATCH_REQUIRE_FALSE(codec.Skip(&again));
  }
}

}  // namespace
}  // namespace seekd
