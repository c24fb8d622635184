#include "embedding_service/train/train_table.h"

#include "embedding_service/train/average_tables.h"
#include "embedding_service/train/model_files.h"
#include "tests/embedding_service/train/topic_corpus.h"
#include "tests/support/catch.h"

namespace seekd::train {
namespace {

using testing::TopicCorpus;

TableOptions Small(const TopicCorpus& corpus, const std::string& out) {
  TableOptions options;
  options.pairs = {corpus.pairs_file()};
  options.tokenizer_dir = corpus.tokenizer_dir();
  options.out = corpus.File(out);
  options.dim = 32;
  options.prefix_dims = {16};
  options.device = "cpu";
  options.training.batch = 32;
  options.training.steps = 80;
  options.training.rate = 1e-2;
  return options;
}

CATCH_TEST_CASE("a table learns what belongs together", "[train]") {
  const TopicCorpus corpus(480);
  TableOptions options = Small(corpus, "trained");
  const auto summary = TrainTable(options);
  CATCH_REQUIRE(summary.ok());
  CATCH_CHECK(summary->steps == 80);
  CATCH_CHECK(summary->last_loss < summary->first_loss / 2);
  options.out = corpus.File("untrained");
  options.training.steps = 1;
  options.training.rate = 1e-9;
  CATCH_REQUIRE(TrainTable(options).ok());
  CATCH_CHECK(corpus.Judge("trained") > 0.95);
  CATCH_CHECK(corpus.Judge("untrained") < 0.7);
}

CATCH_TEST_CASE("hard negatives keep a table learning", "[train]") {
  const TopicCorpus corpus(480);
  TableOptions options = Small(corpus, "mined");
  options.training.mining_steps = 20;
  options.training.mining_pool = 100;
  CATCH_REQUIRE(TrainTable(options).ok());
  CATCH_CHECK(corpus.Judge("mined") > 0.95);
}

CATCH_TEST_CASE("equal seeds give equal tables, and training goes on from one", "[train]") {
  const TopicCorpus corpus(96);
  TableOptions options = Small(corpus, "a");
  options.training.steps = 5;
  CATCH_REQUIRE(TrainTable(options).ok());
  options.out = corpus.File("b");
  CATCH_REQUIRE(TrainTable(options).ok());
  const bool equal = corpus.Read("a/model.safetensors") == corpus.Read("b/model.safetensors");
  CATCH_CHECK(equal);
  options.out = corpus.File("c");
  options.training.seed = 2;
  CATCH_REQUIRE(TrainTable(options).ok());
  const bool other = corpus.Read("a/model.safetensors") != corpus.Read("c/model.safetensors");
  CATCH_CHECK(other);

  options.init_dir = corpus.File("a");
  options.tokenizer_dir = "";
  options.training.rate = 1e-9;
  options.out = corpus.File("d");
  CATCH_REQUIRE(TrainTable(options).ok());
  const bool unchanged = ReadTable(options.init_dir)->values == ReadTable(options.out)->values;
  CATCH_CHECK(unchanged);
}

CATCH_TEST_CASE("the mean of tables", "[train]") {
  const TopicCorpus corpus(40);
  const std::string a = corpus.File("a"), b = corpus.File("b"), out = corpus.File("mean");
  for (const std::string& dir : {a, b}) {
    std::filesystem::create_directory(dir);
    const float value = dir == a ? 1 : 3;
    const auto rows = Tokenizer::Load(corpus.tokenizer_dir()).value()->vocab_size();
    CATCH_REQUIRE(WriteStaticModel({"embeddings", {rows, 2}, std::vector<float>(2 * rows, value)},
                                   corpus.tokenizer_dir(), dir)
                      .ok());
  }
  CATCH_REQUIRE(AverageTables({a, b, b, a}, out).ok());
  CATCH_CHECK(ReadTable(out)->values[5] == 2);
  CATCH_CHECK(Tokenizer::Load(out).ok());
  CATCH_CHECK(!AverageTables({}, out).ok());
  CATCH_CHECK(AverageTables({a, corpus.File("none")}, out).code() == absl::StatusCode::kNotFound);
  CATCH_REQUIRE(WriteStaticModel({"embeddings", {2, 2}, {1, 2, 3, 4}}, a, b).ok());
  CATCH_CHECK(AverageTables({a, b}, out).code() == absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("what a table cannot be trained with", "[train]") {
  const TopicCorpus corpus(40);
  const auto fails = [&](const std::function<void(TableOptions*)>& change) {
    TableOptions options = Small(corpus, "out");
    change(&options);
    return TrainTable(options).status().code();
  };
  using absl::StatusCode;
  CATCH_CHECK(fails([](TableOptions* o) { o->pairs = {"/nowhere"}; }) == StatusCode::kNotFound);
  CATCH_CHECK(fails([](TableOptions* o) { o->tokenizer_dir = "/nowhere"; }) ==
              StatusCode::kNotFound);
  CATCH_CHECK(fails([](TableOptions* o) { o->prefix_dims = {32}; }) ==
              StatusCode::kInvalidArgument);
  CATCH_CHECK(fails([](TableOptions* o) { o->training.batch = 41; }) ==
              StatusCode::kInvalidArgument);
  CATCH_CHECK(fails([](TableOptions* o) { o->training.rate = 0; }) == StatusCode::kInvalidArgument);
  CATCH_CHECK(fails([](TableOptions* o) { o->device = "abacus"; }) == StatusCode::kInternal);
}

}  // namespace
}  // namespace seekd::train
