// What recomputing an embedding costs: chunks per second of the default token table, and of
// BERT-shaped encoders with random weights in the shapes of all-MiniLM-L6 and of BERT-base, beside
// the same models computed the plain way (padded_bert.h).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <span>
#include <vector>

#include "embedding_service/bert_model.h"
#include "tests/bench/bench_models.h"
#include "tests/bench/padded_bert.h"

namespace seekd::bench {
namespace {

void EncodeChunks(benchmark::State& state, BatchEncoder* encoder) {
  const auto batch_chunks = static_cast<size_t>(state.range(0));
  const auto chunks = ZipfChunks(std::max<size_t>(batch_chunks, 256), encoder->vocab_size());
  std::vector<float> rows(batch_chunks * encoder->dim());
  size_t at = 0;
  for (auto _ : state) {
    if (at + batch_chunks > chunks.size()) at = 0;
    const std::vector<TokenSpan> inputs(chunks.begin() + static_cast<ptrdiff_t>(at),
                                        chunks.begin() + static_cast<ptrdiff_t>(at + batch_chunks));
    if (!encoder->Encode(inputs, rows.data()).ok()) state.SkipWithError("Encode failed");
    at += batch_chunks;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BM_Static(benchmark::State& state) {
  const LoadedModel model =
      LoadOrDie(kDefaultModelDir, {.threads = static_cast<int>(state.range(1))});
  EncodeChunks(state, model.encoder.get());
}
BENCHMARK(BM_Static)
    ->ArgNames({"chunks", "threads"})
    ->ArgsProduct({{1, 8, 32, 64}, {1}})
    ->UseRealTime();

// Batches of so many chunks, of mixed lengths or of similar ones.
template <typename Encode>
void EncodeRealistic(benchmark::State& state, uint32_t vocab_size, uint32_t dim, Encode encode) {
  const auto batch_chunks = static_cast<size_t>(state.range(0));
  auto chunks = RealisticChunks(4 * batch_chunks, vocab_size);
  if (state.range(1) != 0) std::ranges::sort(chunks, {}, &std::vector<TokenId>::size);
  std::vector<float> rows(batch_chunks * dim);
  size_t at = 0;
  for (auto _ : state) {
    const auto begin = chunks.begin() + static_cast<ptrdiff_t>(at);
    const std::vector<TokenSpan> inputs(begin, begin + static_cast<ptrdiff_t>(batch_chunks));
    encode(inputs, rows.data());
    at = (at + batch_chunks) % chunks.size();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BM_Padded(benchmark::State& state, const testing::BertFixture& fixture) {
  const RandomModel model(fixture);
  const PaddedBert padded(LoadModelSpec(model.dir()).value(),
                          ModelWeights::Open(model.dir()).value(),
                          static_cast<int>(state.range(2)));
  EncodeRealistic(
      state, fixture.vocab_size, fixture.dim,
      [&](std::span<const TokenSpan> inputs, float* rows) { padded.Encode(inputs, rows); });
}

// False, and the benchmark skipped, where library or processor lack it.
bool IsSupported(benchmark::State& state, Precision precision) {
  const std::vector<Precision> supported = BertModel::SupportedPrecisions();
  if (std::ranges::find(supported, precision) != supported.end()) return true;
  state.SkipWithError("not on this processor");
  return false;
}

void BM_Encoder(benchmark::State& state, const testing::BertFixture& fixture, Precision precision) {
  if (!IsSupported(state, precision)) return;
  const RandomModel model(fixture);
  const LoadedModel loaded = LoadOrDie(
      model.dir(),
      {.threads = static_cast<int>(state.range(2)), .device = Device{}, .precision = precision});
  EncodeRealistic(state, fixture.vocab_size, fixture.dim,
                  [&](std::span<const TokenSpan> inputs, float* rows) {
                    if (!loaded.encoder->Encode(inputs, rows).ok()) {
                      state.SkipWithError("Encode failed");
                    }
                  });
}

void Batches(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"chunks", "sorted", "threads"})
      ->ArgsProduct({{16}, {0, 1}, {1, 2}})
      ->Unit(benchmark::kMillisecond)
      ->MeasureProcessCPUTime()
      ->UseRealTime();
}

// OpenBLAS stays single-threaded once an encoder was made: the baselines go first.
BENCHMARK_CAPTURE(BM_Padded, 6x384, kMiniLm)->Apply(Batches);
BENCHMARK_CAPTURE(BM_Padded, 12x768, kBase)->Apply(Batches);
BENCHMARK_CAPTURE(BM_Encoder, 6x384_fp32, kMiniLm, Precision::kFp32)->Apply(Batches);
BENCHMARK_CAPTURE(BM_Encoder, 6x384_bf16, kMiniLm, Precision::kBf16)->Apply(Batches);
BENCHMARK_CAPTURE(BM_Encoder, 6x384_int8, kMiniLm, Precision::kInt8)->Apply(Batches);
BENCHMARK_CAPTURE(BM_Encoder, 12x768_fp32, kBase, Precision::kFp32)->Apply(Batches);
BENCHMARK_CAPTURE(BM_Encoder, 12x768_bf16, kBase, Precision::kBf16)->Apply(Batches);
BENCHMARK_CAPTURE(BM_Encoder, 12x768_int8, kBase, Precision::kInt8)->Apply(Batches);

// One question of 12 tokens.
void BM_Query(benchmark::State& state, const testing::BertFixture& fixture, Precision precision) {
  if (!IsSupported(state, precision)) return;
  const RandomModel model(fixture);
  const LoadedModel loaded =
      LoadOrDie(model.dir(), {.threads = 2, .device = Device{}, .precision = precision});
  const std::vector<TokenId> tokens(12, 1000);
  const TokenSpan input(tokens);
  std::vector<float> row(fixture.dim);
  for (auto _ : state) {
    if (!loaded.encoder->Encode({&input, 1}, row.data()).ok()) state.SkipWithError("Encode failed");
  }
}
BENCHMARK_CAPTURE(BM_Query, 6x384_fp32, kMiniLm, Precision::kFp32)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_Query, 6x384_bf16, kMiniLm, Precision::kBf16)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_Query, 6x384_int8, kMiniLm, Precision::kInt8)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_Query, 12x768_fp32, kBase, Precision::kFp32)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_Query, 12x768_bf16, kBase, Precision::kBf16)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_Query, 12x768_int8, kBase, Precision::kInt8)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Start-up: map, check and fingerprint the default model.
void BM_LoadDefaultModel(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(LoadOrDie(kDefaultModelDir, {.threads = 1}).fingerprint);
}
BENCHMARK(BM_LoadDefaultModel)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace seekd::bench
