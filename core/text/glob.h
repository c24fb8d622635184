// Git's wildmatch patterns: '*' and '?' stop at '/', a whole component '**' matches any
// number of folders, [a-z] [!a-z] [[:alpha:]] classes, '\' quotes. Bytes, not characters. A
// pattern that ends in '\' or never closes a class matches nothing.
//
// Immutable; any thread.
#ifndef SEEKD_CORE_TEXT_GLOB_H_
#define SEEKD_CORE_TEXT_GLOB_H_

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seekd {

class Glob {
 public:
  explicit Glob(std::string_view pattern);

  // Time: pattern length times path length at worst (an automaton, no backtracking).
  bool Matches(std::string_view path) const;

 private:
  enum class Kind : uint8_t {
    kLiteral,   // one byte
    kAny,       // one byte but '/'
    kClass,     // one byte of classes_[value]
    kStar,      // any bytes but '/'
    kFolders,   // "**/": nothing, or bytes that end with '/'
    kAnything,  // "**" at the end: any bytes
  };
  struct Element {
    Kind kind = Kind::kLiteral;
    uint8_t literal = 0;
    uint16_t class_index = 0;
  };

  void Compile(std::string_view pattern);
  size_t TakeStars(std::string_view pattern, size_t pos);
  size_t TakeClass(std::string_view pattern, size_t pos);
  void AddLiteral(char c) { elements_.push_back({Kind::kLiteral, static_cast<uint8_t>(c), 0}); }
  bool MatchesByte(const Element& element, uint8_t byte) const;
  void Step(const std::vector<uint8_t>& from, uint8_t byte, std::vector<uint8_t>* to) const;
  void Skip(std::vector<uint8_t>* states, bool at_component) const;

  std::string prefix_;             // literal start of the pattern
  std::vector<Element> elements_;  // behind the prefix
  std::vector<std::bitset<256>> classes_;
  bool valid_ = true;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_GLOB_H_
