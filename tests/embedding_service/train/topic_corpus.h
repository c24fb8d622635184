// Made-up text that only training can match: questions and answers of a topic share no word.
#ifndef SEEKD_TESTS_EMBEDDING_SERVICE_TRAIN_TOPIC_CORPUS_H_
#define SEEKD_TESTS_EMBEDDING_SERVICE_TRAIN_TOPIC_CORPUS_H_

#include <string>
#include <vector>

#include "embedding_service/train/judge.h"
#include "embedding_service/train/make_vocabulary.h"
#include "embedding_service/train/text_pairs.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd::testing {

class TopicCorpus {
 public:
  static constexpr int kTopics = 12;

  explicit TopicCorpus(int pairs) {
    std::vector<train::TextPair> all;
    for (int i = 0; i < pairs; ++i) all.push_back(Pair(i));
    CATCH_REQUIRE(train::WritePairs(pairs_file(), all).ok());
    train::MakeVocabularyOptions vocabulary;
    vocabulary.pairs = {pairs_file()};
    vocabulary.out = tokenizer_dir();
    vocabulary.vocabulary.size = 1000;
    CATCH_REQUIRE(train::MakeVocabulary(vocabulary).ok());
    WriteHeldOut();
  }

  std::string pairs_file() const { return folder_.File("pairs.jsonl"); }
  std::string tokenizer_dir() const { return folder_.File("tokenizer"); }
  std::string collection_dir() const { return folder_.File("collection"); }
  std::string File(std::string_view name) const { return folder_.File(name); }
  std::string Read(std::string_view name) const { return folder_.Read(name); }

  // nDCG@10 of the model in the folder `name`, on draws that training has not seen together.
  double Judge(std::string_view name) const {
    train::JudgeOptions options;
    options.model_dir = File(name);
    options.collections = {collection_dir()};
    const auto judgements = train::JudgeModel(options);
    CATCH_REQUIRE(judgements.ok());
    return judgements->front().model;
  }

 private:
  // Three of the five words that a side of the topic has.
  static std::string Words(const char* side, int topic, int i) {
    std::string text;
    for (int k = 0; k < 3; ++k) {
      const int word = (i / (k == 0 ? 1 : k * 5) + 2 * k) % 5;
      text += std::string(k == 0 ? "" : " ") + side + static_cast<char>('a' + topic) +
              static_cast<char>('a' + word);
    }
    return text;
  }

  static train::TextPair Pair(int i) {
    const int topic = i % kTopics, draw = i / kTopics;
    return {Words("qu", topic, draw), Words("an", topic, draw + 3)};
  }

  // A document and a query of each topic, of draws that training has not seen together.
  void WriteHeldOut() const {
    std::string corpus, queries, qrels;
    for (int topic = 0; topic < kTopics; ++topic) {
      const std::string id = std::to_string(topic);
      corpus +=
          R"({"_id": "d)" + id + R"(", "title": "", "text": ")" + Words("an", topic, 1) + "\"}\n";
      queries += R"({"_id": "q)" + id + R"(", "text": ")" + Words("qu", topic, 4) + "\"}\n";
      qrels += "q" + id + "\td" + id + "\t1\n";
    }
    folder_.Write("collection/corpus.jsonl", corpus);
    folder_.Write("collection/queries.jsonl", queries);
    folder_.Write("collection/qrels.tsv", qrels);
  }

  const TempFolder folder_;
};

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_EMBEDDING_SERVICE_TRAIN_TOPIC_CORPUS_H_
