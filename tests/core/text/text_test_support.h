// Shared by the tests of core/text: the repository's model and random texts.
#ifndef SEEKD_TESTS_CORE_TEXT_TEXT_TEST_SUPPORT_H_
#define SEEKD_TESTS_CORE_TEXT_TEXT_TEST_SUPPORT_H_

#include <random>
#include <string>

#include "core/text/tokenizer.h"

namespace seekd {

// Path of a file of the repository (environment SEEKD_TEST_SOURCE_DIR).
std::string SourcePath(const std::string& relative);

// The default model's tokenizer, loaded once.
const Tokenizer& TestTokenizer();

// `pieces` random bits of text: words, nasty Unicode, white space and, with
// `invalid`, ill-formed UTF-8.
std::string RandomText(std::mt19937* rng, int pieces, bool invalid);

// Words, sentences, paragraphs and Markdown headings, valid UTF-8.
std::string RandomMarkdown(std::mt19937* rng, int blocks);

}  // namespace seekd

#endif  // SEEKD_TESTS_CORE_TEXT_TEXT_TEST_SUPPORT_H_
