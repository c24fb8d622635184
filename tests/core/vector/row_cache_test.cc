#include "core/vector/row_cache.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <random>
#include <vector>

#include "core/vector/distance.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr uint32_t kRows = 500;
constexpr uint32_t kDim = 24;

// Counts what is read; every third row is at hand.
class CountingRows final : public RowSource {
 public:
  explicit CountingRows(const VectorSet* vectors) : rows_(vectors) {}
  uint32_t dim() const override { return rows_.dim(); }
  uint32_t size() const override { return rows_.size(); }
  bool at_hand(uint32_t row) const override { return row % 3 == 0; }
  absl::Status Read(std::span<const uint32_t> rows, float* out) const override {
    if (fails) return absl::UnavailableError("encoder is gone");
    for (const uint32_t row : rows) recomputed += at_hand(row) ? 0 : 1;
    return rows_.Read(rows, out);
  }

  bool fails = false;
  mutable std::atomic<uint64_t> recomputed{0};

 private:
  const VectorRows rows_;
};

std::vector<float> Rounded(const VectorSet& vectors, std::span<const uint32_t> rows) {
  std::vector<float> out(rows.size() * vectors.dim);
  for (size_t i = 0; i < rows.size(); ++i) {
    FromHalf(ToHalf({vectors.row(rows[i]), vectors.dim}), out.data() + i * vectors.dim);
  }
  return out;
}

CATCH_TEST_CASE("whatever is kept, a row reads as its fp16 rounding") {
  const VectorSet vectors = testing::ClusteredVectors(kRows, kDim, 9, 1);
  std::mt19937 random(3);
  for (const uint64_t kept : {0, 1, 100, 333, 334, 5000}) {
    const CountingRows behind(&vectors);
    const RowCache cache(&behind, kept * RowCache::RowBytes(kDim) + 1);
    CATCH_REQUIRE(cache.bytes() <= kept * RowCache::RowBytes(kDim));
    for (int read = 0; read < 100; ++read) {
      std::vector<uint32_t> rows(random() % 60);
      for (uint32_t& row : rows) row = random() % kRows;
      std::vector<float> out(rows.size() * kDim);
      CATCH_REQUIRE(cache.Read(rows, out.data()).ok());
      CATCH_REQUIRE(out == Rounded(vectors, rows));
    }
    CATCH_CHECK(cache.recomputed() == behind.recomputed);
  }
}

CATCH_TEST_CASE("kept rows are recomputed once, and rows at hand are not kept") {
  const VectorSet vectors = testing::ClusteredVectors(kRows, kDim, 9, 1);
  const CountingRows behind(&vectors);
  const RowCache cache(&behind, 200 * RowCache::RowBytes(kDim));
  std::vector<uint32_t> all(kRows);
  std::iota(all.begin(), all.end(), 0U);
  const uint64_t not_at_hand = kRows - (kRows + 2) / 3;
  for (int pass = 0; pass < 3; ++pass) CATCH_REQUIRE(ReadRows(cache, all, {.threads = 1}).ok());
  CATCH_CHECK(cache.recomputed() == not_at_hand + 2 * (not_at_hand - 200));

  // Behind another one they count as at hand.
  const RowCache second(&cache, 1 << 20);
  CATCH_CHECK(second.bytes() == (not_at_hand - 200) * RowCache::RowBytes(kDim));
  for (int pass = 0; pass < 3; ++pass) CATCH_REQUIRE(ReadRows(second, all, {.threads = 1}).ok());
  CATCH_CHECK(cache.recomputed() == not_at_hand + 3 * (not_at_hand - 200));
}

CATCH_TEST_CASE("threads share a row cache; an error is handed on and keeps nothing") {
  const VectorSet vectors = testing::ClusteredVectors(kRows, kDim, 9, 1);
  CountingRows behind(&vectors);
  const RowCache cache(&behind, 1 << 20);
  std::vector<uint32_t> twice(2 * kRows);
  for (uint32_t i = 0; i < twice.size(); ++i) twice[i] = i % kRows;
  behind.fails = true;
  CATCH_CHECK(absl::IsUnavailable(ReadRows(cache, twice, {.threads = 4}).status()));
  behind.fails = false;
  for (int pass = 0; pass < 2; ++pass) {
    const auto read = ReadRows(cache, twice, {.threads = 4});
    CATCH_REQUIRE(read.ok());
    CATCH_REQUIRE(read->values == Rounded(vectors, twice));
  }
}

}  // namespace
}  // namespace seekd
