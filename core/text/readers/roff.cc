#include "core/text/readers/roff.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "core/text/utf8.h"

namespace seekd {
namespace {

// Special characters \(xx and \[xx] (groff_char(7)) and predefined strings \*(xx.
constexpr std::pair<std::string_view, std::string_view> kCharacters[] = {
    {"aq", "'"},      {"dq", "\""},     {"lq", "\u201C"}, {"rq", "\u201D"}, {"oq", "\u2018"},
    {"cq", "\u2019"}, {"em", "\u2014"}, {"en", "\u2013"}, {"hy", "-"},      {"mi", "-"},
    {"bu", "\u2022"}, {"co", "\u00A9"}, {"rg", "\u00AE"}, {"tm", "\u2122"}, {"ha", "^"},
    {"ti", "~"},      {"rs", "\\"},     {"at", "@"},      {"sh", "#"},      {"Do", "$"},
    {"ga", "`"},      {"aa", "\u00B4"}, {"ba", "|"},      {"or", "|"},      {"br", "|"},
    {"ul", "_"},      {"sl", "/"},      {"lB", "["},      {"rB", "]"},      {"lC", "{"},
    {"rC", "}"},      {"la", "<"},      {"ra", ">"},      {"<=", "\u2264"}, {">=", "\u2265"},
    {"!=", "\u2260"}, {"==", "\u2261"}, {"->", "\u2192"}, {"<-", "\u2190"}, {"mu", "\u00D7"},
    {"di", "\u00F7"}, {"+-", "\u00B1"}, {"pl", "+"},      {"eq", "="},      {"de", "\u00B0"},
    {"12", "\u00BD"}, {"14", "\u00BC"}, {"34", "\u00BE"}, {"if", "\u221E"}, {"Fo", "\u00AB"},
    {"Fc", "\u00BB"}, {"fo", "\u2039"}, {"fc", "\u203A"}, {"sc", "\u00A7"}, {"ps", "\u00B6"},
    {"ss", "\u00DF"}, {"ae", "\u00E6"}, {"AE", "\u00C6"}, {"/o", "\u00F8"}, {"/O", "\u00D8"},
    {"oa", "\u00E5"}, {"oA", "\u00C5"}, {":a", "\u00E4"}, {":o", "\u00F6"}, {":u", "\u00FC"},
    {":A", "\u00C4"}, {":O", "\u00D6"}, {":U", "\u00DC"}, {"'e", "\u00E9"}, {"`e", "\u00E8"},
    {"'a", "\u00E1"}, {"`a", "\u00E0"}, {"'o", "\u00F3"}, {"'i", "\u00ED"}, {"'u", "\u00FA"},
    {"^e", "\u00EA"}, {",c", "\u00E7"}, {"~n", "\u00F1"}, {"Aq", "'"},      {"R", "\u00AE"},
    {"Tm", "\u2122"}, {"--", "--"},     {"L\"", "\""},    {"R\"", "\""},    {"C`", ""},
    {"C'", ""},       {"Lq", "\u201C"}, {"Rq", "\u201D"}, {"Ba", "|"},      {"Le", "\u2264"},
    {"Ge", "\u2265"}, {"Ne", "\u2260"}, {"Am", "&"},      {"Gt", ">"},      {"Lt", "<"},
    {"Pm", "\u00B1"}, {"If", "\u221E"}, {"Pi", "\u03C0"},
};

std::string CharacterByName(std::string_view name) {
  for (const auto& [known, text] : kCharacters) {
    if (known == name) return std::string(text);
  }
  if (name.size() < 5 || name[0] != 'u') return "";
  char32_t c = 0;  // uXXXX
  for (char digit : name.substr(1)) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(digit)) || c > 0x10FFFF) return "";
    c = c * 16 + static_cast<char32_t>(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
  }
  std::string out;
  AppendUtf8(c, &out);
  return out;
}

class EscapeDecoder {
 public:
  explicit EscapeDecoder(std::string_view line) : line_(line) {}

  std::string Decode() {
    while (pos_ < line_.size()) {
      const char c = line_[pos_++];
      if (c != '\\') {
        out_ += c;
      } else if (pos_ < line_.size() && !TakeEscape(line_[pos_++])) {
        break;
      }
    }
    return std::move(out_);
  }

 private:
  // The escape whose letter is `c`; false for a comment, which ends the line.
  bool TakeEscape(char c) {
    if (static_cast<unsigned char>(c) >= 0x80) {  // prints itself
      --pos_;
      return true;
    }
    switch (c) {
      case '"':
      case '#':
        return false;
      case '-':
      case '.':
      case '_':
        out_ += c;
        break;
      case 'e':
      case '\\':
      case 'E':
        out_ += '\\';
        break;
      case '\'':
        out_ += '\'';
        break;
      case '`':
        out_ += '`';
        break;
      case ' ':
      case '~':
      case '0':
      case 't':
        out_ += ' ';
        break;
      case '(':
        out_ += CharacterByName(Take(2));
        break;
      case '[':
        out_ += CharacterByName(TakeTo(']'));
        break;
      case '*':
        out_ += CharacterByName(TakeName());
        break;
      case 'f':
      case 'F':
      case 'n':
      case 'g':
      case 'k':
      case 'm':
      case 'M':
      case 'V':
      case 'Y':
        TakeName();
        break;
      case 's':
        TakeSize();
        break;
      case 'h':
      case 'v':
      case 'w':
      case 'o':
      case 'D':
      case 'l':
      case 'L':
      case 'b':
      case 'x':
      case 'X':
      case 'A':
      case 'B':
      case 'C':
      case 'H':
      case 'N':
      case 'R':
      case 'S':
      case 'Z':
        TakeQuoted();
        break;
      default:
        break;  // \& \/ \, \| \^ \% \: \) \c \{ \} and unknown ones print nothing
    }
    return true;
  }

