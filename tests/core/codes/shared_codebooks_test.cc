#include "core/codes/shared_codebooks.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/codes/codes_format.h"
#include "tests/core/codes/random_codebook.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::TempFolder;

// Codebooks of several lengths with the same stages.
std::vector<Codebook> RandomCodebooks(uint32_t dim, uint32_t stages, uint32_t centroids,
                                      std::initializer_list<uint32_t> subspaces, uint64_t seed) {
  std::vector<Codebook> codebooks;
  for (const uint32_t count : subspaces) {
    Codebook codebook = testing::RandomCodebook(dim, stages, count, centroids, seed + count);
    if (!codebooks.empty()) {
      std::copy_n(codebooks[0].values.begin(), size_t{stages} * dim * centroids,
                  codebook.values.begin());
    }
    codebook.scale_step = 1.0F / static_cast<float>(256 + count);
    codebooks.push_back(std::move(codebook));
  }
  return codebooks;
}

std::shared_ptr<const SharedCodebooks> WriteAndOpen(const TempFolder& folder,
                                                    const std::vector<Codebook>& codebooks,
                                                    const std::string& name = "codebooks.bin") {
  CATCH_REQUIRE(WriteSharedCodebooks(folder.File(name), codebooks).ok());
  const auto shared = SharedCodebooks::Open(folder.File(name));
  CATCH_REQUIRE(shared.status() == absl::OkStatus());
  return *shared;
}

void CheckEqual(const Codebook& found, const Codebook& expected) {
  CATCH_CHECK(found.dim == expected.dim);
  CATCH_CHECK(found.stages == expected.stages);
  CATCH_CHECK(found.subspaces == expected.subspaces);
  CATCH_CHECK(found.centroids == expected.centroids);
  CATCH_CHECK(found.values == expected.values);
  CATCH_CHECK(found.min_scale == expected.min_scale);
  CATCH_CHECK(found.scale_step == expected.scale_step);
}

CATCH_TEST_CASE("shared codebooks read back are those written", "[shared_codebooks]") {
  const TempFolder folder;
  for (const uint32_t stages : {0U, 1U, 4U}) {
    const std::vector<Codebook> written = RandomCodebooks(24, stages, 50, {2, 5, 24}, 1);
    const auto shared = WriteAndOpen(folder, written);
    CATCH_CHECK(shared->dim() == 24);
    CATCH_REQUIRE(shared->shapes().size() == 3);
    for (size_t i = 0; i < written.size(); ++i) {
      CATCH_CHECK(shared->shapes()[i].code_bytes == written[i].code_bytes());
      CATCH_CHECK(shared->shapes()[i].stages == stages);
      CATCH_CHECK(shared->shapes()[i].shared);
      const auto found = shared->Find(written[i].code_bytes());
      CATCH_REQUIRE(found.ok());
      CheckEqual(**found, written[i]);
      CATCH_CHECK(shared->Find(written[i].code_bytes())->get() == found->get());
    }
    const absl::Status none = shared->Find(stages + 4).status();
    CATCH_CHECK(absl::IsNotFound(none));
    CATCH_CHECK(none.message().find("codebooks.bin") != std::string::npos);
  }
}

CATCH_TEST_CASE("codebooks that do not share their stages are refused", "[shared_codebooks]") {
  const TempFolder folder;
  const auto refused = [&](const std::vector<Codebook>& codebooks) {
    return absl::IsInvalidArgument(WriteSharedCodebooks(folder.File("c"), codebooks).status());
  };
  const std::vector<Codebook> sound = RandomCodebooks(12, 1, 9, {3, 6}, 1);
  CATCH_CHECK_FALSE(refused(sound));
  CATCH_CHECK(refused({}));
  CATCH_CHECK(refused({sound[1], sound[0]}));
  CATCH_CHECK(refused({sound[0], sound[0]}));
  std::vector<Codebook> bad = sound;
  bad[1].values[0] = -bad[1].values[0] - 1;
  CATCH_CHECK(refused(bad));
  bad = sound;
  bad[0].values.pop_back();
  CATCH_CHECK(refused(bad));
  bad = sound;
  bad[1].min_scale = NAN;
  CATCH_CHECK(refused(bad));
  bad = sound;
  bad[1].subspaces = 13;
  CATCH_CHECK(refused(bad));
  CATCH_CHECK(refused({sound[0], testing::RandomCodebook(12, 2, 6, 9, 1)}));
}

