#include "embedding_service/train/vocabulary.h"

#include <algorithm>

#include "core/text/tokenizer.h"
#include "embedding_service/train/make_vocabulary.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd::train {
namespace {

CATCH_TEST_CASE("frequent pairs become tokens", "[train]") {
  WordCounts counts;
  CountWords("Lower lower lowest, newest newest newest.", &counts);
  CATCH_CHECK(counts["lower"] == 2);
  CATCH_CHECK(counts["newest"] == 3);
  const auto vocabulary = LearnVocabulary(counts, {});
  CATCH_REQUIRE(vocabulary.ok());
  CATCH_CHECK((*vocabulary)[0] == "[PAD]");
  CATCH_CHECK((*vocabulary)[5] == "e");  // the most frequent character
  const auto has = [&](const char* token) { return std::ranges::count(*vocabulary, token) == 1; };
  CATCH_CHECK(has("##we"));  // in all six words
  CATCH_CHECK(has("newest"));
  CATCH_CHECK(has("lower"));
  CATCH_CHECK(!has("lowest"));  // once only
}

CATCH_TEST_CASE("the tokenizer reads what is written, from either file", "[train]") {
  const testing::TempFolder folder;
  MakeVocabularyOptions options;
  options.texts = {
      folder.Write("words", "The cat sat on the mat.\nThe cats \xC3\xA4ten the mats!\n")};
  options.out = folder.File("model");
  options.vocabulary.size = 60;
  const auto size = MakeVocabulary(options);
  CATCH_REQUIRE(size.ok());
  const auto from_json = Tokenizer::Load(options.out);
  CATCH_REQUIRE(from_json.ok());
  CATCH_CHECK((*from_json)->vocab_size() == *size);
  CATCH_CHECK((*from_json)->cls_id() == 2);
  const std::vector<TokenId> ids = (*from_json)->Tokenize("the CAT \xC3\xA4t");
  CATCH_CHECK(std::ranges::count(ids, (*from_json)->unknown_id()) == 0);
  folder.Write("plain/vocab.txt", folder.Read("model/vocab.txt"));
  const auto from_text = Tokenizer::Load(folder.File("plain"));
  CATCH_REQUIRE(from_text.ok());
  CATCH_CHECK((*from_text)->Tokenize("the CAT \xC3\xA4t") == ids);
}

CATCH_TEST_CASE("what no vocabulary comes from", "[train]") {
  CATCH_CHECK(!LearnVocabulary({}, {}).ok());
  WordCounts counts;
  CountWords("abcdefgh", &counts);
  CATCH_CHECK(!LearnVocabulary(counts, {.size = 12}).ok());
  CATCH_CHECK(LearnVocabulary(counts, {.size = 12, .max_characters = 3}).value().size() == 11);
}

}  // namespace
}  // namespace seekd::train
