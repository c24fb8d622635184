#include "core/text/chunker.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/text/chunk_context.h"
#include "core/text/chunk_units.h"
#include "core/text/cut_plan.h"
#include "core/text/source_lines.h"

namespace seekd {
namespace {

constexpr uint32_t kMinTextTokens = 16;  // room beside the longest context
constexpr uint32_t kMaxTokensLimit = 1 << 16;
constexpr std::string_view kBlanks = " \t\r\n\f\v";

// For each unit the innermost heading it stands under: its number from 1, or 0. A
// heading at the unit's own begin is part of its text; what counts is what that heading
// stands under.
std::vector<size_t> EnclosingHeadings(const TextDocument& document, const ChunkContexts& contexts,
                                      const std::vector<TextUnit>& units) {
  std::vector<size_t> enclosing;
  enclosing.reserve(units.size());
  size_t passed = 0;
  for (const TextUnit& unit : units) {
    bool at_begin = false;
    for (; passed < document.headings.size(); ++passed) {
      const size_t offset = document.headings[passed].byte_offset;
      if (offset > unit.begin) break;
      at_begin = document.text.find_first_not_of(kBlanks, offset) >= unit.begin;
      if (at_begin) break;
    }
    enclosing.push_back(at_begin ? contexts.Enclosing(passed) : passed);
  }
  return enclosing;
}

std::vector<uint32_t> ContextTokens(const ChunkContexts& contexts,
                                    const std::vector<size_t>& enclosing) {
  std::vector<uint32_t> tokens;
  tokens.reserve(enclosing.size());
  for (size_t heading : enclosing) tokens.push_back(contexts.Tokens(heading));
  return tokens;
}

// Lines from the chunk's first byte to its last one that is not blank.
void FillLines(const TextDocument& document, std::vector<ChunkSpan>* spans) {
  SourceLines lines(document);
  for (ChunkSpan& span : *spans) {
    span.line_begin = lines.LineAt(span.byte_begin);
    const size_t last = document.text.find_last_not_of(kBlanks, span.byte_end - 1);
    const bool inside = last != std::string::npos && last >= span.byte_begin;
    span.line_end = lines.LineAt(inside ? last : span.byte_begin);
  }
}

}  // namespace

absl::Status ChunkingOptions::Validate() const {
  if (max_tokens > kMaxTokensLimit) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_tokens must be at most ", kMaxTokensLimit, ", found ", max_tokens));
  }
  if (max_tokens < kMinTextTokens || max_context_tokens > max_tokens - kMinTextTokens) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_tokens must exceed max_context_tokens by at least ", kMinTextTokens,
                     ", found ", max_tokens, " and ", max_context_tokens));
  }
  if (target_tokens < kMinTextTokens || target_tokens > max_tokens) {
    return absl::InvalidArgumentError(absl::StrCat("target_tokens must be in [", kMinTextTokens,
                                                   ", max_tokens = ", max_tokens, "], found ",
                                                   target_tokens));
  }
  return absl::OkStatus();
}

ChunkingOptions ChunkingOptions::Within(uint32_t input_tokens) const {
  if (input_tokens >= max_tokens) return *this;
  const auto scale = [&](uint32_t tokens) {
    return static_cast<uint32_t>(uint64_t{tokens} * input_tokens / max_tokens);
  };
  return {scale(target_tokens), input_tokens, scale(max_context_tokens)};
}

std::vector<ChunkSpan> ChunkDocument(const TextDocument& document, const Tokenizer& tokenizer,
                                     const ChunkingOptions& options) {
  const std::vector<TextUnit> units =
      SplitIntoUnits(document, tokenizer, options.max_tokens - options.max_context_tokens);
  const ChunkContexts contexts(document, tokenizer, options.max_context_tokens);
  const std::vector<size_t> enclosing = EnclosingHeadings(document, contexts, units);
  const std::vector<size_t> cuts = PlanCuts(units, ContextTokens(contexts, enclosing),
                                            {options.target_tokens, options.max_tokens});
  std::vector<ChunkSpan> spans;
  spans.reserve(cuts.size());
  for (size_t cut : cuts) {
    if (!spans.empty()) spans.back().byte_end = units[cut].begin;
    spans.push_back({units[cut].begin, document.text.size(), 1, 1, contexts.Text(enclosing[cut])});
  }
  FillLines(document, &spans);
  return spans;
}

std::vector<ChunkSpan> RecutChunk(const ChunkSpan& chunk, const std::string& text,
                                  const Tokenizer& tokenizer, const ChunkingOptions& options) {
  if (tokenizer.CountTokens(EmbeddingInput("", chunk.context, text)) <= options.max_tokens) {
    return {{0, text.size(), chunk.line_begin, chunk.line_end, chunk.context}};
  }
  TextDocument document;
  document.title = chunk.context;
  document.text = text;
  document.line_marks = {{0, chunk.line_begin}};
  std::vector<ChunkSpan> pieces = ChunkDocument(document, tokenizer, options);
  for (ChunkSpan& piece : pieces) {
    // Some readers fold several lines of the source into one of the text.
    piece.line_begin = std::min(piece.line_begin, chunk.line_end);
    piece.line_end = std::min(piece.line_end, chunk.line_end);
  }
  return pieces;
}

std::string EmbeddingInput(std::string_view passage_prefix, std::string_view context,
                           std::string_view text) {
  std::string input(passage_prefix);
  if (!context.empty()) input.append(context).append(1, '\n');
  return input.append(text);
}

}  // namespace seekd
