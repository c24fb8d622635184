// Text on its way to a terminal: nothing that a document, a file name or a server
// message contains may steer the terminal.
#ifndef SEEKD_CLIENT_TERMINAL_TEXT_H_
#define SEEKD_CLIENT_TERMINAL_TEXT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace seekd::client {

// `text` with every byte that is not printable UTF-8 spelled out: controls (C0,
// DEL, C1), bidirectional overrides and invalid bytes become "\x1b"-like escapes
// of their bytes. Line feeds and tabs stay when `multiline`, else each run of
// white space becomes one space.
std::string EscapeForTerminal(std::string_view text, bool multiline = false);

// The same for a field of a tab-separated line: one line, no tabs.
inline std::string OneLine(std::string_view text) { return EscapeForTerminal(text, false); }

// `text` escaped, with `open` and `close` around each highlighted byte range
// (begin, end). Ranges that are unordered, overlapping or out of bounds are left out.
std::string Highlight(std::string_view text, std::span<const std::pair<int, int>> ranges,
                      std::string_view open, std::string_view close, bool multiline = false);

// "938 B", "4.1 kB", "238.0 MB": powers of 1000.
std::string FormatBytes(int64_t bytes);

// "48,212"
std::string FormatCount(int64_t count);

// "1 file", "48,212 files"; `noun` in the singular.
std::string FormatCounted(int64_t count, std::string_view noun);

// "0.42 s", "12.3 s", "4 min 05 s", "1 h 02 min".
std::string FormatDuration(double seconds);

// "3.9 %"; "-" when `whole` is zero.
std::string FormatPercent(int64_t part, int64_t whole);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_TERMINAL_TEXT_H_
