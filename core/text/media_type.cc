#include "core/text/media_type.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/strings/ascii.h"

namespace seekd {
namespace {

struct SuffixType {
  std::string_view suffix;
  const char* type;
};

constexpr SuffixType kSuffixes[] = {
    {"asm", "text/x-asm"},
    {"awk", "text/x-awk"},
    {"bash", "text/x-shellscript"},
    {"bat", "text/x-batch"},
    {"c", "text/x-c"},
    {"cc", "text/x-c++"},
    {"cfg", "text/x-ini"},
    {"clj", "text/x-clojure"},
    {"cmake", "text/x-cmake"},
    {"cpp", "text/x-c++"},
    {"cs", "text/x-csharp"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"cu", "text/x-cuda"},
    {"cxx", "text/x-c++"},
    {"dart", "text/x-dart"},
    {"el", "text/x-lisp"},
    {"erl", "text/x-erlang"},
    {"ex", "text/x-elixir"},
    {"f90", "text/x-fortran"},
    {"go", "text/x-go"},
    {"h", "text/x-c"},
    {"hh", "text/x-c++"},
    {"hpp", "text/x-c++"},
    {"hs", "text/x-haskell"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"hxx", "text/x-c++"},
    {"ini", "text/x-ini"},
    {"java", "text/x-java"},
    {"jl", "text/x-julia"},
    {"js", "text/javascript"},
    {"json", "application/json"},
    {"jsx", "text/javascript"},
    {"kt", "text/x-kotlin"},
    {"lisp", "text/x-lisp"},
    {"log", "text/plain"},
    {"lua", "text/x-lua"},
    {"m", "text/x-objectivec"},
    {"markdown", "text/markdown"},
    {"md", "text/markdown"},
    {"mdown", "text/markdown"},
    {"mjs", "text/javascript"},
    {"mkd", "text/markdown"},
    {"ml", "text/x-ocaml"},
    {"mm", "text/x-objectivec"},
    {"nix", "text/x-nix"},
    {"php", "text/x-php"},
    {"pl", "text/x-perl"},
    {"pm", "text/x-perl"},
    {"proto", "text/x-protobuf"},
    {"ps1", "text/x-powershell"},
    {"py", "text/x-python"},
    {"pyi", "text/x-python"},
    {"r", "text/x-r"},
    {"rb", "text/x-ruby"},
    {"rest", "text/x-rst"},
    {"rs", "text/x-rust"},
    {"rst", "text/x-rst"},
    {"s", "text/x-asm"},
    {"scala", "text/x-scala"},
    {"sh", "text/x-shellscript"},
    {"sql", "text/x-sql"},
    {"swift", "text/x-swift"},
    {"tex", "text/x-tex"},
    {"text", "text/plain"},
    {"toml", "application/toml"},
    {"ts", "text/x-typescript"},
    {"tsv", "text/tab-separated-values"},
    {"tsx", "text/x-typescript"},
    {"txt", "text/plain"},
    {"v", "text/x-verilog"},
    {"vim", "text/x-vim"},
    {"xhtml", "text/html"},
    {"xml", "application/xml"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"zig", "text/x-zig"},
    {"zsh", "text/x-shellscript"},
};

std::string Suffix(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return "";
  return absl::AsciiStrToLower(std::string(name.substr(dot + 1)));
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  return std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char a, char b) { return a == absl::ascii_tolower(b); });
}

// A title request (.TH, .Dd, .Dt) or a whole-page reference (.so) as the first
// request behind comments and other preliminaries.
bool LooksLikeManPage(std::string_view text) {
  for (int line = 0; line < 200 && !text.empty(); ++line) {
    for (std::string_view request : {".TH ", ".TH\t", ".Dd", ".Dt ", ".so "}) {
      if (text.substr(0, request.size()) == request) return true;
    }
    const bool request = text[0] == '.' || text[0] == '\'' || text[0] == '\n' || text[0] == '\r';
    if (!request && line == 0) return false;
    const size_t newline = text.find('\n');
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  return false;
}

// "1" to "9" and "n", with the letters some systems put behind ("3pm", "1ssl").
bool IsManSuffix(std::string_view suffix) {
  if (suffix.empty()) return false;
  if (suffix == "man" || suffix == "mdoc" || suffix == "n") return true;
  return suffix[0] >= '1' && suffix[0] <= '9' && suffix.size() <= 8 &&
         std::all_of(suffix.begin() + 1, suffix.end(),
                     [](char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); });
}

}  // namespace

std::string DetectMediaType(std::string_view path, std::string_view text) {
  const std::string suffix = Suffix(path);
  for (const SuffixType& known : kSuffixes) {
    if (known.suffix == suffix) return known.type;
  }
  if (LooksLikeHtml(text)) return "text/html";
  const bool starts_as_man = text.substr(0, 3) == ".TH" || text.substr(0, 3) == ".\\\"";
  if ((IsManSuffix(suffix) || starts_as_man) && LooksLikeManPage(text)) return "text/troff";
  return "text/plain";
}

std::string NormalizeMediaType(std::string_view media_type) {
  const std::string_view essence = media_type.substr(0, media_type.find(';'));
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(std::string(essence)));
}

bool LooksLikeHtml(std::string_view text) {
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text[0]))) {
    text.remove_prefix(1);
  }
  return StartsWithIgnoreCase(text, "<!doctype html") || StartsWithIgnoreCase(text, "<html");
}

std::string DeclaredHtmlCharset(std::string_view bytes) {
  const std::string head = absl::AsciiStrToLower(std::string(bytes.substr(0, 1024)));
  const size_t meta = head.find("<meta");
  if (meta == std::string::npos) return "";
  const size_t charset = head.find("charset=", meta);
  if (charset == std::string::npos) return "";
  const size_t begin = head.find_first_not_of("\"' ", charset + 8);
  if (begin == std::string::npos) return "";
  return head.substr(begin, head.find_first_of("\"'/>; \t\r\n", begin) - begin);
}

}  // namespace seekd
