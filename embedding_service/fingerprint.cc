#include "embedding_service/fingerprint.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/storage/mapped_file.h"
#include "core/text/chunker.h"

namespace seekd {
namespace {

constexpr uint32_t kProbeComponents = 16;
constexpr float kProbeStep = 1.0f / 64;

// Short and long, prose and code, scripts and signs that tokenizers treat
// differently. Changing one changes every fingerprint.
constexpr std::array<std::string_view, 16> kProbes = {
    "search",
    "How do I reset my password?",
    "The quick brown fox jumps over the lazy dog.",
    "Q3 revenue rose 12.5% to $4,310 million, driven by subscriptions.",
    "int main(int argc, char** argv) { return std::max(argc, 1) - 1; }",
    "SELECT name, COUNT(*) FROM users WHERE id >= 42 GROUP BY name;",
    "Caf\u00e9 cr\u00e8me, na\u00efve fa\u00e7ade, \u00dcbergr\u00f6\u00dfe, sm\u00f8rrebr\u00f8d",
    "\u6771\u4eac\u3067\u5bff\u53f8\u3092\u98df\u3079\u308b",
    "\u041c\u043e\u0441\u043a\u0432\u0430 \u2014 \u0441\u0442\u043e\u043b\u0438\u0446\u0430",
    "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645",
    "/usr/share/doc/example-1.0~rc2/README.Debian.gz",
    "https://example.org/a/b?c=d&e=%20f#fragment",
    "e\u0301 = \u00e9; \ufb01ne; \u212bngstr\u00f6m; x\u00b2 + y\u00b2; \u00bd",
    "PATIENT: headache, nausea & photophobia for 3 days; no fever.",
    "Section 4.2.1 of the specification requires that a conforming server close the connection "
    "when it receives a frame whose length exceeds the limit it has announced, and that it "
    "report the error with a code that names the reason. A client which receives such a code "
    "may open another connection, but it should not send the same frame again.",
    "\U0001F600\U0001F680 emoji, tabs\tand\nnew lines, \"quotes\" and 'apostrophes' \u2026",
};

std::string RoundedProbes(const FingerprintParts& parts) {
  std::string text;
  const uint32_t components = std::min(parts.dim, kProbeComponents);
  for (size_t begin = 0; begin + parts.dim <= parts.probe_rows.size(); begin += parts.dim) {
    for (float value : parts.probe_rows.subspan(begin, components)) {
      absl::StrAppend(&text, std::lround(value / kProbeStep), " ");
    }
  }
  return text;
}

// The same choice as Tokenizer::Load.
absl::StatusOr<std::unique_ptr<MappedFile>> OpenTokenizerFile(const std::string& dir) {
  auto file = MappedFile::Open(dir + "/tokenizer.json");
  if (!absl::IsNotFound(file.status())) return file;
  return MappedFile::Open(dir + "/vocab.txt");
}

}  // namespace

std::string ComputeFingerprint(const FingerprintParts& parts) {
  std::string text = "weights";
  for (const auto file : parts.weights) {
    absl::StrAppend(&text, " ", ComputeDigest(AsString(file)).ToHex());
  }
  absl::StrAppend(&text, "\ntokenizer ", ComputeDigest(AsString(parts.tokenizer)).ToHex(),  //
                  "\nunicode ", parts.unicode_version,                                      //
                  "\nrecipe ", parts.recipe_version,                                        //
                  "\ndim ", parts.dim,                                                      //
                  "\nprobes ", RoundedProbes(parts));
  // Only where the model has them.
  if (!parts.query_prefix.empty() || !parts.passage_prefix.empty()) {
    absl::StrAppend(&text, "\nprefixes ", ComputeDigest(parts.query_prefix).ToHex(), " ",
                    ComputeDigest(parts.passage_prefix).ToHex());
  }
  if (parts.max_input_tokens != UINT32_MAX) {
    absl::StrAppend(&text, "\nlongest input ", parts.max_input_tokens);
  }
  if (const BertNormalization& how = parts.normalization; how != BertNormalization()) {
    absl::StrAppend(&text, "\nlowercase ", int{how.lowercase}, " strip_accents ",
                    int{how.strips_accents()}, " isolate_ideographs ", int{how.isolate_ideographs});
  }
  return ComputeDigest(text).ToHex();
}

std::vector<std::vector<TokenId>> ProbeTokens(const Tokenizer& tokenizer, uint32_t max_tokens) {
  std::vector<std::vector<TokenId>> tokens;
  for (std::string_view probe : kProbes) {
    tokens.push_back(tokenizer.Tokenize(probe));
    if (tokens.back().size() > max_tokens) tokens.back().resize(max_tokens);
  }
  return tokens;
}

absl::StatusOr<std::vector<float>> EncodeProbes(const Tokenizer& tokenizer, BatchEncoder* encoder) {
  const auto tokens = ProbeTokens(tokenizer, encoder->max_input_tokens());
  const std::vector<TokenSpan> inputs(tokens.begin(), tokens.end());
  std::vector<float> rows(inputs.size() * encoder->dim());
  ABSL_RETURN_IF_ERROR(encoder->Encode(inputs, rows.data()));
  return rows;
}

absl::StatusOr<std::string> FingerprintModel(const std::string& dir, const ModelSpec& spec,
                                             const Tokenizer& tokenizer,
                                             std::vector<std::span<const uint8_t>> weights,
                                             BatchEncoder* encoder) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<float> probe_rows, EncodeProbes(tokenizer, encoder));
  return FingerprintFolder(dir, spec, tokenizer, std::move(weights), probe_rows);
}

absl::StatusOr<std::string> FingerprintFolder(const std::string& dir, const ModelSpec& spec,
                                              const Tokenizer& tokenizer,
                                              std::vector<std::span<const uint8_t>> weights,
                                              std::span<const float> probe_rows) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<MappedFile> file, OpenTokenizerFile(dir));
  FingerprintParts parts;
  parts.weights = std::move(weights);
  parts.tokenizer = file->bytes();
  parts.unicode_version = utf8proc_unicode_version();
  parts.normalization = tokenizer.normalization();
  parts.recipe_version = kRecipeVersion;
  parts.dim = spec.dim;
  parts.probe_rows = probe_rows;
  parts.query_prefix = spec.query_prefix;
  parts.passage_prefix = spec.passage_prefix;
  parts.max_input_tokens = spec.max_input_tokens;
  const std::string fingerprint = ComputeFingerprint(parts);
  ABSL_RETURN_IF_ERROR(file->status());
  return fingerprint;
}

}  // namespace seekd