  // `count` bytes, or more to the end of a character.
  std::string_view Take(size_t count) {
    const size_t begin = pos_;
    pos_ = std::min(pos_ + count, line_.size());
    while (pos_ < line_.size() && IsUtf8Continuation(line_[pos_])) ++pos_;
    return line_.substr(begin, pos_ - begin);
  }

  // Up to `terminator`, which is passed; the whole rest when there is none.
  std::string_view TakeTo(char terminator) {
    const size_t end = line_.find(terminator, pos_);
    const std::string_view taken = line_.substr(pos_, end - pos_);
    pos_ = end == std::string_view::npos ? line_.size() : end + 1;
    return taken;
  }

  // X, (XX or [name].
  std::string_view TakeName() {
    if (pos_ >= line_.size()) return {};
    if (line_[pos_] == '(') return ++pos_, Take(2);
    if (line_[pos_] == '[') return ++pos_, TakeTo(']');
    if (line_[pos_] == '+' || line_[pos_] == '-') return Take(2);  // \n+X
    return Take(1);
  }

  // N, +N, -N, (NN, [N] or 'N'.
  void TakeSize() {
    if (pos_ < line_.size() && (line_[pos_] == '+' || line_[pos_] == '-')) ++pos_;
    if (pos_ >= line_.size()) return;
    if (line_[pos_] == '\'') return TakeQuoted();
    if (line_[pos_] >= '1' && line_[pos_] <= '3' && pos_ + 1 < line_.size() &&
        absl::ascii_isdigit(static_cast<unsigned char>(line_[pos_ + 1]))) {
      pos_ += 2;
    } else {
      TakeName();
    }
  }

  // Any ASCII delimiter around the argument.
  void TakeQuoted() {
    if (pos_ < line_.size() && static_cast<unsigned char>(line_[pos_]) < 0x80) {
      TakeTo(line_[pos_++]);
    }
  }

  std::string_view line_;
  size_t pos_ = 0;
  std::string out_;
};

// Splits at blanks outside double quotes; "" inside quotes is one quote.
std::vector<std::string> SplitArguments(std::string_view rest) {
  std::vector<std::string> arguments;
  size_t pos = 0;
  while ((pos = rest.find_first_not_of(kLineBlanks, pos)) != std::string_view::npos) {
    if (rest.substr(pos, 2) == "\\\"") break;  // comment
    std::string argument;
    const bool quoted = rest[pos] == '"';
    if (quoted) ++pos;
    for (; pos < rest.size(); ++pos) {
      const char c = rest[pos];
      if (c == '\\' && pos + 1 < rest.size()) {
        argument += c;
        argument += rest[++pos];
      } else if (quoted && c == '"') {
        if (rest.substr(pos, 2) != "\"\"") break;
        argument += rest[++pos];
      } else if (!quoted && kLineBlanks.find(c) != std::string_view::npos) {
        break;
      } else {
        argument += c;
      }
    }
    if (pos < rest.size()) ++pos;
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

bool IsControl(std::string_view line) {
  return !line.empty() && (line[0] == '.' || line[0] == '\'');
}

// ".  SH foo" -> {"SH", " foo"}
std::pair<std::string_view, std::string_view> SplitControl(std::string_view line) {
  line.remove_prefix(1);
  const size_t begin = std::min(line.find_first_not_of(kLineBlanks), line.size());
  line.remove_prefix(begin);
  const size_t end = std::min(line.find_first_of(" \t\r\\"), line.size());
  return {line.substr(0, end), line.substr(end)};
}

int BraceBalance(std::string_view line) {
  int balance = 0;
  for (size_t i = 0; i + 1 < line.size(); ++i) {
    if (line[i] != '\\') continue;
    ++i;
    if (line[i] == '{') ++balance;
    if (line[i] == '}') --balance;
  }
  return balance;
}

}  // namespace

std::string DecodeRoff(std::string_view line) { return EscapeDecoder(line).Decode(); }

bool RoffLines::Next() {
  while (cursor_.Next()) {
    if (TakeLine(cursor_.line())) return true;
  }
  return false;
}

bool RoffLines::TakeLine(std::string_view line) {
  while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  is_request_ = IsControl(line);
  if (!is_request_) {
    text_ = line;
    return line.substr(0, 2) != "\\\"";
  }
  const auto [name, rest] = SplitControl(line);
  if (name == "if" || name == "ie" || name == "el" || name == "while") return TakeCondition(line);
  if (name == "de" || name == "de1" || name == "am" || name == "ig") {
    SkipDefinition();
    return false;
  }
  request_.name = std::string(name);
  request_.arguments = SplitArguments(rest);
  return !name.empty();
}

bool RoffLines::TakeCondition(std::string_view line) {
  if (BraceBalance(line) > 0) {
    SkipBlock(line);
    return false;
  }
  const auto [name, rest] = SplitControl(line);
  const std::string_view guarded = TrimLine(rest);
  if (name != "if" || guarded.substr(0, 2) != "n ") return false;
  const std::string_view shown = TrimLine(guarded.substr(2));
  const bool nested = IsControl(shown) && SplitControl(shown).first == "if";
  return !nested && TakeLine(shown);
}

void RoffLines::SkipDefinition() {
  while (cursor_.Next()) {
    if (TrimLine(cursor_.line()) == "..") return;
  }
}

void RoffLines::SkipBlock(std::string_view line) {
  int open = BraceBalance(line);
  while (open > 0 && cursor_.Next()) open += BraceBalance(cursor_.line());
}

}  // namespace seekd
