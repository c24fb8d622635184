// Walks the lines of a text.
#ifndef SEEKD_CORE_TEXT_READERS_LINES_H_
#define SEEKD_CORE_TEXT_READERS_LINES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seekd {

inline constexpr std::string_view kLineBlanks = " \t\r";

// Without spaces, tabs and carriage returns at both ends.
inline std::string_view TrimLine(std::string_view line) {
  const size_t begin = line.find_first_not_of(kLineBlanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kLineBlanks) - begin + 1);
}

class LineCursor {
 public:
  explicit LineCursor(std::string_view text) : text_(text) {}

  // Moves to the next line; false at the end.
  bool Next() {
    if (next_ >= text_.size()) return false;
    begin_ = next_;
    const size_t newline = text_.find('\n', begin_);
    end_ = newline == std::string_view::npos ? text_.size() : newline;
    next_ = newline == std::string_view::npos ? text_.size() : newline + 1;
    ++number_;
    return true;
  }

  size_t begin() const { return begin_; }
  size_t next() const { return next_; }        // offset behind the line's '\n'
  uint32_t number() const { return number_; }  // from 1
  std::string_view line() const { return text_.substr(begin_, end_ - begin_); }  // without '\n'

 private:
  std::string_view text_;
  size_t begin_ = 0, end_ = 0, next_ = 0;
  uint32_t number_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_LINES_H_
