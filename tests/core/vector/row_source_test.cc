#include "core/vector/row_source.h"

#include <atomic>
#include <vector>

#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

// Fails when a certain row is asked for.
class FailingRows final : public RowSource {
 public:
  FailingRows(const VectorSet* vectors, uint32_t bad) : rows_(vectors), bad_(bad) {}
  uint32_t dim() const override { return rows_.dim(); }
  uint32_t size() const override { return rows_.size(); }
  absl::Status Read(std::span<const uint32_t> rows, float* out) const override {
    for (const uint32_t row : rows) {
      if (row == bad_) return absl::DataLossError("row is gone");
    }
    return rows_.Read(rows, out);
  }

 private:
  VectorRows rows_;
  uint32_t bad_;
};

CATCH_TEST_CASE("rows are read in the order asked for, by any number of threads") {
  const VectorSet vectors = testing::ClusteredVectors(1000, 8, 3, 1);
  std::vector<uint32_t> wanted;
  for (uint32_t i = 0; i < 3000; ++i) wanted.push_back(i * 7919 % 1000);
  for (const uint32_t threads : {1U, 3U}) {
    const auto read = ReadRows(VectorRows(&vectors), wanted, {threads, 1, nullptr, {}});
    CATCH_REQUIRE(read.ok());
    CATCH_REQUIRE(read->size() == 3000);
    for (uint32_t i = 0; i < 3000; ++i) {
      CATCH_REQUIRE(std::equal(read->row(i), read->row(i) + 8, vectors.row(wanted[i])));
    }
  }
}

CATCH_TEST_CASE("blocks show every row once") {
  const VectorSet vectors = testing::ClusteredVectors(1001, 4, 3, 2);
  std::vector<std::atomic<int>> seen(1001);
  const absl::Status status = ForEachBlock(
      VectorRows(&vectors), {3, 1, nullptr, {}},
      [&](uint32_t worker, uint32_t first, const VectorSet& block) {
        for (uint32_t i = 0; i < block.size(); ++i) {
          const bool equal = std::equal(block.row(i), block.row(i) + 4, vectors.row(first + i));
          seen[first + i] += equal && worker < 3 ? 1 : 100;
        }
      });
  CATCH_REQUIRE(status.ok());
  for (const std::atomic<int>& count : seen) CATCH_REQUIRE(count == 1);
}

CATCH_TEST_CASE("a row that cannot be read is the error of both; a withdrawn read is cancelled") {
  const VectorSet vectors = testing::ClusteredVectors(2000, 4, 3, 2);
  const FailingRows rows(&vectors, 1500);
  const std::vector<uint32_t> wanted = {1, 1500, 2};
  CATCH_CHECK(absl::IsDataLoss(ReadRows(rows, wanted, {2, 1, nullptr, {}}).status()));
  CATCH_CHECK(absl::IsDataLoss(
      ForEachBlock(rows, {2, 1, nullptr, {}}, [](uint32_t, uint32_t, const VectorSet&) {})));
  const auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  CATCH_CHECK(absl::IsCancelled(ReadRows(rows, wanted, {2, 1, cancellation, {}}).status()));
}

}  // namespace
}  // namespace seekd
