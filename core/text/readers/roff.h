// The lowest layer of troff input (groff(7)): escapes, arguments, requests that
// show nothing. Pure.
#ifndef SEEKD_CORE_TEXT_READERS_ROFF_H_
#define SEEKD_CORE_TEXT_READERS_ROFF_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/readers/lines.h"

namespace seekd {

// What a line prints: characters and accents decoded; fonts, sizes, motions,
// registers and comments dropped.
std::string DecodeRoff(std::string_view line);

// A control line's request or macro, e.g. "SH", and its raw arguments (quotes
// undone, escapes left).
struct RoffRequest {
  std::string name;
  std::vector<std::string> arguments;
};

// Gives out a page's lines that print: comments, definitions (.de, .am, .ig), and what
// conditions (.if, .ie, .el) guard are passed over, except `.if n LINE`.
class RoffLines {
 public:
  explicit RoffLines(std::string_view source) : cursor_(source) {}

  bool Next();

  bool is_request() const { return is_request_; }
  const RoffRequest& request() const { return request_; }
  std::string_view text() const { return text_; }  // of a line that is no request
  uint32_t number() const { return cursor_.number(); }

 private:
  bool TakeLine(std::string_view line);
  bool TakeCondition(std::string_view line);
  void SkipDefinition();
  void SkipBlock(std::string_view line);

  LineCursor cursor_;
  bool is_request_ = false;
  RoffRequest request_;
  std::string_view text_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_ROFF_H_
