#include "core/text/readers/mdoc_macros.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace seekd {
namespace {

// What a macro prints around what follows it: each word (kWords) or the rest of the
// line (kRest).
struct Macro {
  enum class Scope { kWords, kRest } scope = Scope::kWords;
  std::string_view name, open, close;
};

constexpr auto kWords = Macro::Scope::kWords;
constexpr auto kRest = Macro::Scope::kRest;

constexpr Macro kMacros[] = {
    {kWords, "Ad", "", ""},
    {kWords, "An", "", ""},
    {kRest, "Ao", "<", ""},
    {kRest, "Aq", "<", ">"},
    {kWords, "Ar", "", ""},
    {kWords, "At", "AT&T UNIX ", ""},
    {kRest, "Bo", "[", ""},
    {kRest, "Bq", "[", "]"},
    {kRest, "Bro", "{", ""},
    {kRest, "Brq", "{", "}"},
    {kWords, "Bx", "BSD ", ""},
    {kWords, "Cd", "", ""},
    {kWords, "Cm", "", ""},
    {kRest, "Do", "\u201C", ""},
    {kRest, "Dq", "\u201C", "\u201D"},
    {kWords, "Dv", "", ""},
    {kWords, "Em", "", ""},
    {kWords, "Er", "", ""},
    {kWords, "Ev", "", ""},
    {kWords, "Fa", "", ""},
    {kWords, "Fd", "", ""},
    {kWords, "Fl", "-", ""},
    {kWords, "Ft", "", ""},
    {kWords, "Fx", "FreeBSD ", ""},
    {kWords, "Ic", "", ""},
    {kWords, "In", "<", ">"},
    {kWords, "Lb", "", ""},
    {kWords, "Li", "", ""},
    {kWords, "Lk", "", ""},
    {kWords, "Ms", "", ""},
    {kWords, "Mt", "", ""},
    {kWords, "Nx", "NetBSD ", ""},
    {kWords, "No", "", ""},
    {kRest, "Op", "[", "]"},
    {kRest, "Oo", "[", ""},
    {kWords, "Ox", "OpenBSD ", ""},
    {kWords, "Pa", "", ""},
    {kRest, "Po", "(", ""},
    {kRest, "Pq", "(", ")"},
    {kRest, "Ql", "\u2018", "\u2019"},
    {kRest, "Qq", "\"", "\""},
    {kRest, "Qo", "\"", ""},
    {kRest, "So", "\u2018", ""},
    {kRest, "Sq", "\u2018", "\u2019"},
    {kWords, "St", "", ""},
    {kWords, "Sx", "", ""},
    {kWords, "Sy", "", ""},
    {kWords, "Tn", "", ""},
    {kWords, "Ux", "UNIX ", ""},
    {kWords, "Va", "", ""},
    {kWords, "Vt", "", ""},
    {kRest, "Nd", "\u2014 ", ""},
    {kRest, "D1", "", ""},
    {kRest, "Dl", "", ""},
    {kRest, "%A", "", ""},
    {kRest, "%B", "", ""},
    {kRest, "%D", "", ""},
    {kRest, "%J", "", ""},
    {kRest, "%T", "", ""},
    {kRest, "%R", "", ""},
    {kRest, "%I", "", ""},
    {kRest, "%N", "", ""},
    {kRest, "%V", "", ""},
};

constexpr std::pair<std::string_view, std::string_view> kClosers[] = {
    {"Ac", ">"}, {"Bc", "]"}, {"Brc", "}"}, {"Dc", "\u201D"},
    {"Oc", "]"}, {"Pc", ")"}, {"Qc", "\""}, {"Sc", "\u2019"}};

const Macro* FindMacro(std::string_view name) {
  const auto* found = std::find_if(std::begin(kMacros), std::end(kMacros),
                                   [&](const Macro& macro) { return macro.name == name; });
  return found == std::end(kMacros) ? nullptr : found;
}

std::string_view FindCloser(std::string_view name) {
  for (const auto& [closer, text] : kClosers) {
    if (closer == name) return text;
  }
  return {};
}

bool IsSpecial(std::string_view name) {
  return name == "Nm" || name == "Xr" || name == "Fn" || name == "Ns" || name == "Ap" ||
         name == "Pf";
}

bool IsClosingPunctuation(std::string_view word) {
  return word.size() == 1 && std::string_view(".,;:?!)]").find(word[0]) != std::string_view::npos;
}

bool IsOpeningPunctuation(std::string_view word) { return word == "(" || word == "["; }

}  // namespace

