#include "core/text/ignore_rules.h"

#include <utility>

namespace seekd {
namespace {

// `path` below `folder`; empty when it does not lie there.
std::string_view Below(std::string_view folder, std::string_view path) {
  if (folder.empty()) return path;
  if (path.size() <= folder.size() || path.substr(0, folder.size()) != folder ||
      path[folder.size()] != '/') {
    return {};
  }
  return path.substr(folder.size() + 1);
}

// Trailing spaces do not count unless quoted.
std::string_view StripTrailingSpaces(std::string_view line) {
  while (!line.empty() && line.back() == ' ') {
    if (line.size() >= 2 && line[line.size() - 2] == '\\') break;
    line.remove_suffix(1);
  }
  return line;
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view path) {
  return Glob(pattern).Matches(path);
}

std::optional<IgnoreRules::Pattern> IgnoreRules::ParsePattern(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  line = StripTrailingSpaces(line);
  if (line.empty() || line[0] == '#') return std::nullopt;
  const bool negated = line[0] == '!';
  if (negated) line.remove_prefix(1);
  const bool folders_only = !line.empty() && line.back() == '/';
  if (folders_only) line.remove_suffix(1);
  const bool anchored = line.find('/') != std::string_view::npos;
  if (!line.empty() && line[0] == '/') line.remove_prefix(1);
  if (line.empty()) return std::nullopt;
  return Pattern{Glob(line), negated, folders_only, anchored};
}

std::shared_ptr<const IgnoreRules> IgnoreRules::Extend(std::shared_ptr<const IgnoreRules> parent,
                                                       std::string_view folder,
                                                       std::string_view patterns) {
  auto rules = std::make_shared<IgnoreRules>();
  rules->parent_ = std::move(parent);
  rules->folder_ = std::string(folder);
  if (patterns.substr(0, 3) == "\xEF\xBB\xBF") patterns.remove_prefix(3);
  while (!patterns.empty()) {
    const size_t newline = patterns.find('\n');
    if (auto pattern = ParsePattern(patterns.substr(0, newline))) {
      rules->patterns_.push_back(*std::move(pattern));
    }
    patterns.remove_prefix(newline == std::string_view::npos ? patterns.size() : newline + 1);
  }
  return rules;
}

std::optional<bool> IgnoreRules::Decide(std::string_view path, bool is_folder) const {
  const std::string_view below = Below(folder_, path);
  if (below.empty()) return std::nullopt;
  const std::string_view name = below.substr(below.rfind('/') + 1);
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->folders_only && !is_folder) continue;
    if (pattern->glob.Matches(pattern->anchored ? below : name)) return !pattern->negated;
  }
  return std::nullopt;
}

bool IgnoreRules::IgnoresItself(std::string_view path, bool is_folder) const {
  for (const IgnoreRules* rules = this; rules != nullptr; rules = rules->parent_.get()) {
    if (const std::optional<bool> ignored = rules->Decide(path, is_folder)) return *ignored;
  }
  return false;
}

bool IgnoreRules::Ignores(std::string_view path, bool is_folder) const {
  const size_t own = folder_.empty() ? 0 : folder_.size() + 1;
  for (size_t slash = path.find('/', own); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    if (IgnoresItself(path.substr(0, slash), true)) return true;
  }
  return IgnoresItself(path, is_folder);
}

}  // namespace seekd