CATCH_TEST_CASE("a shared codebook measures as an inline one to the last bit",
                "[shared_codebooks]") {
  const TempFolder folder;
  std::mt19937_64 random(3);
  for (int turn = 0; turn < 6; ++turn) {
    const auto dim = static_cast<uint32_t>(8 + random() % 60);
    const auto stages = static_cast<uint32_t>(random() % 5);
    const auto centroids = static_cast<uint32_t>(1 + random() % 256);
    const std::vector<Codebook> codebooks =
        RandomCodebooks(dim, stages, centroids, {1, 3, dim / 2, dim}, random());
    const auto shared = WriteAndOpen(folder, codebooks);
    const VectorSet queries = testing::ClusteredVectors(4, dim, 4, random());
    for (const Codebook& codebook : codebooks) {
      const std::vector<uint8_t> codes = testing::RandomCodes(codebook, 70, random());
      CATCH_REQUIRE(WriteCodes(folder.File("own"), codebook, codes).ok());
      const auto bytes = WriteCodes(folder.File("named"), codebook, codes, &shared->digest());
      CATCH_REQUIRE(bytes.ok());
      CATCH_CHECK(*bytes ==
                  CodesFileBytes(dim, {codebook.code_bytes(), stages, centroids, true}, 70));
      const auto own = CodesView::Open(folder.File("own"), shared.get());
      const auto named = CodesView::Open(folder.File("named"), shared.get());
      CATCH_REQUIRE(own.ok());
      CATCH_REQUIRE(named.ok());
      CATCH_CHECK_FALSE(own->codebook_is_shared());
      CATCH_CHECK(named->codebook_is_shared());
      std::vector<float> expected(70);
      std::vector<float> found(70);
      for (uint32_t q = 0; q < queries.size(); ++q) {
        const std::span<const float> query(queries.row(q), dim);
        DistanceTable(own->codebook(), query)
            .DistanceBlock(own->Codes(NodeId(0), 70), 70, expected.data());
        DistanceTable(named->codebook(), query)
            .DistanceBlock(named->Codes(NodeId(0), 70), 70, found.data());
        CATCH_REQUIRE(found == expected);
      }
    }
  }
}

CATCH_TEST_CASE("codes by another model's codebooks name both digests", "[shared_codebooks]") {
  const TempFolder folder;
  const std::vector<Codebook> codebooks = RandomCodebooks(12, 1, 9, {3, 6}, 1);
  const auto right = WriteAndOpen(folder, codebooks);
  const auto wrong = WriteAndOpen(folder, RandomCodebooks(12, 1, 9, {3, 6}, 2), "other.bin");
  CATCH_REQUIRE(right->digest() != wrong->digest());
  const std::vector<uint8_t> codes = testing::RandomCodes(codebooks[0], 5, 2);
  CATCH_REQUIRE(WriteCodes(folder.File("c"), codebooks[0], codes, &right->digest()).ok());
  for (const SharedCodebooks* other : {wrong.get(), static_cast<const SharedCodebooks*>(nullptr)}) {
    const absl::Status status = CodesView::Open(folder.File("c"), other).status();
    CATCH_CHECK(absl::IsFailedPrecondition(status));
    const std::string message(status.message());
    CATCH_CHECK(message.find(right->digest().ToHex()) != std::string::npos);
    CATCH_CHECK(message.find(other == nullptr ? "none" : other->digest().ToHex()) !=
                std::string::npos);
    CATCH_CHECK(message.find("Index again") != std::string::npos);
  }
}

CATCH_TEST_CASE("codes that no codebook of the named file explains are data loss",
                "[shared_codebooks]") {
  const TempFolder folder;
  const std::vector<Codebook> codebooks = RandomCodebooks(12, 1, 9, {3, 6}, 1);
  const auto shared = WriteAndOpen(folder, codebooks);
  const auto opened = [&](const Codebook& codebook) {
    const std::vector<uint8_t> codes = testing::RandomCodes(codebook, 5, 2);
    CATCH_REQUIRE(WriteCodes(folder.File("c"), codebook, codes, &shared->digest()).ok());
    return CodesView::Open(folder.File("c"), shared.get()).status();
  };
  CATCH_CHECK(opened(codebooks[1]).ok());
  CATCH_CHECK(absl::IsDataLoss(opened(testing::RandomCodebook(12, 1, 4, 9, 1))));  // length
  Codebook other = codebooks[0];
  other.scale_step *= 2;
  CATCH_CHECK(absl::IsDataLoss(opened(other)));
  CATCH_CHECK(absl::IsDataLoss(opened(testing::RandomCodebook(12, 0, 4, 9, 1))));  // stages
}

// Opens what may be corrupt and reads all of it. True when anything complained.
bool Complains(const std::string& path) {
  const auto shared = SharedCodebooks::Open(path);
  if (!shared.ok()) return true;
  for (const CodeShape& shape : (*shared)->shapes()) {
    const auto codebook = (*shared)->Find(shape.code_bytes);
    CATCH_REQUIRE(codebook.ok());
    for (const float value : (*codebook)->values) CATCH_REQUIRE(std::isfinite(value));
  }
  return false;
}

