// Splits HTML into text, tags and what is to be dropped, tolerantly (WHATWG HTML,
// section 13.2.5, without its error list) and in linear time.
#ifndef SEEKD_CORE_TEXT_READERS_HTML_TAGS_H_
#define SEEKD_CORE_TEXT_READERS_HTML_TAGS_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace seekd {

struct HtmlToken {
  enum class Kind { kText, kTag } kind = Kind::kText;
  size_t begin = 0;       // offset in the source
  std::string_view text;  // of kText: raw, entities not decoded
  std::string name;       // of kTag: lower case
  bool is_end = false;    // of kTag: "</name>"
};

class HtmlTags {
 public:
  explicit HtmlTags(std::string_view source) : source_(source) {}

  // Comments, declarations and the content of script, style and the like are
  // passed over; false at the end.
  bool Next(HtmlToken* token);

 private:
  bool IsMarkup(size_t pos) const;
  bool TakeTag(HtmlToken* token);
  void SkipDeclaration();
  size_t TagEnd(size_t pos);
  void SkipRawContent(std::string_view name);

  std::string_view source_;
  size_t pos_ = 0;
  bool ignore_quotes_ = false;  // a tag never ended with them honoured
  bool no_tag_ends_ = false;    // no '>' is left
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_HTML_TAGS_H_
