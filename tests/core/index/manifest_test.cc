#include "core/index/manifest.h"

#include <cstdio>
#include <string>

#include "core/base/crc32c.h"
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
  m.code_stages = 4;
  m.shared_codebook = true;
  m.edge_count = 99999;
  m.shards = 4;
  m.peak_embedding_bytes = 1 << 20;
  m.rows_recomputed = 54321;
  m.max_index_share = 0.08;
  m.hot_share = 0.02;
  m.file_bytes = {{"graph.bin", 1000}, {"codes.bin", 2000}, {"nodes.bin", 300}};
  m.calibration.entries = {{3, 0.8F, {0.05F, 0.1F, 0.02F, 32}, 300, false},
                           {3, 0.9F, {0.1F, 0.2F, 0.03F, 48, 24}, 1000, true}};
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
  CATCH_CHECK(after->code_bytes == 40);
  CATCH_CHECK(after->code_stages == 4);
  CATCH_CHECK(after->shared_codebook);
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
  CATCH_CHECK(read.rule.max_rows == written.rule.max_rows);
  CATCH_CHECK(read.rule.max_rows != 0);
  CATCH_CHECK(read.beam_width == written.beam_width);
  CATCH_CHECK(read.scan);
  CATCH_CHECK(SerializeManifest(*after) == SerializeManifest(before));
}

std::string WithCrc(const std::string& body) {
  char line[24];
  std::snprintf(line, sizeof(line), "crc32c %08x\n", Crc32c(body));
  return body + line;
}

CATCH_TEST_CASE("A manifest of version 3 reads as it always did; others are refused") {
  const std::string body =
      R"({"version":3,"generation":7,"model":{"id":"m","fingerprint":"00ff","dim":256},)"
      R"("nodes":5,"edges":9,"parameters":{"hub_degree":30,"degree":5,"hub_share":0.03,)"
      R"("code_bytes":40},"build":{"shards":1,"peak_embedding_bytes":2},)"
      R"("file_bytes":{"graph.bin":10},"calibration":[{"k":3,"recall_target":0.9,"margin":0.25,)"
      R"("code_bias":0.5,"link_bonus":0.125,"patience":48,"trust_codes":true,)"
      R"("beam_width":300,"scan":true}]})"
      "\n";
  const auto parsed = ParseManifest(WithCrc(body), "MANIFEST");
  CATCH_REQUIRE(parsed.status() == absl::OkStatus());
  CATCH_CHECK(parsed->code_bytes == 40);
  CATCH_CHECK_FALSE(parsed->shared_codebook);
  CATCH_REQUIRE(parsed->calibration.entries.size() == 1);
  const StopCalibration::Entry& entry = parsed->calibration.entries[0];
  CATCH_CHECK(entry.k == 3);
  CATCH_CHECK(entry.recall_target == 0.9F);
  CATCH_CHECK(entry.rule.margin == 0.25F);
  CATCH_CHECK(entry.rule.code_bias == 0.5F);
  CATCH_CHECK(entry.rule.link_bonus == 0.125F);
  CATCH_CHECK(entry.rule.patience == 48);
  CATCH_CHECK(entry.rule.max_rows == 0);
  CATCH_CHECK(entry.rule.trust_codes);
  CATCH_CHECK(entry.beam_width == 300);
  CATCH_CHECK(entry.scan);
  for (const char* version : {"\"version\":2", "\"version\":5"}) {
    std::string other = body;
    other.replace(other.find("\"version\":3"), 11, version);
    const absl::Status status = ParseManifest(WithCrc(other), "MANIFEST").status();
    CATCH_CHECK(absl::IsFailedPrecondition(status));
    CATCH_CHECK(status.message().find("versions 3 to 4") != std::string::npos);
  }
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
