// What the encoders' benchmarks share: models of shapes people use with random weights, and
// chunks.
#ifndef SEEKD_TESTS_BENCH_BENCH_MODELS_H_
#define SEEKD_TESTS_BENCH_BENCH_MODELS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "embedding_service/encoder_factory.h"
#include "tests/support/bert_fixture.h"
#include "tests/support/temp_folder.h"

namespace seekd::bench {

inline constexpr char kDefaultModelDir[] =
    SEEKD_SOURCE_DIR "/embedding_service/models/seek-static-en-256";
inline constexpr uint32_t kChunkTokens = 256;

extern const testing::BertFixture kMiniLm;  // 6 x 384, 12 heads
extern const testing::BertFixture kBase;    // 12 x 768, 12 heads

// A model folder with random weights and the default tokenizer.
class RandomModel {
 public:
  explicit RandomModel(const testing::BertFixture& fixture);
  const std::string& dir() const { return folder_.path(); }

 private:
  const testing::TempFolder folder_;
};

LoadedModel LoadOrDie(const std::string& dir, const LoadOptions& options);

// Chunks of kChunkTokens, token ids with the frequencies of words in text: the n-th id about 1/n.
std::vector<std::vector<TokenId>> ZipfChunks(size_t count, uint32_t vocab_size);
// Chunks with the lengths of real ones and random tokens.
std::vector<std::vector<TokenId>> RealisticChunks(size_t count, uint32_t vocab_size);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_BENCH_MODELS_H_
