#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/codes/shared_codebooks.h"
#include "tests/core/codes/random_codebook.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

void CheckEqual(const CodesView& view, const Codebook& codebook,
                const std::vector<uint8_t>& codes) {
  CATCH_REQUIRE(view.codebook().dim == codebook.dim);
  CATCH_REQUIRE(view.codebook().stages == codebook.stages);
  CATCH_REQUIRE(view.code_bytes() == codebook.code_bytes());
  CATCH_REQUIRE(view.codebook().min_scale == codebook.min_scale);
  CATCH_REQUIRE(view.codebook().scale_step == codebook.scale_step);
  CATCH_REQUIRE(view.codebook().centroids == codebook.centroids);
  CATCH_REQUIRE(view.codebook().values == codebook.values);
  const uint32_t nodes = view.node_count();
  CATCH_REQUIRE(size_t{nodes} * codebook.code_bytes() == codes.size());
  for (uint32_t node = 0; node < nodes; ++node) {
    const uint8_t* code = view.Code(NodeId(node));
    CATCH_REQUIRE(code != nullptr);
    CATCH_REQUIRE(std::equal(code, code + codebook.code_bytes(),
                             codes.begin() + std::ptrdiff_t{node} * codebook.code_bytes()));
  }
  const uint8_t* all = view.Codes(NodeId(0), nodes);
  CATCH_REQUIRE(all != nullptr);
  CATCH_REQUIRE(std::equal(codes.begin(), codes.end(), all));
  CATCH_REQUIRE(view.status().ok());
}

// Opens what may be corrupt and reads all of it. True when anything complained.
bool Complains(const std::string& path) {
  const absl::StatusOr<CodesView> view = CodesView::Open(path);
  if (!view.ok()) return true;
  for (const float value : view->codebook().values) CATCH_REQUIRE(std::isfinite(value));
  const std::vector<float> query(view->codebook().dim, 0.5F);
  const DistanceTable table(view->codebook(), query);
  for (uint32_t node = 0; node < view->node_count(); ++node) {
    const uint8_t* code = view->Code(NodeId(node));
    if (code == nullptr) return true;
    CATCH_REQUIRE(!std::isnan(table.Distance(code)));
  }
  return !view->status().ok();
}

CATCH_TEST_CASE("codes read back are the codes written") {
  const testing::TempFolder folder;
  for (const size_t nodes : {0, 1, 300, 9000}) {
    for (const uint32_t stages : {0U, 1U, 8U}) {
      const Codebook codebook =
          testing::RandomCodebook(40, stages, 40 - 4 * stages, nodes == 0 ? 1 : 200, 1);
      const CodeShape shape{codebook.code_bytes(), stages, codebook.centroids, false};
      const std::vector<uint8_t> codes = testing::RandomCodes(codebook, nodes, 2);
      const absl::StatusOr<uint64_t> written = WriteCodes(folder.File("c"), codebook, codes);
      CATCH_REQUIRE(written.ok());
      CATCH_CHECK(*written == CodesFileBytes(40, shape, nodes));
      const absl::StatusOr<CodesView> view = CodesView::Open(folder.File("c"));
      CATCH_REQUIRE(view.ok());
      CATCH_CHECK(view->file_bytes() == *written);
      CheckEqual(*view, codebook, codes);
    }
  }
}

CATCH_TEST_CASE("nodes out of range give null") {
  const testing::TempFolder folder;
  const Codebook codebook = testing::RandomCodebook(16, 0, 7, 4, 1);
  CATCH_REQUIRE(WriteCodes(folder.File("c"), codebook, testing::RandomCodes(codebook, 5, 2)).ok());
  const absl::StatusOr<CodesView> view = CodesView::Open(folder.File("c"));
  CATCH_CHECK(view->Codes(NodeId(3), 2) != nullptr);
  CATCH_CHECK(view->Codes(NodeId(3), 3) == nullptr);
  CATCH_CHECK(view->Code(NodeId(5)) == nullptr);
  CATCH_CHECK(view->Codes(NodeId(0xFFFFFFFF), 0xFFFFFFFF) == nullptr);
}

CATCH_TEST_CASE("a codebook and codes that do not go together are refused") {
  const testing::TempFolder folder;
  const Codebook sound = testing::RandomCodebook(16, 0, 7, 4, 1);
  const auto refused = [&](const Codebook& codebook, size_t code_size) {
    const std::vector<uint8_t> codes(code_size, 0);
    return WriteCodes(folder.File("c"), codebook, codes).status().code() ==
           absl::StatusCode::kInvalidArgument;
  };
  CATCH_CHECK_FALSE(refused(sound, 16));
  CATCH_CHECK(refused(sound, 17));
  CATCH_CHECK(refused(Codebook{}, 0));
  Codebook bad = sound;
  bad.values.pop_back();
  CATCH_CHECK(refused(bad, 16));
  bad = sound;
  bad.subspaces = 17;
  CATCH_CHECK(refused(bad, 18));
  bad = sound;
  bad.stages = 1;
  CATCH_CHECK(refused(bad, 18));
  for (const float scale : {0.0F, -1.0F, INFINITY, NAN}) {
    bad = sound;
    bad.min_scale = scale;
    CATCH_CHECK(refused(bad, 16));
  }
}

