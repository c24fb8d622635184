// .gitignore semantics (gitignore(5)) for .gitignore and .seekignore files:
// patterns of a folder apply to it and below, the last match decides, deeper
// files win, '!' re-includes, a trailing '/' means folders only, '**' crosses
// folders. Also the one glob matcher of the project (search filters use it).
#ifndef SEEKD_CORE_TEXT_IGNORE_RULES_H_
#define SEEKD_CORE_TEXT_IGNORE_RULES_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/glob.h"

namespace seekd {

// Shell glob over a whole path, as git matches it: '*' and '?' stop at '/', a
// component '**' matches any number of folders ("docs/**" is all that lies in docs),
// [a-z] and [!a-z] classes, '\' quotes. For many paths keep a Glob.
bool GlobMatch(std::string_view pattern, std::string_view path);

// The rules in force in one folder: its own patterns and its ancestors'.
// Immutable; children share their parents.
class IgnoreRules {
 public:
  // `parent` may be null (the root). `patterns` is the text of an ignore file;
  // `folder` the folder's path relative to the root, "" for the root itself. A folder with
  // two ignore files is extended twice; the second one wins.
  static std::shared_ptr<const IgnoreRules> Extend(std::shared_ptr<const IgnoreRules> parent,
                                                   std::string_view folder,
                                                   std::string_view patterns);

  // `path` relative to the root, within this object's folder. True also when a
  // folder between the two is ignored: nothing below it can be re-included.
  bool Ignores(std::string_view path, bool is_folder) const;

 private:
  struct Pattern {
    Glob glob;
    bool negated = false;
    bool folders_only = false;
    bool anchored = false;  // matches the path below `folder`, not the name alone
  };

  static std::optional<Pattern> ParsePattern(std::string_view line);
  bool IgnoresItself(std::string_view path, bool is_folder) const;
  // What the patterns of this object alone say.
  std::optional<bool> Decide(std::string_view path, bool is_folder) const;

  std::shared_ptr<const IgnoreRules> parent_;
  std::string folder_;
  std::vector<Pattern> patterns_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_IGNORE_RULES_H_
