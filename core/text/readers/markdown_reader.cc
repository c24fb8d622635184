#include "core/text/readers/markdown_reader.h"

#include <string_view>
#include <utility>

#include "core/text/readers/lines.h"
#include "core/text/utf8.h"

namespace seekd {
namespace {

constexpr size_t kMaxIndent = 3;  // four columns are code

size_t Indent(std::string_view line) {
  const size_t indent = line.find_first_not_of(' ');
  return indent == std::string_view::npos ? line.size() : indent;
}

size_t RunLength(std::string_view line, char c) {
  const size_t end = line.find_first_not_of(c);
  return end == std::string_view::npos ? line.size() : end;
}

// The target of a link or image whose text ends at `pos` (a ']'); length to skip.
size_t LinkTargetLength(std::string_view text, size_t pos) {
  if (pos + 1 >= text.size() || text[pos + 1] != '(') return 0;
  const size_t close = text.find(')', pos);
  return close == std::string_view::npos ? 0 : close - pos;
}

// A heading's words without the marks of emphasis, code and links.
std::string InlineText(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      out += text[++i];
    } else if (c == ']') {
      i += LinkTargetLength(text, i);
    } else if (c != '*' && c != '`' && c != '[') {
      out += c;
    }
  }
  return out;
}

// Level 1 to 6 of an ATX heading and its words; level 0: none.
std::pair<int, std::string_view> ParseAtx(std::string_view line) {
  const size_t indent = Indent(line);
  if (indent > kMaxIndent) return {0, {}};
  line.remove_prefix(indent);
  const size_t level = RunLength(line, '#');
  if (level == 0 || level > 6) return {0, {}};
  line.remove_prefix(level);
  if (!line.empty() && kLineBlanks.find(line[0]) == std::string_view::npos) return {0, {}};
  line = TrimLine(line);
  const size_t last = line.find_last_not_of('#');
  if (last == std::string_view::npos) return {static_cast<int>(level), {}};
  if (last + 1 < line.size() && kLineBlanks.find(line[last]) != std::string_view::npos) {
    line = TrimLine(line.substr(0, last));
  }
  return {static_cast<int>(level), line};
}

// 1 for a line of '=', 2 for one of '-', else 0.
int SetextLevel(std::string_view line) {
  if (Indent(line) > kMaxIndent) return 0;
  line = TrimLine(line);
  if (line.empty()) return 0;
  if (line.find_first_not_of('=') == std::string_view::npos) return 1;
  return line.find_first_not_of('-') == std::string_view::npos ? 2 : 0;
}

// Whether a line can be a Setext heading's words: a paragraph, not a list item,
// quote, table row or HTML.
bool IsParagraphLine(std::string_view line) {
  if (Indent(line) > kMaxIndent) return false;
  line = TrimLine(line);
  if (line.empty() || line[0] == '>' || line[0] == '|' || line[0] == '<') return false;
  return !((line[0] == '-' || line[0] == '*' || line[0] == '+') &&
           (line.size() == 1 || line[1] == ' '));
}

class CodeFence {
 public:
  // True when `line` opens, closes or lies in a fence.
  bool Take(std::string_view line) {
    const size_t indent = Indent(line);
    const std::string_view rest = line.substr(indent);
    const char c = rest.empty() ? '\0' : rest[0];
    const size_t run = c == '`' || c == '~' ? RunLength(rest, c) : 0;
    if (length_ == 0) {
      const bool opens = indent <= kMaxIndent && run >= 3 &&
                         (c == '~' || rest.find('`', run) == std::string_view::npos);
      if (opens) length_ = run, mark_ = c;
      return opens;
    }
    if (indent <= kMaxIndent && c == mark_ && run >= length_ &&
        TrimLine(rest.substr(run)).empty()) {
      length_ = 0;
    }
    return true;
  }

 private:
  size_t length_ = 0;  // 0: outside
  char mark_ = '\0';
};

std::string Unquote(std::string_view value) {
  value = TrimLine(value);
  if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0]) {
    value = value.substr(1, value.size() - 2);
  }
  return std::string(TruncateUtf8(value, kMaxTitleBytes));
}

// Length of the YAML front matter at the beginning, 0 when there is none or it
// is never closed; `*title` receives its title.
size_t FrontMatter(std::string_view text, std::string* title) {
  LineCursor lines(text);
  if (!lines.Next() || TrimLine(lines.line()) != "---" || Indent(lines.line()) > 0) return 0;
  constexpr std::string_view kTitle = "title:";
  std::string found;
  while (lines.Next()) {
    const std::string_view line = lines.line();
    if (TrimLine(line) == "---" || TrimLine(line) == "...") {
      *title = std::move(found);
      return lines.next();
    }
    if (line.substr(0, kTitle.size()) == kTitle) found = Unquote(line.substr(kTitle.size()));
  }
  return 0;
}

// The lines behind the front matter.
class HeadingFinder {
 public:
  HeadingFinder(std::string_view text, size_t begin) : offset_(begin), lines_(text.substr(begin)) {}

  std::vector<Heading> Find() {
    while (lines_.Next()) TakeLine(lines_.line());
    return std::move(headings_);
  }

 private:
  void TakeLine(std::string_view line) {
    if (fence_.Take(line)) return EndParagraph();
    if (const auto [level, words] = ParseAtx(line); level > 0) {
      Add(lines_.begin(), level, words);
      return EndParagraph();
    }
    const int setext = paragraph_lines_ == 1 ? SetextLevel(line) : 0;
    if (setext > 0) {
      Add(paragraph_begin_, setext, TrimLine(paragraph_));
      return EndParagraph();
    }
    if (!IsParagraphLine(line)) return EndParagraph(!TrimLine(line).empty());
    paragraph_ = line;
    paragraph_begin_ = lines_.begin();
    ++paragraph_lines_;
  }

  // `blocked`: the line may go on into the next one, which is then no heading.
  void EndParagraph(bool blocked = false) { paragraph_lines_ = blocked ? 2 : 0; }

  void Add(size_t begin, int level, std::string_view words) {
    std::string title = InlineText(TruncateUtf8(words, kMaxTitleBytes));
    if (!title.empty()) headings_.push_back({offset_ + begin, level, std::move(title)});
  }

  size_t offset_;
  LineCursor lines_;
  CodeFence fence_;
  std::string_view paragraph_;
  size_t paragraph_begin_ = 0;
  int paragraph_lines_ = 0;
  std::vector<Heading> headings_;
};

}  // namespace

TextDocument ReadMarkdown(std::string text) {
  TextDocument document;
  document.media_type = "text/markdown";
  document.text = std::move(text);
  const size_t body = FrontMatter(document.text, &document.title);
  document.headings = HeadingFinder(document.text, body).Find();
  for (const Heading& heading : document.headings) {
    if (!document.title.empty()) break;
    if (heading.level == 1) document.title = heading.title;
  }
  return document;
}

}  // namespace seekd
