#include "core/text/readers/html_tags.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"

namespace seekd {
namespace {

constexpr size_t kNowhere = std::string_view::npos;

// Elements whose content is no text of the document.
constexpr std::string_view kRaw[] = {"iframe", "noembed", "noframes",
                                     "script", "style",   "template"};

bool IsNameCharacter(char c) {
  return !absl::ascii_isspace(static_cast<unsigned char>(c)) && c != '/' && c != '>' && c != '<';
}

bool MatchesIgnoreCase(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(),
                    [](char a, char b) { return a == absl::ascii_tolower(b); });
}

}  // namespace

// "<" begins markup before a letter, '!', '?' or '/' and a letter.
bool HtmlTags::IsMarkup(size_t pos) const {
  if (no_tag_ends_ || pos + 1 >= source_.size()) return false;
  char c = source_[pos + 1];
  if (c == '!' || c == '?') return true;
  if (c == '/') {
    if (pos + 2 >= source_.size()) return false;
    c = source_[pos + 2];
  }
  return absl::ascii_isalpha(static_cast<unsigned char>(c));
}

bool HtmlTags::Next(HtmlToken* token) {
  while (pos_ < source_.size()) {
    if (source_[pos_] == '<' && IsMarkup(pos_)) {
      if (TakeTag(token)) return true;
      continue;
    }
    const size_t begin = pos_++;
    while (pos_ < source_.size() && !(source_[pos_] == '<' && IsMarkup(pos_))) ++pos_;
    *token = {HtmlToken::Kind::kText, begin, source_.substr(begin, pos_ - begin), "", false};
    return true;
  }
  return false;
}

// False when the markup was passed over, or turned out to be text.
bool HtmlTags::TakeTag(HtmlToken* token) {
  if (source_[pos_ + 1] == '!' || source_[pos_ + 1] == '?') {
    SkipDeclaration();
    return false;
  }
  const bool is_end = source_[pos_ + 1] == '/';
  const size_t name_begin = pos_ + (is_end ? 2 : 1);
  size_t name_end = name_begin;
  while (name_end < source_.size() && IsNameCharacter(source_[name_end])) ++name_end;
  const size_t end = TagEnd(name_end);
  if (end == kNowhere) return false;  // IsMarkup is false from here on
  *token = {HtmlToken::Kind::kTag, pos_, {}, "", is_end};
  token->name = absl::AsciiStrToLower(
      std::string(source_.substr(name_begin, std::min<size_t>(name_end - name_begin, 32))));
  pos_ = end + 1;
  if (!is_end) SkipRawContent(token->name);
  return true;
}

// Comments reach to "-->" or the end, CDATA to "]]>", others to ">".
void HtmlTags::SkipDeclaration() {
  const std::string_view rest = source_.substr(pos_);
  const bool comment = rest.substr(0, 4) == "<!--";
  const bool cdata = MatchesIgnoreCase(rest, "<![cdata[");
  const std::string_view terminator = comment ? "-->" : cdata ? "]]>" : ">";
  const size_t end = source_.find(terminator, pos_ + 2);  // "<!-->" is complete
  if (end != kNowhere) {
    pos_ = end + terminator.size();
  } else if (comment || cdata) {
    pos_ = source_.size();
  } else {
    no_tag_ends_ = true;  // so "<!" is text
  }
}

// Offset of the '>' that ends a tag whose name ends at `pos`.
size_t HtmlTags::TagEnd(size_t pos) {
  for (size_t at = pos; !ignore_quotes_;) {
    at = source_.find_first_of("\"'>", at);
    if (at != kNowhere && source_[at] == '>') return at;
    const size_t closing = at == kNowhere ? kNowhere : source_.find(source_[at], at + 1);
    if (closing == kNowhere) ignore_quotes_ = true;
    at = closing + 1;
  }
  const size_t end = source_.find('>', pos);
  no_tag_ends_ = end == kNowhere;
  return end;
}

void HtmlTags::SkipRawContent(std::string_view name) {
  if (std::find(std::begin(kRaw), std::end(kRaw), name) == std::end(kRaw)) return;
  for (size_t at = source_.find("</", pos_); at != kNowhere; at = source_.find("</", at + 2)) {
    if (!MatchesIgnoreCase(source_.substr(at + 2), name)) continue;
    pos_ = at;
    return;
  }
  pos_ = source_.size();
}

}  // namespace seekd
