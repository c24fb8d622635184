// Any bytes through the tokenizer and the chunker, with the repository's vocabulary (environment
// SEEKD_TEST_SOURCE_DIR) and the normalisation that the first byte chooses: ids within the
// vocabulary, chunks that partition the text within the token limit.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "core/text/chunker.h"
#include "core/text/utf8.h"
#include "tests/support/temp_folder.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

using Tokenizers = std::array<std::unique_ptr<seekd::Tokenizer>, 8>;

// One for each setting of the three flags.
Tokenizers LoadTokenizers() {
  const char* root = std::getenv("SEEKD_TEST_SOURCE_DIR");
  Require(root != nullptr);
  const seekd::testing::TempFolder folder;
  std::filesystem::create_symlink(
      std::string(root) + "/embedding_service/models/seek-static-en-256/tokenizer.json",
      folder.File("tokenizer.json"));
  Tokenizers tokenizers;
  for (unsigned flags = 0; flags < tokenizers.size(); ++flags) {
    const auto flag = [&](unsigned bit) { return (flags & bit) != 0 ? "false" : "true"; };
    folder.Write("tokenizer_config.json", std::string("{\"do_lower_case\": ") + flag(1) +
                                              ", \"strip_accents\": " + flag(2) +
                                              ", \"tokenize_chinese_chars\": " + flag(4) + "}");
    auto loaded = seekd::Tokenizer::Load(folder.path());
    Require(loaded.ok());
    tokenizers[flags] = *std::move(loaded);
  }
  return tokenizers;
}

const seekd::Tokenizer& Chosen(uint8_t byte) {
  static const Tokenizers tokenizers = LoadTokenizers();
  return *tokenizers[byte % tokenizers.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const seekd::Tokenizer& tokenizer = Chosen(size == 0 ? 0 : data[0]);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<seekd::TokenId> ids = tokenizer.Tokenize(bytes);
  Require(ids.size() == tokenizer.CountTokens(bytes));
  for (seekd::TokenId id : ids) Require(id >= 0 && id < static_cast<int>(tokenizer.vocab_size()));

  seekd::TextDocument document;
  document.text = seekd::RepairUtf8(bytes);
  const seekd::ChunkingOptions options{24, 32, 8};
  uint64_t at = 0;
  for (const seekd::ChunkSpan& span : seekd::ChunkDocument(document, tokenizer, options)) {
    Require(span.byte_begin == at && span.byte_end > at);
    at = span.byte_end;
    const std::string text = document.text.substr(span.byte_begin, at - span.byte_begin);
    Require(tokenizer.CountTokens(seekd::EmbeddingInput("", span.context, text)) <=
            options.max_tokens);
  }
  Require(at == 0 || at == document.text.size());
  return 0;
}
