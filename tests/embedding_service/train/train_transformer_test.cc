#include "embedding_service/train/train_transformer.h"

#include <cmath>
#include <memory>
#include <random>

#include "embedding_service/transformer_encoder.h"
#include "tests/embedding_service/train/topic_corpus.h"
#include "tests/support/catch.h"

namespace seekd::train {
namespace {

using testing::TopicCorpus;

TransformerOptions Small(const TopicCorpus& corpus, const std::string& out) {
  TransformerOptions options;
  options.pairs = {corpus.pairs_file()};
  options.tokenizer_dir = corpus.tokenizer_dir();
  options.out = corpus.File(out);
  options.shape.dim = 32;
  options.shape.layers = 2;
  options.shape.heads = 2;
  options.shape.intermediate = 64;
  options.shape.max_positions = 66;
  options.limits.passage = 64;
  options.device = "cpu";
  options.training.batch = 32;
  options.training.steps = 80;
  options.training.rate = 5e-3;
  options.training.max_gradient = 1;
  return options;
}

CATCH_TEST_CASE("a transformer learns what belongs together", "[train]") {
  const TopicCorpus corpus(480);
  TransformerOptions options = Small(corpus, "trained");
  const auto summary = TrainTransformer(options);
  CATCH_REQUIRE(summary.ok());
  CATCH_CHECK(summary->last_loss < summary->first_loss / 2);
  options.out = corpus.File("untrained");
  options.training.steps = 1;
  options.training.rate = 1e-9;
  CATCH_REQUIRE(TrainTransformer(options).ok());
  CATCH_CHECK(corpus.Judge("trained") > 0.9);
  CATCH_CHECK(corpus.Judge("untrained") < 0.7);
}

CATCH_TEST_CASE("equal seeds give equal transformers", "[train]") {
  const TopicCorpus corpus(96);
  TransformerOptions options = Small(corpus, "a");
  options.training.steps = 3;
  CATCH_REQUIRE(TrainTransformer(options).ok());
  options.out = corpus.File("b");
  CATCH_REQUIRE(TrainTransformer(options).ok());
  const bool equal = corpus.Read("a/model.safetensors") == corpus.Read("b/model.safetensors");
  CATCH_CHECK(equal);
}

// What is trained is what is served.
CATCH_TEST_CASE("the module computes the rows of TransformerEncoder", "[train]") {
  const testing::TempFolder folder;
  const BertShape shape{.vocabulary = 60,
                        .dim = 48,
                        .layers = 3,
                        .heads = 4,
                        .intermediate = 96,
                        .max_positions = 40,
                        .cls = 2,
                        .sep = 3};
  torch::manual_seed(7);
  const auto module = std::make_shared<BertModule>(shape, at::kFloat);
  {
    const torch::NoGradGuard no_gradients;
    for (at::Tensor& tensor : module->parameters()) {
      // Far from where training begins, and exact in fp16.
      tensor.copy_((tensor * 5 + at::randn_like(tensor) * 0.05).to(at::kHalf));
    }
  }
  CATCH_REQUIRE(WriteBert(shape, *module, folder.path()).ok());

  std::mt19937 random(1);
  std::vector<std::vector<TokenId>> texts(9);
  for (auto& text : texts) {
    text.resize(1 + random() % 38);
    for (TokenId& id : text) id = static_cast<TokenId>(random() % 60);
  }
  const std::vector<std::span<const TokenId>> spans(texts.begin(), texts.end());
  const at::Tensor trained = module->EncodeTexts(spans).detach();

  const auto spec = LoadModelSpec(folder.path());
  CATCH_REQUIRE(spec.ok());
  auto encoder = TransformerEncoder::Create(*spec, {shape.cls, shape.sep},
                                            ModelWeights::Open(folder.path()).value(), 1);
  CATCH_REQUIRE(encoder.ok());
  std::vector<float> served(texts.size() * 48);
  CATCH_REQUIRE((*encoder)->Encode(spans, served.data()).ok());
  for (size_t i = 0; i < texts.size(); ++i) {
    const at::Tensor row = trained[static_cast<int64_t>(i)];
    const at::Tensor unit = row / row.norm();
    for (int64_t d = 0; d < 48; ++d) {
      CATCH_CHECK(std::abs(unit[d].item<float>() - served[i * 48 + static_cast<size_t>(d)]) < 1e-4);
    }
  }
}

CATCH_TEST_CASE("what a transformer cannot be trained with", "[train]") {
  const TopicCorpus corpus(40);
  const auto fails = [&](const std::function<void(TransformerOptions*)>& change) {
    TransformerOptions options = Small(corpus, "out");
    change(&options);
    return TrainTransformer(options).status().code();
  };
  using absl::StatusCode;
  CATCH_CHECK(fails([](TransformerOptions* o) { o->shape.heads = 5; }) ==
              StatusCode::kInvalidArgument);
  CATCH_CHECK(fails([](TransformerOptions* o) { o->shape.max_positions = 65; }) ==
              StatusCode::kInvalidArgument);
  CATCH_CHECK(fails([](TransformerOptions* o) { o->table_dir = "/nowhere"; }) ==
              StatusCode::kNotFound);
}

}  // namespace
}  // namespace seekd::train
