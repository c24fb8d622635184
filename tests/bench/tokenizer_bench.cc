// Bytes per second of the tokenizer and of reading and chunking, on a file of real
// text: SEEKD_BENCH_TEXT names it (one core).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "core/text/chunker.h"
#include "core/text/document_reader.h"
#include "core/text/tokenizer.h"

namespace seekd {
namespace {

std::unique_ptr<Tokenizer> Model() {
  auto loaded = Tokenizer::Load(SEEKD_SOURCE_DIR "/embedding_service/models/seek-static-en-256");
  return loaded.ok() ? *std::move(loaded) : nullptr;
}

std::string Text() {
  const char* path = std::getenv("SEEKD_BENCH_TEXT");
  if (path == nullptr) return "";
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Runs `work(tokenizer, text)` over and over, or says what is missing.
template <typename Work>
void Measure(benchmark::State& state, Work work) {
  const std::unique_ptr<Tokenizer> tokenizer = Model();
  const std::string text = Text();
  if (tokenizer == nullptr || text.empty()) {
    state.SkipWithError("set SEEKD_BENCH_TEXT to a file of text");
    return;
  }
  for (auto _ : state) work(*tokenizer, text);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void CountTokens(benchmark::State& state) {
  Measure(state, [](const Tokenizer& tokenizer, const std::string& text) {
    benchmark::DoNotOptimize(tokenizer.CountTokens(text));
  });
}
BENCHMARK(CountTokens)->Unit(benchmark::kMillisecond);

void Tokenize(benchmark::State& state) {
  Measure(state, [](const Tokenizer& tokenizer, const std::string& text) {
    benchmark::DoNotOptimize(tokenizer.Tokenize(text).size());
  });
}
BENCHMARK(Tokenize)->Unit(benchmark::kMillisecond);

void ReadAndChunk(benchmark::State& state) {
  Measure(state, [](const Tokenizer& tokenizer, const std::string& text) {
    const auto document = ReadDocument("a.md", text, "", {});
    if (document.ok()) benchmark::DoNotOptimize(ChunkDocument(*document, tokenizer, {}).size());
  });
}
BENCHMARK(ReadAndChunk)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seekd
