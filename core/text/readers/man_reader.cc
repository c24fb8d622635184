#include "core/text/readers/man_reader.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/text/readers/lines.h"
#include "core/text/readers/mdoc_macros.h"
#include "core/text/readers/roff.h"
#include "core/text/text_builder.h"
#include "core/text/utf8.h"

namespace seekd {
namespace {

enum class Action {
  kTitle,         // .TH, .Dt
  kSection,       // .SH, .Sh
  kSubsection,    // .SS, .Ss
  kParagraph,     // .PP
  kTaggedItem,    // .TP: the next line is the tag
  kIndentedItem,  // .IP tag
  kMdocItem,      // .It arguments
  kBreak,         // .br
  kUnfilled,      // .nf, .EX, .Bd
  kFilled,        // .fi, .EE, .Ed
  kWords,         // .B words
  kAlternating,   // .BR word word: no space between
  kTable,         // .TS: the format lines print nothing
  kTableEnd,
};

struct Request {
  std::string_view name;
  Action action;
};

// Requests not listed print nothing.
constexpr Request kRequests[] = {
    {"TH", Action::kTitle},       {"Dt", Action::kTitle},        {"SH", Action::kSection},
    {"Sh", Action::kSection},     {"SS", Action::kSubsection},   {"Ss", Action::kSubsection},
    {"PP", Action::kParagraph},   {"P", Action::kParagraph},     {"LP", Action::kParagraph},
    {"HP", Action::kParagraph},   {"Pp", Action::kParagraph},    {"Lp", Action::kParagraph},
    {"sp", Action::kParagraph},   {"Bl", Action::kParagraph},    {"El", Action::kParagraph},
    {"RS", Action::kBreak},       {"RE", Action::kBreak},        {"br", Action::kBreak},
    {"SY", Action::kWords},       {"YS", Action::kBreak},        {"TP", Action::kTaggedItem},
    {"TQ", Action::kTaggedItem},  {"IP", Action::kIndentedItem}, {"It", Action::kMdocItem},
    {"nf", Action::kUnfilled},    {"EX", Action::kUnfilled},     {"Bd", Action::kUnfilled},
    {"fi", Action::kFilled},      {"EE", Action::kFilled},       {"Ed", Action::kFilled},
    {"B", Action::kWords},        {"I", Action::kWords},         {"R", Action::kWords},
    {"SM", Action::kWords},       {"SB", Action::kWords},        {"UR", Action::kWords},
    {"MT", Action::kWords},       {"OP", Action::kWords},        {"so", Action::kWords},
    {"Vb", Action::kUnfilled},    {"Ve", Action::kFilled},       {"BR", Action::kAlternating},
    {"BI", Action::kAlternating}, {"IB", Action::kAlternating},  {"IR", Action::kAlternating},
    {"RB", Action::kAlternating}, {"RI", Action::kAlternating},  {"MR", Action::kAlternating},
    {"TS", Action::kTable},       {"TE", Action::kTableEnd},
};

const Request* FindRequest(std::string_view name) {
  const auto* found = std::find_if(std::begin(kRequests), std::end(kRequests),
                                   [&](const Request& request) { return request.name == name; });
  return found == std::end(kRequests) ? nullptr : found;
}

std::string Join(const std::vector<std::string>& words, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += separator;
    out += DecodeRoff(words[i]);
  }
  return out;
}

class ManReader {
 public:
  explicit ManReader(std::string_view source) : lines_(source) {}

  TextDocument Read() {
    while (lines_.Next()) {
      if (lines_.is_request()) {
        TakeRequest(lines_.request());
      } else if (table_format_) {
        table_format_ = lines_.text().empty() || TrimLine(lines_.text()).back() != '.';
      } else {
        TakeText(lines_.text());
      }
    }
    return builder_.Finish();
  }

 private:
  void TakeRequest(const RoffRequest& request) {
    if (const Request* known = FindRequest(request.name)) return Take(known->action, request);
    if (MdocMacros::IsInline(request.name)) Print(mdoc_.Expand(request));
  }

  void Take(Action action, const RoffRequest& request) {
    switch (action) {
      case Action::kTitle:
        return TakeTitle(request);
      case Action::kSection:
        return TakeHeading(1, request);
      case Action::kSubsection:
        return TakeHeading(2, request);
      case Action::kParagraph:
        return builder_.Break(2);
      case Action::kTaggedItem:
        builder_.Break(2);
        lines_of_tag_ = 1;
        return;
      case Action::kIndentedItem:
        builder_.Break(2);
        return PrintTag(request);
      case Action::kMdocItem:
        builder_.Break(2);
        return PrintItem(request);
      case Action::kBreak:
        return builder_.Break(1);
      case Action::kUnfilled:
        filled_ = false;
        return builder_.Break(2);
      case Action::kFilled:
        filled_ = true;
        return builder_.Break(2);
      case Action::kWords:
        return Print(Join(request.arguments, " "));
      case Action::kAlternating:
        return Print(Join(request.arguments, ""));
      case Action::kTable:
        table_format_ = true;
        filled_ = false;
        return builder_.Break(2);
      case Action::kTableEnd:
        table_format_ = false;
        filled_ = true;
        return builder_.Break(2);
    }
  }

  // Also the first line of the text, as man(1) shows it.
  void TakeTitle(const RoffRequest& request) {
    if (request.arguments.empty() || !builder_.title().empty()) return;
    std::string title = DecodeRoff(request.arguments[0]);
    if (request.arguments.size() > 1) {
      absl::StrAppend(&title, "(", DecodeRoff(request.arguments[1]), ")");
    }
    builder_.set_title(std::string(TruncateUtf8(title, kMaxTitleBytes)));
    Print(title);
    builder_.Break(2);
  }

  // Without arguments the next line that prints is the heading.
  void TakeHeading(int level, const RoffRequest& request) {
    filled_ = true;
    table_format_ = false;
    builder_.BeginHeading(level);
    heading_open_ = true;
    const bool is_mdoc = request.name == "Sh" || request.name == "Ss";
    Print(is_mdoc ? mdoc_.ExpandArguments(request.arguments) : Join(request.arguments, " "));
  }

  void PrintTag(const RoffRequest& request) {
    if (request.arguments.empty()) return;
    Print(DecodeRoff(request.arguments[0]));
    builder_.Break(1);
  }

  void PrintItem(const RoffRequest& request) {
    Print(mdoc_.ExpandArguments(request.arguments));
    builder_.Break(1);
  }

  void TakeText(std::string_view raw) {
    const std::string text = DecodeRoff(raw);
    if (TrimLine(text).empty()) return builder_.Break(2);
    // A leading blank breaks the line even in filled text.
    if (filled_ && (raw[0] == ' ' || raw[0] == '\t')) builder_.Break(1);
    Print(text);
  }

  void Print(std::string_view text) {
    if (filled_) text = TrimLine(text);
    if (text.empty()) return;
    builder_.Append(text, lines_.number());
    if (heading_open_) {
      builder_.EndHeading();
      heading_open_ = false;
    } else if (!filled_ || lines_of_tag_ > 0) {
      builder_.Break(1);
    } else {
      builder_.Space();
    }
    lines_of_tag_ = 0;
  }

  RoffLines lines_;
  MdocMacros mdoc_;
  TextBuilder builder_{"text/troff"};
  bool filled_ = true;
  bool heading_open_ = false;
  bool table_format_ = false;
  int lines_of_tag_ = 0;
};

}  // namespace

TextDocument ReadMan(std::string_view source) { return ManReader(source).Read(); }

}  // namespace seekd
