#include "embedding_service/remote/token_text.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace seekd {
namespace {

std::string SourceDir() { return std::getenv("SEEKD_TEST_SOURCE_DIR"); }
std::string ModelDir() { return SourceDir() + "/embedding_service/models/seek-static-en-256"; }

CATCH_TEST_CASE("pieces are joined, words are not", "[token_text]") {
  const auto text = TokenText::Load(ModelDir());
  const auto tokenizer = Tokenizer::Load(ModelDir());
  CATCH_REQUIRE(text.ok());
  const auto joined = [&](const char* written) {
    return text->Join((*tokenizer)->Tokenize(written));
  };
  CATCH_CHECK(joined("Don't PANIC, Zaphodian!") == "don ' t panic , zaphodian !");
  CATCH_CHECK(joined("[UNK] ##ing") == "[ unk ] # # ing");
  CATCH_CHECK(joined("\u0627\u0644") == "[UNK]");
  CATCH_CHECK(joined("").empty());
}

// Texts of the model's reference, and every beginning of their tokens.
CATCH_TEST_CASE("the text of tokens has the same tokens", "[token_text]") {
  const auto text = TokenText::Load(ModelDir()).value();
  const auto tokenizer = Tokenizer::Load(ModelDir()).value();
  std::ifstream cases(SourceDir() + "/tests/golden/model/seek-static-en-256.jsonl");
  int checked = 0;
  for (std::string line; std::getline(cases, line);) {
    std::vector<TokenId> ids = nlohmann::json::parse(line)["ids"].get<std::vector<TokenId>>();
    while (!ids.empty()) {
      if (std::ranges::find(ids, tokenizer->unknown_id()) == ids.end()) {
        CATCH_REQUIRE(tokenizer->Tokenize(text.Join(ids)) == ids);
        ++checked;
      }
      ids.pop_back();
    }
  }
  CATCH_CHECK(checked > 300);
}

}  // namespace
}  // namespace seekd
