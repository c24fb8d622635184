#include "embedding_service/batch_profile.h"

#include <mutex>
#include <set>

#include "core/storage/atomic_file.h"
#include "embedding_service/encoder_service.h"
#include "tests/core/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/fake_encoder.h"

namespace seekd {
namespace {

const BatchProfileKey kKey{"model", "cpu", 2};

BatchProfile Sample() {
  return MakeBatchProfile(kKey, {{1, 100}, {2, 110}, {4, 160}, {8, 290}, {16, 570}});
}

// Answers like FakeEncoder, with the times of a device: a fixed price and one per row.
class TimedEncoder final : public InputEncoder {
 public:
  TimedEncoder(int64_t call_us, int64_t row_us) : call_us_(call_us), row_us_(row_us) {}
  uint32_t dim() const override { return fake_.dim(); }
  uint32_t max_input_tokens() const override { return 128; }

  asio::awaitable<absl::StatusOr<EmbeddingRows>> Encode(std::vector<std::vector<TokenId>> inputs,
                                                        EncodeOptions options) override {
    ++calls;
    queries += options.priority == EncodePriority::kQuery ? 1 : 0;
    const std::set<std::vector<TokenId>> distinct(inputs.begin(), inputs.end());
    all_distinct = all_distinct && distinct.size() == inputs.size();
    for (const auto& input : inputs) {
      for (const TokenId id : input) largest_id = std::max(largest_id, id);
      longest = std::max(longest, input.size());
    }
    const auto rows = static_cast<int64_t>(inputs.size());
    largest_batch = std::max(largest_batch, rows);
    auto answer = co_await fake_.Encode(std::move(inputs), std::move(options));
    if (answer.ok()) answer->times.encode_us = call_us_ + rows * row_us_;
    co_return answer;
  }

  int calls = 0;
  int queries = 0;
  bool all_distinct = true;
  TokenId largest_id = 0;
  size_t longest = 0;
  int64_t largest_batch = 0;

 private:
  const int64_t call_us_;
  const int64_t row_us_;
  testing::FakeEncoder fake_;
};

CATCH_TEST_CASE("A batch is the fewest rows with nine tenths of the best throughput") {
  const BatchProfile profile = Sample();
  // Rows per second: 10,000, 18,182, 25,000, 27,586, 28,070.
  CATCH_CHECK(profile.batch_rows == 8);
  CATCH_CHECK(profile.rows_per_second == Approx(8e6 / 290));
  CATCH_CHECK(MakeBatchProfile(kKey, {{1, 10}}).batch_rows == 1);
  CATCH_CHECK(MakeBatchProfile(kKey, {{1, 10}, {2, 20}, {4, 40}}).batch_rows == 1);
  CATCH_CHECK(MakeBatchProfile(kKey, {{1, 10}, {2, 10}, {4, 10}}).batch_rows == 4);
}

CATCH_TEST_CASE("Measuring: distinct inputs behind all queries, up to 256 rows") {
  TimedEncoder encoder(1000, 10);
  const auto timings = MeasureBatches(&encoder, 500, nullptr);
  CATCH_REQUIRE(timings.ok());
  CATCH_REQUIRE(timings->size() == 9);
  for (size_t i = 0; i < timings->size(); ++i) {
    const uint32_t rows = 1U << i;
    CATCH_CHECK((*timings)[i] == BatchTiming{rows, 1000 + 10 * rows});
  }
  CATCH_CHECK(encoder.queries == 0);
  CATCH_CHECK(encoder.all_distinct);
  CATCH_CHECK(encoder.largest_id < 500);
  CATCH_CHECK(encoder.longest == 128);
  CATCH_CHECK(MakeBatchProfile(kKey, *timings).batch_rows == 256);
}

CATCH_TEST_CASE("Measuring stops where a batch takes long") {
  TimedEncoder encoder(0, 20'000);
  const auto timings = MeasureBatches(&encoder, 500, nullptr);
  CATCH_REQUIRE(timings.ok());
  CATCH_CHECK(timings->back().rows == 16);
  CATCH_CHECK(encoder.largest_batch == 16);
  CATCH_CHECK(MakeBatchProfile(kKey, *timings).batch_rows == 1);
}

CATCH_TEST_CASE("Measuring can be withdrawn") {
  TimedEncoder encoder(1000, 10);
  auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  CATCH_CHECK(absl::IsCancelled(MeasureBatches(&encoder, 500, cancellation).status()));
}

CATCH_TEST_CASE("A profile goes through its file") {
  const auto parsed = ParseBatchProfile(FormatBatchProfile(Sample()));
  CATCH_REQUIRE(parsed.ok());
  CATCH_CHECK(parsed->key == kKey);
  CATCH_CHECK(parsed->timings == Sample().timings);
  CATCH_CHECK(parsed->batch_rows == 8);
}

CATCH_TEST_CASE("A damaged profile is an error or a sound profile, never more") {
  const std::string sound = FormatBatchProfile(Sample());
  for (size_t i = 0; i < sound.size(); ++i) {
    for (const int flip : {1, 2, 4, 16, 0x80}) {
      std::string damaged = sound;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      const auto parsed = ParseBatchProfile(damaged);
      if (!parsed.ok()) {
        CATCH_CHECK(absl::IsDataLoss(parsed.status()));
        continue;
      }
      CATCH_CHECK(parsed->batch_rows > 0);
      CATCH_CHECK(parsed->rows_per_second > 0);
    }
    // Only the line end may be missing.
    if (i + 1 < sound.size()) CATCH_CHECK_FALSE(ParseBatchProfile(sound.substr(0, i)).ok());
  }
  for (const char* other : {"", "7", "[]", "{}", R"({"version":2})", R"({"version":-1})"}) {
    CATCH_CHECK_FALSE(ParseBatchProfile(other).ok());
  }
}

CATCH_TEST_CASE("A kept profile is used for its key alone; a damaged file is replaced") {
  const TempFolder folder;
  const std::string path = folder.File("batch_profile.json");
  TimedEncoder encoder(1000, 10);
  const auto load = [&](const BatchProfileKey& key) {
    const int before = encoder.calls;
    const auto profile = LoadOrMeasureBatchProfile(path, key, &encoder, 500, nullptr);
    CATCH_REQUIRE(profile.ok());
    CATCH_CHECK(profile->key == key);
    CATCH_CHECK(profile->batch_rows == 256);
    return encoder.calls > before;  // measured
  };
  CATCH_CHECK(load(kKey));
  CATCH_CHECK_FALSE(load(kKey));
  CATCH_CHECK(load({"other", "cpu", 2}));
  CATCH_CHECK(load({"other", "cuda:0", 2}));
  CATCH_CHECK(load({"other", "cuda:0", 3}));
  CATCH_CHECK_FALSE(load({"other", "cuda:0", 3}));
  CATCH_REQUIRE(WriteFileAtomically(path, "{\"version\":1,").ok());
  CATCH_CHECK(load(kKey));
  CATCH_CHECK_FALSE(load(kKey));
}

CATCH_TEST_CASE("A folder that cannot be written is an error") {
  TimedEncoder encoder(1000, 10);
  CATCH_CHECK_FALSE(
      LoadOrMeasureBatchProfile("/nowhere/profile.json", kKey, &encoder, 500, nullptr).ok());
}

}  // namespace
}  // namespace seekd
