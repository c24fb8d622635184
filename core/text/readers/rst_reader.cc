#include "core/text/readers/rst_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "core/text/readers/lines.h"
#include "core/text/utf8.h"

namespace seekd {
namespace {

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsUtf8Continuation(c); }));
}

// The repeated character of an adornment line, or 0.
char Adornment(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  if (line.size() < 2 || !absl::ascii_ispunct(static_cast<unsigned char>(line[0]))) return 0;
  return line.find_first_not_of(line[0]) == std::string_view::npos ? line[0] : 0;
}

// A title's words without the marks of roles and literals: ":mod:`email`".
std::string InlineText(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':') {
      const size_t role_end = text.find_first_of(": `", i + 1);
      if (role_end != std::string_view::npos && text.substr(role_end, 2) == ":`") i = role_end + 1;
    }
    if (text[i] != '`') out += text[i];
  }
  return out;
}

struct Line {
  size_t begin = 0;
  std::string_view text;
  char adornment = 0;
  bool blank() const { return TrimLine(text).empty(); }
};

class SectionFinder {
 public:
  // Lines come one by one; a section is recognised at its underline.
  void Take(const Line& line) {
    if (IsUnderline(line)) {
      const bool overlined = before_title_.adornment == line.adornment;
      Add(overlined ? before_title_.begin : title_.begin, line.adornment, overlined);
      before_title_ = title_ = Line{};
      return;
    }
    before_title_ = title_;
    title_ = line;
  }

  std::vector<Heading> headings() && { return std::move(headings_); }

 private:
  bool IsUnderline(const Line& line) const {
    if (line.adornment == 0 || title_.blank() || title_.adornment != 0) return false;
    const std::string_view underline = TrimLine(line.text);
    if (underline.size() < CountCharacters(TrimLine(title_.text))) return false;
    if (before_title_.adornment == line.adornment) return true;
    // Only an overlined title may be indented, and it begins a paragraph.
    return title_.text[0] != ' ' && title_.text[0] != '\t' && before_title_.blank();
  }

  void Add(size_t begin, char adornment, bool overlined) {
    const std::pair<char, bool> style(adornment, overlined);
    auto known = std::find(styles_.begin(), styles_.end(), style);
    if (known == styles_.end()) known = styles_.insert(styles_.end(), style);
    const int level = static_cast<int>(known - styles_.begin()) + 1;
    headings_.push_back(
        {begin, level, InlineText(TruncateUtf8(TrimLine(title_.text), kMaxTitleBytes))});
  }

  Line before_title_, title_;
  std::vector<std::pair<char, bool>> styles_;
  std::vector<Heading> headings_;
};

}  // namespace

TextDocument ReadRst(std::string text) {
  TextDocument document;
  document.media_type = "text/x-rst";
  document.text = std::move(text);
  SectionFinder sections;
  for (LineCursor lines(document.text); lines.Next();) {
    sections.Take({lines.begin(), lines.line(), Adornment(lines.line())});
  }
  document.headings = std::move(sections).headings();
  if (!document.headings.empty()) document.title = document.headings.front().title;
  return document;
}

}  // namespace seekd
