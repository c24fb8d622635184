#include "tests/bench/bench_models.h"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

namespace seekd::bench {
namespace {

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

testing::BertFixture Shape(uint32_t layers, uint32_t dim, uint32_t heads) {
  testing::BertFixture fixture;
  fixture.layers = layers;
  fixture.dim = dim;
  fixture.heads = heads;
  fixture.intermediate = 4 * dim;
  return fixture;
}

}  // namespace

const testing::BertFixture kMiniLm = Shape(6, 384, 12);
const testing::BertFixture kBase = Shape(12, 768, 12);

RandomModel::RandomModel(const testing::BertFixture& fixture) {
  testing::WriteBertModel(fixture, folder_.path(),
                          std::string(kDefaultModelDir) + "/tokenizer.json");
}

LoadedModel LoadOrDie(const std::string& dir, const LoadOptions& options) {
  auto model = LoadModel(dir, options);
  if (model.ok()) return *std::move(model);
  std::cerr << model.status() << std::endl;
  std::abort();
}

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

}  // namespace seekd::bench
