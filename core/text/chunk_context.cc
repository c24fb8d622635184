#include "core/text/chunk_context.h"

#include <algorithm>
#include <string_view>

#include "core/text/utf8.h"

namespace seekd {
namespace {

constexpr std::string_view kSeparator = " > ";
constexpr size_t kMaxPartBytes = 512;
constexpr size_t kMaxDepth = 8;  // of headings shown, innermost first

// White space, however long, becomes one space; the result is bounded.
std::string Tidy(std::string_view raw) {
  std::string out;
  for (char c : raw) {
    const bool white = static_cast<unsigned char>(c) <= ' ';
    if (white && (out.empty() || out.back() == ' ')) continue;
    if (out.size() >= kMaxPartBytes && !IsUtf8Continuation(c)) break;
    out += white ? ' ' : c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

ChunkContexts::ChunkContexts(const TextDocument& document, const Tokenizer& tokenizer,
                             uint32_t max_tokens)
    : tokenizer_(tokenizer),
      max_tokens_(max_tokens),
      separator_tokens_(tokenizer.CountTokens(kSeparator)),
      title_(MakePart(document.title)) {
  headings_.reserve(document.headings.size());
  for (const Heading& heading : document.headings) headings_.push_back(MakePart(heading.title));
  LinkParents(document);
  tokens_.reserve(headings_.size() + 1);
  for (size_t i = 0; i <= headings_.size(); ++i) tokens_.push_back(CountTokens(i));
}

ChunkContexts::Part ChunkContexts::MakePart(const std::string& raw) const {
  Part part{Tidy(raw), 0};
  while ((part.tokens = tokenizer_.CountTokens(part.text)) > max_tokens_) {
    const size_t space = part.text.rfind(' ');
    part.text.resize(space == std::string::npos ? 0 : space);
  }
  if (part.tokens == 0) part.text.clear();
  return part;
}

void ChunkContexts::LinkParents(const TextDocument& document) {
  std::vector<size_t> open;
  for (size_t i = 0; i < headings_.size(); ++i) {
    while (!open.empty() && document.headings[open.back()].level >= document.headings[i].level) {
      open.pop_back();
    }
    parents_.push_back(open.empty() ? kNoParent : open.back());
    open.push_back(i);
  }
}

std::vector<size_t> ChunkContexts::Choose(size_t innermost, bool* with_title) const {
  std::vector<size_t> chosen;
  size_t heading = innermost == 0 ? kNoParent : innermost - 1;
  uint32_t tokens = 0;
  const auto fits = [&](const Part& part) {
    const uint32_t more = part.tokens + (tokens == 0 ? 0 : separator_tokens_);
    if (part.tokens == 0 || tokens + more > max_tokens_) return false;
    tokens += more;
    return true;
  };
  if (heading != kNoParent) {
    if (headings_[heading].text != title_.text && fits(headings_[heading])) {
      chosen.push_back(heading);
    }
    heading = parents_[heading];
  }
  *with_title = fits(title_);
  for (size_t depth = 1; heading != kNoParent && depth < kMaxDepth; ++depth) {
    const Part& part = headings_[heading];
    if (part.text != title_.text && part.tokens > 0) {
      if (!fits(part)) break;
      chosen.push_back(heading);
    }
    heading = parents_[heading];
  }
  std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

uint32_t ChunkContexts::CountTokens(size_t innermost) const {
  bool with_title = false;
  const std::vector<size_t> chosen = Choose(innermost, &with_title);
  const size_t parts = chosen.size() + (with_title ? 1 : 0);
  uint32_t tokens = with_title ? title_.tokens : 0;
  for (size_t heading : chosen) tokens += headings_[heading].tokens;
  return parts == 0 ? 0 : tokens + static_cast<uint32_t>(parts - 1) * separator_tokens_;
}

std::string ChunkContexts::Text(size_t innermost) const {
  bool with_title = false;
  const std::vector<size_t> chosen = Choose(innermost, &with_title);
  std::string text = with_title ? title_.text : "";
  for (size_t heading : chosen) {
    if (!text.empty()) text += kSeparator;
    text += headings_[heading].text;
  }
  return text;
}

}  // namespace seekd
