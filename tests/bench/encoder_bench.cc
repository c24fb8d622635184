// What recomputing an embedding costs: chunks per second of the default token table, and of
// BERT-shaped encoders with random weights in the shapes of all-MiniLM-L6 and of BERT-base, beside
// the same models computed the plain way (padded_bert.h).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "embedding_service/encoder_factory.h"
#include "tests/bench/padded_bert.h"
#include "tests/support/bert_fixture.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

constexpr size_t kChunkTokens = 256;

const char kDefaultModelDir[] = SEEKD_SOURCE_DIR "/embedding_service/models/seek-static-en-256";

// Token ids with the frequencies of words in text: the n-th id about 1/n.
std::vector<std::vector<TokenId>> ZipfChunks(size_t count, uint32_t vocab_size) {
  std::mt19937 random(1);
  std::vector<std::vector<TokenId>> chunks(count, std::vector<TokenId>(kChunkTokens));
  const double log_size = std::log(static_cast<double>(vocab_size - 1));
  for (auto& chunk : chunks) {
    for (TokenId& id : chunk) {
      const double unit = static_cast<double>(random()) / 4294967296.0;
      id = static_cast<TokenId>(std::exp(unit * log_size));
    }
  }
  return chunks;
}

LoadedModel LoadOrDie(const std::string& dir, const LoadOptions& options) {
  auto model = LoadModel(dir, options);
  if (model.ok()) return *std::move(model);
  std::cerr << model.status() << std::endl;
  std::abort();
}

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

// How many tokens chunks have: the 12,651 of every 20th file of win32-docs (docs/benchmarks.md),
// cut as the daemon cuts them. Middles of bins 16 wide, and each bin's share of the chunks in
// 1/1000.
struct LengthShare {
  uint32_t tokens;
  uint32_t share;
};
constexpr LengthShare kLengths[] = {
    {104, 2},   {120, 4},  {136, 7},  {152, 12},  {168, 13},  {184, 19},
    {200, 29},  {216, 46}, {232, 65}, {248, 111}, {264, 168}, {280, 199},
    {296, 171}, {312, 81}, {328, 38}, {344, 21},  {360, 11},  {376, 3},
};

// Chunks with the lengths of real ones and random tokens.
std::vector<std::vector<TokenId>> RealisticChunks(size_t count, uint32_t vocab_size) {
  std::mt19937 random(1);
  std::vector<std::vector<TokenId>> chunks(count);
  for (auto& chunk : chunks) {
    uint32_t draw = random() % 1000;
    const LengthShare* bin = kLengths;
    for (; draw >= bin->share; ++bin) draw -= bin->share;
    chunk.resize(bin->tokens);
    for (TokenId& id : chunk) id = static_cast<TokenId>(random() % vocab_size);
  }
  return chunks;
}

// A model folder with random weights, the default tokenizer, and a shape people use.
class RandomModel {
 public:
  explicit RandomModel(const testing::BertFixture& fixture) {
    testing::WriteBertModel(fixture, folder_.path(),
                            std::string(kDefaultModelDir) + "/tokenizer.json");
  }
  const std::string& dir() const { return folder_.path(); }

 private:
  const testing::TempFolder folder_;
};

testing::BertFixture Shape(uint32_t layers, uint32_t dim, uint32_t heads) {
  testing::BertFixture fixture;
  fixture.layers = layers;
  fixture.dim = dim;
  fixture.heads = heads;
  fixture.intermediate = 4 * dim;
  return fixture;
}

const testing::BertFixture kMiniLm = Shape(6, 384, 12);
const testing::BertFixture kBase = Shape(12, 768, 12);

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
  const bench::PaddedBert padded(LoadModelSpec(model.dir()).value(),
                                 ModelWeights::Open(model.dir()).value(),
                                 static_cast<int>(state.range(2)));
  EncodeRealistic(
      state, fixture.vocab_size, fixture.dim,
      [&](std::span<const TokenSpan> inputs, float* rows) { padded.Encode(inputs, rows); });
}

void BM_Encoder(benchmark::State& state, const testing::BertFixture& fixture, Precision precision) {
  const RandomModel model(fixture);
  const LoadedModel loaded =
      LoadOrDie(model.dir(), {.threads = static_cast<int>(state.range(2)), .precision = precision});
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
BENCHMARK_CAPTURE(BM_Encoder, 6x384_int8, kMiniLm, Precision::kInt8)->Apply(Batches);
BENCHMARK_CAPTURE(BM_Encoder, 12x768_fp32, kBase, Precision::kFp32)->Apply(Batches);
BENCHMARK_CAPTURE(BM_Encoder, 12x768_int8, kBase, Precision::kInt8)->Apply(Batches);

// One question of 12 tokens.
void BM_Query(benchmark::State& state, const testing::BertFixture& fixture, Precision precision) {
  const RandomModel model(fixture);
  const LoadedModel loaded = LoadOrDie(model.dir(), {.threads = 2, .precision = precision});
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
BENCHMARK_CAPTURE(BM_Query, 6x384_int8, kMiniLm, Precision::kInt8)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_Query, 12x768_fp32, kBase, Precision::kFp32)
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
}  // namespace seekd
