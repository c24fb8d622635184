#include "core/index/manifest.h"

#include <string>

#include "tests/support/catch.h"

namespace seekd {
namespace {

Manifest Example() {
  Manifest m;
  m.generation = 7;
  m.model_id = "seek-static-en-256";
  m.model_fingerprint = "00ff";
  m.dim = 256;
  m.node_count = 12345;
  m.hub_degree = 30;
  m.degree = 5;
  m.hub_share = 0.03;
  m.code_bytes = 40;
  m.edge_count = 99999;
  m.shards = 4;
  m.peak_embedding_bytes = 1 << 20;
  m.rows_recomputed = 54321;
  m.max_index_share = 0.08;
  m.hot_share = 0.02;
  m.file_bytes = {{"graph.bin", 1000}, {"codes.bin", 2000}, {"nodes.bin", 300}};
  m.calibration.entries = {{3, 0.8F, {0.05F, 0.1F, 0.02F, 32}, 300, false},
                           {3, 0.9F, {0.1F, 0.2F, 0.03F, 48}, 1000, true}};
  return m;
}

CATCH_TEST_CASE("A manifest survives the way through its file") {
  const Manifest before = Example();
  const auto after = ParseManifest(SerializeManifest(before), "MANIFEST");
  CATCH_REQUIRE(after.ok());
  CATCH_CHECK(after->generation == before.generation);
  CATCH_CHECK(after->model_fingerprint == before.model_fingerprint);
  CATCH_CHECK(after->node_count == before.node_count);
  CATCH_CHECK(after->file_bytes == before.file_bytes);
  CATCH_CHECK(after->shards == 4);
  CATCH_CHECK(after->peak_embedding_bytes == 1 << 20);
  CATCH_CHECK(after->rows_recomputed == 54321);
  CATCH_CHECK(after->max_index_share == 0.08);
  CATCH_CHECK(after->hot_share == 0.02);
  CATCH_REQUIRE(after->calibration.entries.size() == 2);
  const StopCalibration::Entry& read = after->calibration.entries[1];
  const StopCalibration::Entry& written = before.calibration.entries[1];
  CATCH_CHECK(read.k == written.k);
  CATCH_CHECK(read.rule.margin == written.rule.margin);
  CATCH_CHECK(read.rule.code_bias == written.rule.code_bias);
  CATCH_CHECK(read.rule.link_bonus == written.rule.link_bonus);
  CATCH_CHECK(read.rule.patience == written.rule.patience);
  CATCH_CHECK(read.beam_width == written.beam_width);
  CATCH_CHECK(read.scan);
  CATCH_CHECK(SerializeManifest(*after) == SerializeManifest(before));
}

CATCH_TEST_CASE("Every byte of a manifest is guarded") {
  const std::string good = SerializeManifest(Example());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    const auto parsed = ParseManifest(bad, "gen-1/MANIFEST");
    CATCH_INFO("byte " << i);
    CATCH_REQUIRE(absl::IsDataLoss(parsed.status()));
    CATCH_REQUIRE(parsed.status().message().find("gen-1/MANIFEST") != std::string::npos);
  }
}

CATCH_TEST_CASE("A truncated manifest is refused at every length") {
  const std::string good = SerializeManifest(Example());
  for (size_t size = 0; size < good.size(); ++size) {
    CATCH_REQUIRE(!ParseManifest(good.substr(0, size), "MANIFEST").ok());
  }
}

}  // namespace
}  // namespace seekd
