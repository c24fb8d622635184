// What recomputing an embedding costs: chunks per second of the default token
// table and of a BERT-shaped encoder with random weights (3 layers x 256),
// 256 tokens a chunk, as the batching service calls them.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "embedding_service/encoder_factory.h"
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

LoadedModel LoadOrDie(const std::string& dir, int threads) {
  auto model = LoadModel(dir, {.threads = threads});
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
  const LoadedModel model = LoadOrDie(kDefaultModelDir, static_cast<int>(state.range(1)));
  EncodeChunks(state, model.encoder.get());
}
BENCHMARK(BM_Static)
    ->ArgNames({"chunks", "threads"})
    ->ArgsProduct({{1, 8, 32, 64}, {1}})
    ->UseRealTime();

void BM_Bert3x256(benchmark::State& state) {
  const testing::TempFolder folder;
  testing::WriteBertModel({}, folder.path(), std::string(kDefaultModelDir) + "/tokenizer.json");
  const LoadedModel model = LoadOrDie(folder.path(), static_cast<int>(state.range(1)));
  EncodeChunks(state, model.encoder.get());
}
BENCHMARK(BM_Bert3x256)
    ->ArgNames({"chunks", "threads"})
    ->ArgsProduct({{1, 8, 32}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Start-up: map, check and fingerprint the default model.
void BM_LoadDefaultModel(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(LoadOrDie(kDefaultModelDir, 1).fingerprint);
}
BENCHMARK(BM_LoadDefaultModel)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace seekd
