#include "embedding_service/fingerprint.h"

#include <set>

#include "core/base/bytes.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("every part changes the fingerprint, last-bit noise does not", "[fingerprint]") {
  std::vector<float> rows(2 * 20);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = 0.01f * static_cast<float>(i) - 0.1f;
  const FingerprintParts base{
      {AsBytes("weights")}, AsBytes("tokenizer"), "14.0.0", 1, 20, rows, "", "", UINT32_MAX};
  std::set<std::string> seen = {ComputeFingerprint(base)};
  CATCH_CHECK(seen.begin()->size() == 32);

  std::vector<float> noisy = rows;
  for (float& v : noisy) v += 1e-7f;
  FingerprintParts same = base;
  same.probe_rows = noisy;
  CATCH_CHECK(ComputeFingerprint(same) == *seen.begin());

  std::vector<float> moved = rows;
  moved[23] += 0.02f;
  std::vector<FingerprintParts> others(14, base);
  others[0].weights = {AsBytes("Weights")};
  others[1].tokenizer = AsBytes("Tokenizer");
  others[2].unicode_version = "15.0.0";
  others[3].recipe_version = 2;
  others[4].probe_rows = moved;
  others[5].dim = 10;
  others[6].query_prefix = "query: ";
  others[7].passage_prefix = "query: ";
  others[8].max_input_tokens = 126;
  others[9].weights = {AsBytes("wei"), AsBytes("ghts")};
  others[10].weights = {AsBytes("weights"), AsBytes("")};
  others[11].normalization.lowercase = false;
  others[12].normalization.strip_accents = false;
  others[13].normalization.isolate_ideographs = false;
  for (const FingerprintParts& parts : others) {
    CATCH_CHECK(seen.insert(ComputeFingerprint(parts)).second);
  }
}

// Collections out there were made with it: what was added since must not move it.
CATCH_TEST_CASE("the fingerprint of parts that were always there stays", "[fingerprint]") {
  std::vector<float> rows(2 * 20);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = 0.01f * static_cast<float>(i) - 0.1f;
  FingerprintParts parts;
  parts.weights = {AsBytes("weights")};
  parts.tokenizer = AsBytes("tokenizer");
  parts.unicode_version = "14.0.0";
  parts.recipe_version = 1;
  parts.dim = 20;
  parts.probe_rows = rows;
  CATCH_CHECK(ComputeFingerprint(parts) == "e5ecc1813cd70cf636abfa6b3f60662e");
  parts.normalization = {.lowercase = true, .strip_accents = true};  // BERT-uncased's, spelled out
  CATCH_CHECK(ComputeFingerprint(parts) == "e5ecc1813cd70cf636abfa6b3f60662e");
}

}  // namespace
}  // namespace seekd
