#include "embedding_service/train/judge.h"

#include <cmath>

#include "embedding_service/train/bm25.h"
#include "embedding_service/train/ranking.h"
#include "embedding_service/train/test_collection.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd::train {
namespace {

CATCH_TEST_CASE("words are letters, digits and underscores", "[train]") {
  CATCH_CHECK(LowerCaseWords("It's A_1, na\xC3\xAFve!") ==
              std::vector<std::string>{"it", "s", "a_1", "na\xC3\xAFve"});
}

CATCH_TEST_CASE("BM25 by hand", "[train]") {
  const Bm25 bm25({"red kettle", "blue kettle kettle", "a green lid of it"});
  const std::vector<float> scores = bm25.Score("Kettle");
  const double rarity = std::log(1 + 1.5 / 2.5), mean = 10.0 / 3;
  const auto expected = [&](double tf, double length) {
    return rarity * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / mean));
  };
  CATCH_CHECK(scores[0] == Approx(expected(1, 2)));
  CATCH_CHECK(scores[1] == Approx(expected(2, 3)));
  CATCH_CHECK(scores[2] == 0);
}

CATCH_TEST_CASE("nDCG by hand", "[train]") {
  const std::vector<float> scores = {0.1F, 0.9F, 0.5F, 0.5F};
  CATCH_CHECK(Ndcg(scores, {{1, 1}}, 10) == Approx(1));
  CATCH_CHECK(Ndcg(scores, {{0, 1}}, 10) == Approx(1 / std::log2(5.0)));
  CATCH_CHECK(Ndcg(scores, {{0, 1}}, 3) == 0);
  CATCH_CHECK(Ndcg(scores, {{2, 1}, {3, 2}}, 10) ==
              Approx((1 / std::log2(3.0) + 2 / 2.0) / (2 + 1 / std::log2(3.0))));
  CATCH_CHECK(Ndcg(scores, {}, 10) == 0);
}

CATCH_TEST_CASE("z-scores", "[train]") {
  const std::vector<float> z = ZScores(std::vector<float>{1, 2, 3});
  CATCH_CHECK(z[0] == Approx(-std::sqrt(1.5)));
  CATCH_CHECK(z[1] == 0);
  CATCH_CHECK(ZScores(std::vector<float>{2, 2}) == std::vector<float>{0, 0});
}

CATCH_TEST_CASE("what is no test collection", "[train]") {
  const testing::TempFolder folder;
  CATCH_CHECK(LoadTestCollection(folder.path()).status().code() == absl::StatusCode::kNotFound);
  folder.Write("corpus.jsonl",
               "{\"_id\": \"1\", \"text\": \"a\"}\n{\"_id\": \"1\", \"text\": \"b\"}\n");
  folder.Write("queries.jsonl", "{\"_id\": \"q\", \"text\": \"?\"}\n");
  folder.Write("qrels.tsv", "query-id\tcorpus-id\tscore\nq\t1\t1\n");
  const auto collection = LoadTestCollection(folder.path());
  CATCH_REQUIRE(collection.ok());
  CATCH_CHECK(collection->documents.size() == 1);
  CATCH_CHECK(collection->queries.size() == 1);
  for (const char* broken : {"q\t1\n", "q\t1\tmuch\n", "q\t2\t1\n", "p\t1\t1\n"}) {
    folder.Write("qrels.tsv", broken);
    const absl::Status status = LoadTestCollection(folder.path()).status();
    CATCH_CHECK(status.code() == absl::StatusCode::kDataLoss);
    CATCH_CHECK(std::string(status.message()).find("qrels.tsv:1") != std::string::npos);
  }
}

CATCH_TEST_CASE("a model that is not there", "[train]") {
  CATCH_CHECK(!JudgeModel({.model_dir = "/nowhere", .collections = {"/nowhere"}}).ok());
}

}  // namespace
}  // namespace seekd::train
