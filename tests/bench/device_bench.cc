// What a device makes of a transformer: chunks, tokens and arithmetic per second of models with
// random weights in the shapes of all-MiniLM-L6 and of BERT-base, how long a question takes, and
// how near the rows are to those of the CPU in fp32.
//
// SEEKD_BENCH_DEVICE names the device; without it the best one is taken, or the CPU as a device,
// which is slow.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "embedding_service/device_encoder.h"
#include "embedding_service/precision_trial.h"
#include "embedding_service/transformer_encoder.h"
#include "tests/bench/bench_models.h"

namespace seekd::bench {
namespace {

constexpr size_t kComparedChunks = 16;
constexpr SpecialTokens kSpecial{2, 3};

Device DeviceToMeasure() {
  if (const char* const name = std::getenv("SEEKD_BENCH_DEVICE"); name != nullptr) {
    if (const std::optional<Device> device = ParseDevice(name)) return *device;
    std::cerr << "SEEKD_BENCH_DEVICE: no device \"" << name << "\"" << std::endl;
    std::abort();
  }
  const std::vector<Device> found = DeviceBert::FindDevices();
  return found.empty() ? Device{} : found[0];
}

std::vector<TokenSpan> SpansOf(const std::vector<std::vector<TokenId>>& chunks) {
  return {chunks.begin(), chunks.end()};
}

// Of layers, multiplications and additions counted apart: 8 L d^2 of the projections, 4 L d f of
// the feed-forward layers, 4 L^2 d of the attention, for the L tokens of a sequence.
double FlopsOf(const ModelSpec& spec, TokenSpan input) {
  const auto length = static_cast<double>(input.size() + kSpecialTokens);
  const double dim = spec.dim, inner = spec.intermediate;
  return spec.layers *
         (8 * length * dim * dim + 4 * length * dim * inner + 4 * length * length * dim);
}

// A model on disk, its exact rows, and its encoders on the device.
class Subject {
 public:
  explicit Subject(const testing::BertFixture& fixture)
      : model_(fixture),
        spec_(LoadModelSpec(model_.dir()).value()),
        weights_(ModelWeights::Open(model_.dir()).value()),
        compared_(RealisticChunks(kComparedChunks, spec_.vocab_size)) {
    const int threads = 8;
    exact_ = RowsOf(TransformerEncoder::Create(spec_, kSpecial, weights_, threads).value().get());
  }

  const ModelSpec& spec() const { return spec_; }

  BatchEncoder* Encoder(Precision precision) {
    std::unique_ptr<BatchEncoder>& encoder = encoders_[precision];
    if (encoder == nullptr) {
      encoder =
          DeviceEncoder::Create(spec_, kSpecial, weights_, DeviceToMeasure(), precision).value();
      cosines_[precision] = LeastCosine(exact_, RowsOf(encoder.get()), spec_.dim);
    }
    return encoder.get();
  }
  double cosine(Precision precision) const { return cosines_.at(precision); }

 private:
  std::vector<float> RowsOf(BatchEncoder* encoder) const {
    std::vector<float> rows(compared_.size() * spec_.dim);
    if (!encoder->Encode(SpansOf(compared_), rows.data()).ok()) std::abort();
    return rows;
  }

  const RandomModel model_;
  const ModelSpec spec_;
  const std::shared_ptr<const ModelWeights> weights_;
  const std::vector<std::vector<TokenId>> compared_;
  std::vector<float> exact_;
  std::map<Precision, std::unique_ptr<BatchEncoder>> encoders_;
  std::map<Precision, double> cosines_;
};

// Loaded once: benchmarks are called several times.
Subject* SubjectOf(const testing::BertFixture& fixture) {
  // Never destroyed: at exit the device may be gone before.
  static auto& subjects = *new std::map<uint32_t, std::unique_ptr<Subject>>;
  std::unique_ptr<Subject>& subject = subjects[fixture.dim];
  if (subject == nullptr) subject = std::make_unique<Subject>(fixture);
  return subject.get();
}

void EncodeAgain(benchmark::State& state, Subject* subject, Precision precision,
                 const std::vector<std::vector<TokenId>>& chunks) {
  BatchEncoder* const encoder = subject->Encoder(precision);
  const std::vector<TokenSpan> inputs = SpansOf(chunks);
  std::vector<float> rows(inputs.size() * encoder->dim());
  for (auto _ : state) {
    if (!encoder->Encode(inputs, rows.data()).ok()) state.SkipWithError("Encode failed");
  }
  double tokens = 0, flops = 0;
  for (const TokenSpan input : inputs) {
    tokens += static_cast<double>(input.size());
    flops += FlopsOf(subject->spec(), input);
  }
  const auto rate = benchmark::Counter::kIsIterationInvariantRate;
  state.counters["chunks/s"] = {static_cast<double>(inputs.size()), rate};
  state.counters["tokens/s"] = {tokens, rate};
  state.counters["TFLOP/s"] = {flops / 1e12, rate};
  state.counters["cosine"] = subject->cosine(precision);
}

// 256 tokens each.
void BM_Chunks(benchmark::State& state, const testing::BertFixture& fixture, Precision precision) {
  EncodeAgain(state, SubjectOf(fixture), precision,
              ZipfChunks(static_cast<size_t>(state.range(0)), fixture.vocab_size));
}

// Lengths of real ones.
void BM_RealChunks(benchmark::State& state, const testing::BertFixture& fixture,
                   Precision precision) {
  EncodeAgain(state, SubjectOf(fixture), precision,
              RealisticChunks(static_cast<size_t>(state.range(0)), fixture.vocab_size));
}

// 12 tokens.
void BM_Question(benchmark::State& state, const testing::BertFixture& fixture,
                 Precision precision) {
  EncodeAgain(state, SubjectOf(fixture), precision, {std::vector<TokenId>(12, 1000)});
}

void Batches(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("chunks")->Arg(16)->Arg(64)->Arg(256)->Arg(1024);
  benchmark->Unit(benchmark::kMillisecond)->UseRealTime();
}

void OneBatch(benchmark::internal::Benchmark* benchmark) {
  benchmark->Unit(benchmark::kMillisecond)->UseRealTime();
}

#define SEEKD_DEVICE_BENCH(name, fixture, precision)                          \
  BENCHMARK_CAPTURE(BM_Chunks, name, fixture, precision)->Apply(Batches);     \
  BENCHMARK_CAPTURE(BM_RealChunks, name, fixture, precision)->Apply(Batches); \
  BENCHMARK_CAPTURE(BM_Question, name, fixture, precision)->Apply(OneBatch)

SEEKD_DEVICE_BENCH(6x384_fp32, kMiniLm, Precision::kFp32);
SEEKD_DEVICE_BENCH(6x384_bf16, kMiniLm, Precision::kBf16);
SEEKD_DEVICE_BENCH(6x384_fp16, kMiniLm, Precision::kFp16);
SEEKD_DEVICE_BENCH(12x768_fp32, kBase, Precision::kFp32);
SEEKD_DEVICE_BENCH(12x768_bf16, kBase, Precision::kBf16);
SEEKD_DEVICE_BENCH(12x768_fp16, kBase, Precision::kFp16);

#undef SEEKD_DEVICE_BENCH

}  // namespace
}  // namespace seekd::bench
