#include "core/text/glob.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace seekd {
namespace {

constexpr size_t kNone = std::string_view::npos;

// POSIX class names, ASCII only.
bool InNamedClass(std::string_view name, int c) {
  if (c >= 128) return false;
  static constexpr std::pair<std::string_view, int (*)(int)> kNames[] = {
      {"alnum", std::isalnum}, {"alpha", std::isalpha}, {"blank", std::isblank},
      {"cntrl", std::iscntrl}, {"digit", std::isdigit}, {"graph", std::isgraph},
      {"lower", std::islower}, {"print", std::isprint}, {"punct", std::ispunct},
      {"space", std::isspace}, {"upper", std::isupper}, {"xdigit", std::isxdigit}};
  for (const auto& [known, test] : kNames) {
    if (known == name) return test(c) != 0;
  }
  return false;
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  const size_t special = std::min(pattern.find_first_of("*?[\\"), pattern.size());
  // "**" looks at the '/' before it.
  const size_t literal = special > 0 && special < pattern.size() ? special - 1 : special;
  prefix_ = std::string(pattern.substr(0, literal));
  Compile(pattern.substr(literal));
}

void Glob::Compile(std::string_view pattern) {
  for (size_t pos = 0; pos < pattern.size() && valid_;) {
    switch (pattern[pos]) {
      case '*':
        pos = TakeStars(pattern, pos);
        break;
      case '[':
        pos = TakeClass(pattern, pos + 1);
        break;
      case '?':
        elements_.push_back({Kind::kAny, 0, 0});
        ++pos;
        break;
      case '\\':
        if (++pos == pattern.size())
          valid_ = false;
        else
          AddLiteral(pattern[pos++]);
        break;
      default:
        AddLiteral(pattern[pos++]);
    }
  }
}

// `pos` at the first of some stars; returns the position behind what was taken.
size_t Glob::TakeStars(std::string_view pattern, size_t pos) {
  const size_t end = std::min(pattern.find_first_not_of('*', pos), pattern.size());
  const bool begins = pos == 0 ? prefix_.empty() : pattern[pos - 1] == '/';
  const bool ends = end == pattern.size() || pattern[end] == '/';
  if (end - pos < 2 || !begins || !ends) {
    elements_.push_back({Kind::kStar, 0, 0});
    return end;
  }
  elements_.push_back({end == pattern.size() ? Kind::kAnything : Kind::kFolders, 0, 0});
  return std::min(end + 1, pattern.size());
}

// `pos` behind the '['.
size_t Glob::TakeClass(std::string_view pattern, size_t pos) {
  std::bitset<256> set;
  const bool negated = pos < pattern.size() && (pattern[pos] == '!' || pattern[pos] == '^');
  if (negated) ++pos;
  const auto byte_at = [&](size_t* at) {  // one byte, perhaps quoted
    if (pattern[*at] == '\\' && *at + 1 < pattern.size()) ++*at;
    return static_cast<uint8_t>(pattern[(*at)++]);
  };
  for (bool first = true; pos < pattern.size() && (first || pattern[pos] != ']'); first = false) {
    const size_t name_end = pattern.substr(pos, 2) == "[:" ? pattern.find(":]", pos + 2) : kNone;
    if (name_end != kNone) {
      const std::string_view name = pattern.substr(pos + 2, name_end - pos - 2);
      for (int c = 0; c < 256; ++c)
        set[static_cast<size_t>(c)] = set[static_cast<size_t>(c)] || InNamedClass(name, c);
      pos = name_end + 2;
      continue;
    }
    const uint8_t low = byte_at(&pos);
    uint8_t high = low;
    if (pos + 1 < pattern.size() && pattern[pos] == '-' && pattern[pos + 1] != ']') {
      high = byte_at(&++pos);
    }
    for (size_t c = low; c <= high; ++c) set.set(c);
  }
  valid_ = pos < pattern.size();
  if (negated) set.flip();
  set.reset('/');
  elements_.push_back({Kind::kClass, 0, static_cast<uint16_t>(classes_.size())});
  classes_.push_back(set);
  return pos + 1;
}

bool Glob::MatchesByte(const Element& element, uint8_t byte) const {
  switch (element.kind) {
    case Kind::kLiteral:
      return element.literal == byte;
    case Kind::kClass:
      return classes_[element.class_index][byte];
    default:
      return byte != '/';
  }
}

// States that need no byte: past a star, and past "**/" where a component begins.
void Glob::Skip(std::vector<uint8_t>* states, bool at_component) const {
  for (size_t i = 0; i < elements_.size(); ++i) {
    if (!(*states)[i]) continue;
    const Kind kind = elements_[i].kind;
    if (kind == Kind::kStar || kind == Kind::kAnything ||
        (kind == Kind::kFolders && at_component)) {
      (*states)[i + 1] = 1;
    }
  }
}

void Glob::Step(const std::vector<uint8_t>& from, uint8_t byte, std::vector<uint8_t>* to) const {
  std::fill(to->begin(), to->end(), uint8_t{0});
  for (size_t i = 0; i < elements_.size(); ++i) {
    if (!from[i]) continue;
    const Kind kind = elements_[i].kind;
    if (kind == Kind::kFolders || kind == Kind::kAnything) {
      (*to)[i] = 1;
    } else if (MatchesByte(elements_[i], byte)) {
      (*to)[kind == Kind::kStar ? i : i + 1] = 1;
    }
  }
}

bool Glob::Matches(std::string_view path) const {
  if (!valid_ || path.substr(0, prefix_.size()) != prefix_) return false;
  std::vector<uint8_t> states(elements_.size() + 1, 0), next(elements_.size() + 1, 0);
  states[0] = 1;
  Skip(&states, prefix_.empty());
  for (size_t pos = prefix_.size(); pos < path.size(); ++pos) {
    Step(states, static_cast<uint8_t>(path[pos]), &next);
    states.swap(next);
    Skip(&states, path[pos] == '/');
  }
  return states.back() != 0;
}

}  // namespace seekd