CATCH_TEST_CASE("every flipped byte of a codes file is noticed") {
  const testing::TempFolder folder;
  const Codebook codebook = testing::RandomCodebook(12, 1, 6, 6, 1);
  CATCH_REQUIRE(WriteCodes(folder.File("c"), codebook, testing::RandomCodes(codebook, 50, 2)).ok());
  const std::string sound = folder.Read("c");
  CATCH_REQUIRE_FALSE(Complains(folder.File("c")));
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string bad = sound;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    CATCH_INFO("byte " << i);
    CATCH_REQUIRE(Complains(folder.Write("bad", bad)));
  }
  for (size_t size = 0; size < sound.size(); size += 7) {
    CATCH_REQUIRE(Complains(folder.Write("bad", sound.substr(0, size))));
  }
}

// As a writer with a bug, or malice, would leave it: wrong content, right CRCs.
CATCH_TEST_CASE("a wrong codes payload under right checksums is harmless") {
  const testing::TempFolder folder;
  const Codebook codebook = testing::RandomCodebook(12, 1, 6, 6, 1);
  CATCH_REQUIRE(WriteCodes(folder.File("c"), codebook, testing::RandomCodes(codebook, 50, 2)).ok());
  const auto file = CheckedFile::Open(folder.File("c"), kCodesMagic, kCodesVersion);
  CATCH_REQUIRE((*file)->Touch(0, (*file)->bytes().size()));
  const std::string payload(AsString((*file)->bytes()));
  std::mt19937_64 random(4);
  int noticed = 0;
  // Each write syncs, so a sample: all of the header, then anywhere.
  for (size_t i = 0; i < 400; ++i) {
    std::string bad = payload;
    bad[i < 64 ? i / 2 : random() % bad.size()] = static_cast<char>(random());
    if (i >= 300) bad.resize(random() % bad.size());
    CATCH_REQUIRE(
        WriteCheckedFile(folder.File("b"), kCodesMagic, kCodesVersion, AsBytes(bad)).ok());
    noticed += Complains(folder.File("b"));
  }
  CATCH_CHECK(noticed > 50);
}

// Multiples of 1/64: exact in fp16.
Codebook GoldenCodebook() {
  Codebook codebook{.dim = 20,
                    .stages = 2,
                    .subspaces = 7,
                    .centroids = 11,
                    .values = {},
                    .min_scale = 0.75F,
                    .scale_step = 0.0078125F};
  for (int i = 0; i < 3 * 20 * 11; ++i) {
    codebook.values.push_back(static_cast<float>((i * 37) % 129 - 64) / 64);
  }
  return codebook;
}

std::string GoldenFile(const std::string& name) {
  const char* source = std::getenv("SEEKD_TEST_SOURCE_DIR");
  CATCH_REQUIRE(source != nullptr);
  return std::string(source) + "/tests/golden/" + name;
}

std::vector<uint8_t> GoldenCodes() {
  std::vector<uint8_t> codes;
  for (uint32_t i = 0; i < 10 * 30; ++i) {
    codes.push_back(static_cast<uint8_t>((i * i + 3 * i) % (i % 10 == 9 ? 256 : 11)));
  }
  return codes;
}

CATCH_TEST_CASE("the golden codes files of versions 2 and 3 read as they always did") {
  for (const char* name : {"codes-v2.bin", "codes-v3.bin"}) {
    const absl::StatusOr<CodesView> view = CodesView::Open(GoldenFile(name));
    CATCH_REQUIRE(view.status() == absl::OkStatus());
    CATCH_CHECK_FALSE(view->codebook_is_shared());
    CheckEqual(*view, GoldenCodebook(), GoldenCodes());
  }
}

CATCH_TEST_CASE("the golden codes by a model's codebook read as they always did") {
  const auto shared = SharedCodebooks::Open(GoldenFile("codebooks-v1.bin"));
  CATCH_REQUIRE(shared.ok());
  const absl::StatusOr<CodesView> view =
      CodesView::Open(GoldenFile("codes-v3-shared.bin"), shared->get());
  CATCH_REQUIRE(view.status() == absl::OkStatus());
  CATCH_CHECK(view->codebook_is_shared());
  CheckEqual(*view, **(*shared)->Find(10), GoldenCodes());
}

CATCH_TEST_CASE("codes of version 1 are named as such, never read as others") {
  const absl::Status status = CodesView::Open(GoldenFile("codes-v1.bin")).status();
  CATCH_CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
  CATCH_CHECK(status.message().find("expected format version 2 to 3, found 1") !=
              absl::string_view::npos);
}

}  // namespace
}  // namespace seekd
