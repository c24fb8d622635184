// Any bytes through the tokenizer and the chunker, with the repository's model
// (environment SEEKD_TEST_SOURCE_DIR): ids within the vocabulary, chunks that partition the
// text within the token limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "core/text/chunker.h"
#include "core/text/utf8.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

const seekd::Tokenizer& Model() {
  static const std::unique_ptr<seekd::Tokenizer> tokenizer = [] {
    const char* root = std::getenv("SEEKD_TEST_SOURCE_DIR");
    Require(root != nullptr);
    auto loaded =
        seekd::Tokenizer::Load(std::string(root) + "/embedding_service/models/seek-static-en-256");
    Require(loaded.ok());
    return *std::move(loaded);
  }();
  return *tokenizer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<seekd::TokenId> ids = Model().Tokenize(bytes);
  Require(ids.size() == Model().CountTokens(bytes));
  for (seekd::TokenId id : ids) Require(id >= 0 && id < static_cast<int>(Model().vocab_size()));

  seekd::TextDocument document;
  document.text = seekd::RepairUtf8(bytes);
  const seekd::ChunkingOptions options{24, 32, 8};
  uint64_t at = 0;
  for (const seekd::ChunkSpan& span : seekd::ChunkDocument(document, Model(), options)) {
    Require(span.byte_begin == at && span.byte_end > at);
    at = span.byte_end;
    const std::string text = document.text.substr(span.byte_begin, at - span.byte_begin);
    Require(Model().CountTokens(seekd::EmbeddingInput("", span.context, text)) <=
            options.max_tokens);
  }
  Require(at == 0 || at == document.text.size());
  return 0;
}
