#include "embedding_service/train/judge.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"
#include "embedding_service/encoder_factory.h"
#include "embedding_service/model_location.h"
#include "embedding_service/train/bm25.h"
#include "embedding_service/train/ranking.h"
#include "embedding_service/train/test_collection.h"

namespace seekd::train {
namespace {

constexpr size_t kCutoff = 10;
constexpr size_t kTextsAtOnce = 64;

struct Rows {
  size_t dim = 0;
  std::vector<float> values;
  const float* row(size_t i) const { return values.data() + i * dim; }
};

// Unit rows of the texts, cut after `max_tokens`, of their first `dim` components.
absl::StatusOr<Rows> EncodeTexts(const std::vector<std::string>& texts, const std::string& prefix,
                                 uint32_t max_tokens, uint32_t dim, LoadedModel* model) {
  BatchEncoder& encoder = *model->encoder;
  const size_t limit = std::min(max_tokens, encoder.max_input_tokens());
  std::vector<std::vector<TokenId>> tokens;
  for (const std::string& text : texts) {
    tokens.push_back(model->tokenizer->Tokenize(prefix + text));
    if (tokens.back().size() > limit) tokens.back().resize(limit);
  }
  // Texts of similar length share a batch.
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](size_t i) { return tokens[i].size(); });
  Rows rows{dim, std::vector<float>(texts.size() * dim)};
  for (size_t begin = 0; begin < order.size(); begin += kTextsAtOnce) {
    const size_t count = std::min(kTextsAtOnce, order.size() - begin);
    std::vector<TokenSpan> inputs;
    for (size_t i = 0; i < count; ++i) inputs.emplace_back(tokens[order[begin + i]]);
    std::vector<float> encoded(count * encoder.dim());
    ABSL_RETURN_IF_ERROR(encoder.Encode(inputs, encoded.data()));
    for (size_t i = 0; i < count; ++i) {
      float* row = rows.values.data() + order[begin + i] * dim;
      std::copy_n(encoded.data() + i * encoder.dim(), dim, row);
      NormalizeInPlace(row, dim);
    }
  }
  return rows;
}

std::vector<float> Cosines(const float* query, const Rows& documents) {
  std::vector<float> cosines(documents.values.size() / documents.dim);
  for (size_t i = 0; i < cosines.size(); ++i) {
    cosines[i] = std::inner_product(query, query + documents.dim, documents.row(i), 0.0F);
  }
  return cosines;
}

std::vector<float> Sum(std::span<const float> a, std::span<const float> b) {
  std::vector<float> sum(a.size());
  std::ranges::transform(a, b, sum.begin(), std::plus<>());
  return sum;
}

absl::StatusOr<Judgement> JudgeCollection(const std::string& dir, const JudgeOptions& options,
                                          LoadedModel* model) {
  ABSL_ASSIGN_OR_RETURN(TestCollection collection, LoadTestCollection(dir));
  auto& queries = collection.queries;
  if (options.queries != 0 && queries.size() > options.queries) queries.resize(options.queries);
  if (queries.empty()) return absl::InvalidArgumentError(absl::StrCat(dir, ": no query"));
  std::vector<std::string> documents, questions;
  for (const TestDocument& document : collection.documents) {
    documents.push_back(document.TitleAndText());
  }
  for (const TestQuery& query : queries) questions.push_back(query.text);
  const uint32_t dim = options.dim == 0 ? model->encoder->dim() : options.dim;
  ABSL_ASSIGN_OR_RETURN(const Rows document_rows, EncodeTexts(documents, model->spec.passage_prefix,
                                                              options.document_tokens, dim, model));
  ABSL_ASSIGN_OR_RETURN(const Rows query_rows,
                        EncodeTexts(questions, model->spec.query_prefix, UINT32_MAX, dim, model));
  const Bm25 bm25(documents);
  Judgement judgement{std::filesystem::path(dir).filename().string(), queries.size()};
  const double share = 1 / static_cast<double>(queries.size());
  for (size_t q = 0; q < queries.size(); ++q) {
    const std::vector<float> of_model = Cosines(query_rows.row(q), document_rows);
    const std::vector<float> of_words = bm25.Score(questions[q]);
    const std::vector<float> of_both = Sum(ZScores(of_model), ZScores(of_words));
    judgement.model += share * Ndcg(of_model, queries[q].gains, kCutoff);
    judgement.bm25 += share * Ndcg(of_words, queries[q].gains, kCutoff);
    judgement.sum += share * Ndcg(of_both, queries[q].gains, kCutoff);
  }
  return judgement;
}

}  // namespace

absl::StatusOr<std::vector<Judgement>> JudgeModel(const JudgeOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const std::string dir, FindModelDir(options.model_dir));
  ABSL_ASSIGN_OR_RETURN(LoadedModel model, LoadModel(dir, {.threads = options.threads}));
  if (options.dim > model.encoder->dim()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.dim, " components, the model has ", model.encoder->dim()));
  }
  std::vector<Judgement> judgements;
  for (std::string collection : options.collections) {
    while (collection.size() > 1 && collection.back() == '/') collection.pop_back();
    ABSL_ASSIGN_OR_RETURN(Judgement judgement, JudgeCollection(collection, options, &model));
    judgements.push_back(std::move(judgement));
  }
  return judgements;
}

}  // namespace seekd::train
