#include "core/text/readers/html_reader.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "core/text/readers/html_entities.h"
#include "core/text/readers/html_tags.h"
#include "core/text/text_builder.h"
#include "core/text/utf8.h"

namespace seekd {
namespace {

constexpr std::string_view kBlocks[] = {  // sorted
    "address", "article", "aside",   "blockquote", "body",    "caption",  "center",     "dd",
    "details", "dialog",  "div",     "dl",         "dt",      "fieldset", "figcaption", "figure",
    "footer",  "form",    "head",    "header",     "hgroup",  "hr",       "html",       "legend",
    "li",      "main",    "menu",    "nav",        "ol",      "optgroup", "option",     "p",
    "pre",     "search",  "section", "select",     "summary", "table",    "tbody",      "textarea",
    "tfoot",   "thead",   "tr",      "ul"};

constexpr std::string_view kParagraphs[] = {"blockquote", "p", "pre", "section", "table"};

template <size_t N>
bool Contains(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

int HeadingLevel(std::string_view name) {
  const bool heading = name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6';
  return heading ? name[1] - '0' : 0;
}

bool IsHtmlSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

class HtmlReader {
 public:
  explicit HtmlReader(std::string_view source) : source_(source), tags_(source) {}

  TextDocument Read() {
    HtmlToken token;
    while (tags_.Next(&token)) {
      CountLinesTo(token.begin);
      if (token.kind == HtmlToken::Kind::kTag) {
        TakeTag(token);
      } else if (in_title_) {
        if (!has_title_) title_.append(token.text);
      } else {
        TakeText(token.text);
      }
    }
    SetTitle();
    return builder_.Finish();
  }

 private:
  void CountLinesTo(size_t pos) {
    line_ += static_cast<uint32_t>(std::count(source_.begin() + static_cast<ptrdiff_t>(counted_),
                                              source_.begin() + static_cast<ptrdiff_t>(pos), '\n'));
    counted_ = pos;
  }

  void TakeTag(const HtmlToken& tag) {
    if (tag.name == "title") return TakeTitleTag(tag.is_end);
    if (in_title_ && !Contains(kBlocks, tag.name)) return;
    in_title_ = false;  // a block cannot stand in a title: its end tag is missing
    if (const int level = HeadingLevel(tag.name); level > 0) {
      return tag.is_end ? builder_.EndHeading() : builder_.BeginHeading(level);
    }
    if (tag.name == "pre") pre_depth_ = std::max(0, pre_depth_ + (tag.is_end ? -1 : 1));
    if (tag.name == "br") {
      builder_.Break(1);
    } else if (tag.name == "td" || tag.name == "th") {
      builder_.Space();
    } else if (Contains(kBlocks, tag.name)) {
      builder_.Break(Contains(kParagraphs, tag.name) ? 2 : 1);
    }
  }

  // Only the first one counts: drawings have titles too.
  void TakeTitleTag(bool is_end) {
    if (is_end && in_title_) has_title_ = true;
    in_title_ = !is_end;
  }

  void TakeText(std::string_view raw) {
    while (!raw.empty()) {
      const size_t newline = raw.find('\n');
      TakeLine(raw.substr(0, newline));
      if (newline == std::string_view::npos) return;
      pre_depth_ > 0 ? EndPreLine() : FoldSpace();
      raw.remove_prefix(newline + 1);
      CountLinesTo(static_cast<size_t>(raw.data() - source_.data()));
    }
  }

  void EndPreLine() {
    if (builder_.size() > 0 && !builder_.at_line_start()) {
      builder_.Break(1);
    } else if (builder_.size() > 0) {
      builder_.Break(2);
    }
  }

  void FoldSpace() {
    if (!builder_.at_line_start()) builder_.Space();
  }

  // Text without a newline.
  void TakeLine(std::string_view raw) {
    if (pre_depth_ > 0) {
      std::string decoded = DecodeHtmlEntities(raw);
      if (!decoded.empty() && decoded.back() == '\r') decoded.pop_back();
      return builder_.Append(decoded, line_);
    }
    while (!raw.empty()) {
      if (IsHtmlSpace(raw[0])) {
        FoldSpace();
        raw.remove_prefix(1);
        continue;
      }
      size_t end = 0;
      while (end < raw.size() && !IsHtmlSpace(raw[end])) ++end;
      builder_.Append(DecodeHtmlEntities(raw.substr(0, end)), line_);
      raw.remove_prefix(end);
    }
  }

  void SetTitle() {
    const std::string decoded = DecodeHtmlEntities(title_);
    std::string folded;
    for (char c : decoded) {
      if (!IsHtmlSpace(c)) {
        folded += c;
      } else if (!folded.empty() && folded.back() != ' ') {
        folded += ' ';
      }
    }
    if (!folded.empty() && folded.back() == ' ') folded.pop_back();
    builder_.set_title(std::string(TruncateUtf8(folded, kMaxTitleBytes)));
  }

  std::string_view source_;
  HtmlTags tags_;
  TextBuilder builder_{"text/html"};
  size_t counted_ = 0;  // source bytes whose newlines are in line_
  uint32_t line_ = 1;
  int pre_depth_ = 0;
  bool in_title_ = false;
  bool has_title_ = false;
  std::string title_;
};

}  // namespace

TextDocument ReadHtml(std::string_view source) { return HtmlReader(source).Read(); }

}  // namespace seekd
