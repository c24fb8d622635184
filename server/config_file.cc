#include "server/config_file.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

bool IsKeyCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

void SkipSpace(std::string_view* rest) {
  while (!rest->empty() && (rest->front() == ' ' || rest->front() == '\t')) rest->remove_prefix(1);
}

std::string TakeWhile(std::string_view* rest, bool (*wanted)(char)) {
  const auto end = std::find_if_not(rest->begin(), rest->end(), wanted);
  std::string taken(rest->begin(), end);
  rest->remove_prefix(taken.size());
  return taken;
}

absl::StatusOr<char> Unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '"':
    case '\\':
      return c;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("expected \\\", \\\\, \\n or \\t, found \\", std::string(1, c)));
  }
}

// `rest` begins with the quote.
absl::StatusOr<std::string> TakeQuoted(std::string_view* rest) {
  const char quote = rest->front();
  std::string value;
  for (size_t i = 1; i < rest->size(); ++i) {
    char c = (*rest)[i];
    if (c == quote) {
      rest->remove_prefix(i + 1);
      return value;
    }
    if (c == '\\' && quote == '"' && i + 1 < rest->size()) {
      ABSL_ASSIGN_OR_RETURN(c, Unescape((*rest)[++i]));
    }
    value += c;
  }
  return absl::InvalidArgumentError(absl::StrCat("expected a closing ", std::string(1, quote)));
}

bool IsBareCharacter(char c) { return c != ' ' && c != '\t' && c != '#'; }

absl::StatusOr<std::string> TakeValue(std::string_view* rest) {
  SkipSpace(rest);
  if (!rest->empty() && (rest->front() == '"' || rest->front() == '\'')) return TakeQuoted(rest);
  std::string value = TakeWhile(rest, IsBareCharacter);
  if (!value.empty()) return value;
  return absl::InvalidArgumentError("expected a value behind '='");
}

absl::StatusOr<ConfigEntry> ParseLine(std::string_view rest) {
  ConfigEntry entry;
  entry.key = TakeWhile(&rest, IsKeyCharacter);
  SkipSpace(&rest);
  if (entry.key.empty() || rest.empty() || rest.front() != '=') {
    return absl::InvalidArgumentError("expected `key = value`");
  }
  rest.remove_prefix(1);
  ABSL_ASSIGN_OR_RETURN(entry.value, TakeValue(&rest));
  SkipSpace(&rest);
  if (rest.empty() || rest.front() == '#') return entry;
  return absl::InvalidArgumentError(
      absl::StrCat("expected the end of the line behind the value of ", entry.key,
                   "; a text with spaces needs quotes"));
}

std::string_view TakeLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  SkipSpace(&line);
  return line;
}

}  // namespace

absl::StatusOr<std::vector<ConfigEntry>> ParseConfig(std::string_view text,
                                                     const std::string& path) {
  std::vector<ConfigEntry> entries;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = TakeLine(&text);
    if (line.empty() || line.front() == '#') continue;
    absl::StatusOr<ConfigEntry> entry = ParseLine(line);
    const auto is_same = [&](const ConfigEntry& other) { return other.key == entry->key; };
    if (entry.ok() && std::ranges::any_of(entries, is_same)) {
      entry = absl::InvalidArgumentError(absl::StrCat("the key ", entry->key, " stands twice"));
    }
    if (!entry.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", number, ": ", entry.status().message()));
    }
    entry->line = number;
    entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace seekd
