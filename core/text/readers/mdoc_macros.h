// The inline macros of mdoc(7): one control line to the words it prints. Owned by
// one page's reader: .Nm remembers the page's name.
#ifndef SEEKD_CORE_TEXT_READERS_MDOC_MACROS_H_
#define SEEKD_CORE_TEXT_READERS_MDOC_MACROS_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/text/readers/roff.h"

namespace seekd {

class MdocMacros {
 public:
  // True for a macro that prints its arguments within the running text.
  static bool IsInline(std::string_view name);

  // What `.name arguments` prints, e.g. "[-a file]" of `.Op Fl a Ar file`.
  std::string Expand(const RoffRequest& request);

  // Arguments of a block macro (.It, .Sh): words and inline macros.
  std::string ExpandArguments(const std::vector<std::string>& arguments);

 private:
  struct Line;
  void TakeMacro(std::string_view macro, const std::vector<std::string>& words, size_t* next,
                 Line* line);
  void TakeName(const std::vector<std::string>& words, size_t* next, Line* line);

  std::string name_;  // of the page
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_MDOC_MACROS_H_