struct MdocMacros::Line {
  std::string text;
  std::string closers;  // of the kRest macros so far, innermost first
  bool glue = true;     // no space before the next word

  void Add(std::string_view word) {
    if (!glue && !IsClosingPunctuation(word)) text += ' ';
    text += word;
    glue = IsOpeningPunctuation(word);
  }
  void Glue(std::string_view suffix) {
    text += suffix;
    glue = false;
  }
};

bool MdocMacros::IsInline(std::string_view name) {
  return IsSpecial(name) || FindMacro(name) != nullptr || !FindCloser(name).empty();
}

std::string MdocMacros::Expand(const RoffRequest& request) {
  std::vector<std::string> words = {request.name};
  words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  return ExpandArguments(words);
}

std::string MdocMacros::ExpandArguments(const std::vector<std::string>& arguments) {
  size_t end = arguments.size();  // trailing punctuation stands outside of enclosures
  while (end > 0 && IsClosingPunctuation(arguments[end - 1])) --end;
  const std::vector<std::string> words(arguments.begin(),
                                       arguments.begin() + static_cast<ptrdiff_t>(end));
  Line line;
  for (size_t next = 0; next < words.size();) {
    const std::string& word = words[next++];
    if (IsInline(word)) {
      TakeMacro(word, words, &next, &line);
    } else {
      line.Add(DecodeRoff(word));
    }
  }
  line.text += line.closers;
  for (; end < arguments.size(); ++end) line.text += arguments[end];
  return line.text;
}

void MdocMacros::TakeMacro(std::string_view macro, const std::vector<std::string>& words,
                           size_t* next, Line* line) {
  const bool has_word = *next < words.size() && !IsInline(words[*next]);
  if (macro == "Ns") {
    line->glue = true;
  } else if (macro == "Ap") {
    line->Glue("'");
    line->glue = true;
  } else if (macro == "Nm") {
    TakeName(words, next, line);
  } else if (macro == "Xr" || macro == "Pf" || macro == "Fn") {
    if (!has_word) return;
    line->Add(DecodeRoff(words[(*next)++]));
    if (macro == "Pf") line->glue = true;
    if (macro == "Fn") line->Glue("()");
    const bool section =
        macro == "Xr" && *next < words.size() && !IsClosingPunctuation(words[*next]);
    if (section) line->Glue(absl::StrCat("(", DecodeRoff(words[(*next)++]), ")"));
  } else if (const std::string_view closer = FindCloser(macro); !closer.empty()) {
    line->Glue(closer);
  } else if (const Macro* known = FindMacro(macro); known->scope == kRest) {
    line->Add(known->open);
    line->glue = true;
    line->closers = std::string(known->close) + line->closers;
  } else if (has_word && !IsClosingPunctuation(words[*next])) {
    for (; *next < words.size() && !IsInline(words[*next]); ++*next) {
      const std::string word = DecodeRoff(words[*next]);
      const bool plain = IsClosingPunctuation(word);
      line->Add(plain ? word : std::string(known->open) + word + std::string(known->close));
    }
  } else if (macro == "Ar") {
    line->Add("file ...");
  } else if (!known->open.empty()) {
    line->Add(known->open);  // `.Fl` alone is a dash
    line->glue = macro == "Fl" && *next < words.size() && IsInline(words[*next]);
  }
}

void MdocMacros::TakeName(const std::vector<std::string>& words, size_t* next, Line* line) {
  const bool has_word =
      *next < words.size() && !IsInline(words[*next]) && !IsClosingPunctuation(words[*next]);
  if (!has_word) {
    if (!name_.empty()) line->Add(name_);
    return;
  }
  const std::string word = DecodeRoff(words[(*next)++]);
  if (name_.empty()) name_ = word;
  line->Add(word);
}

}  // namespace seekd