CATCH_TEST_CASE("every flipped byte of shared codebooks is noticed", "[shared_codebooks]") {
  const TempFolder folder;
  WriteAndOpen(folder, RandomCodebooks(10, 2, 6, {2, 4}, 1));
  const std::string sound = folder.Read("codebooks.bin");
  CATCH_REQUIRE_FALSE(Complains(folder.File("codebooks.bin")));
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

CATCH_TEST_CASE("a wrong payload of shared codebooks under right checksums is harmless",
                "[shared_codebooks]") {
  const TempFolder folder;
  WriteAndOpen(folder, RandomCodebooks(10, 2, 6, {2, 4}, 1));
  const auto file =
      CheckedFile::Open(folder.File("codebooks.bin"), kCodebooksMagic, kCodebooksVersion);
  CATCH_REQUIRE((*file)->Touch(0, (*file)->bytes().size()));
  const std::string payload(AsString((*file)->bytes()));
  std::mt19937_64 random(4);
  int noticed = 0;
  // Each write syncs, so a sample: all of the header and the lengths, then anywhere.
  for (size_t i = 0; i < 400; ++i) {
    std::string bad = payload;
    bad[i < 144 ? i / 3 : random() % bad.size()] = static_cast<char>(random());
    if (i >= 300) bad.resize(random() % bad.size());
    CATCH_REQUIRE(
        WriteCheckedFile(folder.File("b"), kCodebooksMagic, kCodebooksVersion, AsBytes(bad)).ok());
    noticed += Complains(folder.File("b"));
  }
  CATCH_CHECK(noticed > 100);
}

// Multiples of 1/64: exact in fp16.
std::vector<Codebook> GoldenCodebooks() {
  std::vector<Codebook> codebooks;
  for (const uint32_t subspaces : {3U, 7U, 20U}) {
    Codebook codebook{.dim = 20,
                      .stages = 2,
                      .subspaces = subspaces,
                      .centroids = 11,
                      .values = {},
                      .min_scale = 0.75F,
                      .scale_step = static_cast<float>(subspaces) / 1024};
    for (uint32_t i = 0; i < 3 * 20 * 11; ++i) {
      const uint32_t table = i < 2 * 20 * 11 ? 0 : subspaces;
      codebook.values.push_back(static_cast<float>(((i + table) * 37) % 129) / 64 - 1);
    }
    codebooks.push_back(std::move(codebook));
  }
  return codebooks;
}

CATCH_TEST_CASE("the golden shared codebooks read as they always did", "[shared_codebooks]") {
  const char* source = std::getenv("SEEKD_TEST_SOURCE_DIR");
  CATCH_REQUIRE(source != nullptr);
  const std::string path = std::string(source) + "/tests/golden/codebooks-v1.bin";
  const auto shared = SharedCodebooks::Open(path);
  CATCH_REQUIRE(shared.status() == absl::OkStatus());
  CATCH_CHECK((*shared)->digest().ToHex() == "a6158ebde51f0996208b3b7fcdd68076");
  const std::vector<Codebook> expected = GoldenCodebooks();
  CATCH_REQUIRE((*shared)->shapes().size() == expected.size());
  for (const Codebook& codebook : expected) {
    CheckEqual(**(*shared)->Find(codebook.code_bytes()), codebook);
  }
  const TempFolder folder;
  CATCH_REQUIRE(WriteSharedCodebooks(folder.File("again"), expected).ok());
  CATCH_CHECK(SharedCodebooks::Open(folder.File("again")).value()->digest() == (*shared)->digest());
}

CATCH_TEST_CASE("codebooks trained together are those trained alone", "[shared_codebooks]") {
  const VectorSet sample = testing::ClusteredVectors(600, 16, 9, 5);
  CodeTrainingOptions options;
  options.stages = 2;
  options.max_centroids = 32;
  const std::vector<uint32_t> lengths = {4, 7, 19};
  const auto together = TrainCodebooks(sample, options, lengths, nullptr);
  CATCH_REQUIRE(together.ok());
  for (size_t i = 0; i < lengths.size(); ++i) {
    options.code_bytes = lengths[i];
    CheckEqual((*together)[i], *TrainCodebook(sample, options, nullptr));
  }
  const TempFolder folder;
  CATCH_CHECK(WriteSharedCodebooks(folder.File("c"), *together).ok());
  const std::vector<uint32_t> too_long = {4, 20};
  CATCH_CHECK(absl::IsInvalidArgument(TrainCodebooks(sample, options, too_long, nullptr).status()));
}

}  // namespace
}  // namespace seekd
