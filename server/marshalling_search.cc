// The search half of marshalling.h.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "server/errors.h"
#include "server/marshalling.h"
#include "server/resource_names.h"

namespace seekd {
namespace {

constexpr int32_t kMaxExhaustiveTexts = 10'000;
// Of one response, so that it stays within tens of megabytes.
constexpr int64_t kMaxExhaustiveAnswers = 1'000'000;
constexpr int32_t kMaxTopK = 1000;
constexpr uint32_t kDefaultTopK = 10;

absl::StatusOr<Strategy> FromProto(v1::Strategy strategy) {
  switch (strategy) {
    case v1::STRATEGY_UNSPECIFIED:
    case v1::FRUGAL:
      return Strategy::kFrugal;
    case v1::EXACT:
      return Strategy::kExact;
    case v1::FLAT:
      return Strategy::kFlat;
    case v1::BRUTE:
      return Strategy::kBrute;
    case v1::TWO_LEVEL:
      return Strategy::kTwoLevel;
    default:
      return FieldError("strategy",
                        absl::StrCat("expected FRUGAL, EXACT, FLAT, BRUTE or TWO_LEVEL, found ",
                                     static_cast<int>(strategy)));
  }
}

absl::StatusOr<FirstStage> FromProto(v1::FirstStage stage) {
  switch (stage) {
    case v1::FIRST_STAGE_UNSPECIFIED:
      return FirstStage::kAuto;
    case v1::BEAM:
      return FirstStage::kBeam;
    case v1::SCAN:
      return FirstStage::kScan;
    default:
      return FieldError("tuning.first_stage",
                        absl::StrCat("expected BEAM or SCAN, found ", static_cast<int>(stage)));
  }
}

v1::Strategy ToProto(Strategy strategy) {
  switch (strategy) {
    case Strategy::kFrugal:
      return v1::FRUGAL;
    case Strategy::kExact:
      return v1::EXACT;
    case Strategy::kFlat:
      return v1::FLAT;
    case Strategy::kBrute:
      return v1::BRUTE;
    case Strategy::kTwoLevel:
      return v1::TWO_LEVEL;
  }
  return v1::STRATEGY_UNSPECIFIED;
}

absl::Status CheckText(std::string_view field, std::string_view text) {
  if (text.empty()) return FieldError(field, "expected a text, found an empty one");
  const auto characters = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (static_cast<size_t>(characters) <= kMaxQueryCharacters) return absl::OkStatus();
  return FieldError(field, absl::StrCat("expected at most ", kMaxQueryCharacters,
                                        " characters, found ", characters));
}

absl::StatusOr<uint32_t> TopKFromProto(int32_t top_k) {
  if (top_k == 0) return kDefaultTopK;
  if (top_k > 0 && top_k <= kMaxTopK) return static_cast<uint32_t>(top_k);
  return FieldError("top_k", absl::StrCat("expected 1 to ", kMaxTopK, ", found ", top_k));
}

absl::Status SetCount(std::string_view field, int32_t value, uint32_t* out) {
  if (value < 0) {
    return FieldError(field, absl::StrCat("expected 0 or more, found ", value));
  }
  if (value > 0) *out = static_cast<uint32_t>(value);
  return absl::OkStatus();
}

absl::StatusOr<DocumentFilter> FromProto(const v1::Filter& filter) {
  DocumentFilter out;
  out.path_prefix = filter.path_prefix();
  out.path_glob = filter.path_glob();
  if (filter.has_modified_after()) {
    ABSL_ASSIGN_OR_RETURN(out.modified_after_us,
                          FromTimestamp("filter.modified_after", filter.modified_after()));
  }
  if (filter.has_modified_before()) {
    ABSL_ASSIGN_OR_RETURN(out.modified_before_us,
                          FromTimestamp("filter.modified_before", filter.modified_before()));
  }
  return out;
}

// What Validate finds after the checks above belongs to the tuning: "field: what is wrong".
absl::Status CheckTuning(const SearchOptions& options) {
  const absl::Status valid = options.Validate();
  if (valid.ok()) return valid;
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(valid.message(), absl::MaxSplits(": ", 1));
  return FieldError(absl::StrCat("tuning.", parts.first), parts.second);
}

absl::StatusOr<SearchOptions> OptionsFromProto(const v1::SearchRequest& request) {
  SearchOptions options;
  ABSL_ASSIGN_OR_RETURN(options.strategy, FromProto(request.strategy()));
  ABSL_ASSIGN_OR_RETURN(options.top_k, TopKFromProto(request.top_k()));
  const float recall = request.recall_target();
  if (recall != 0) {
    if (!(recall >= 0.5F && recall <= 0.99F)) {
      return FieldError("recall_target", absl::StrCat("expected 0.5 to 0.99, found ", recall));
    }
    options.recall_target = recall;
  }
  const v1::SearchRequest::Tuning& tuning = request.tuning();
  ABSL_RETURN_IF_ERROR(SetCount("tuning.beam_width", tuning.beam_width(), &options.beam_width));
  ABSL_RETURN_IF_ERROR(SetCount("tuning.batch_rows", tuning.batch_rows(), &options.batch_rows));
  ABSL_RETURN_IF_ERROR(
      SetCount("tuning.max_recomputed", tuning.max_recomputed(), &options.max_recomputed));
  ABSL_ASSIGN_OR_RETURN(options.first_stage, FromProto(tuning.first_stage()));
  options.rerank_ratio = tuning.rerank_ratio();
  options.use_cache = !tuning.disable_cache();
  options.exact_scores = request.exact_scores();
  ABSL_RETURN_IF_ERROR(CheckTuning(options));
  return options;
}

absl::Status CheckSameCollection(std::string_view field, const std::string& expected,
                                 const std::string& found) {
  if (expected == found) return absl::OkStatus();
  return FieldError(field, absl::StrCat("expected a name in ", FormatCollectionName(expected),
                                        ", found one in ", FormatCollectionName(found)));
}

absl::Status SetQuery(const std::string& collection, const v1::SearchRequest& request,
                      SearchQuery* query) {
  switch (request.query_case()) {
    case v1::SearchRequest::kText:
      query->text = request.text();
      return CheckText("text", request.text());
    case v1::SearchRequest::kChunk: {
      ABSL_ASSIGN_OR_RETURN(const ChunkName name, ParseChunkName("chunk", request.chunk()));
      query->like_chunk = name.chunk;
      return CheckSameCollection("chunk", collection, name.collection);
    }
    case v1::SearchRequest::kDocument: {
      ABSL_ASSIGN_OR_RETURN(DocumentName name, ParseDocumentName("document", request.document()));
      query->like_document = std::move(name.document);
      return CheckSameCollection("document", collection, name.collection);
    }
    default:
      return FieldError("query", "expected one of text, chunk and document");
  }
}

void SetSnippet(const SnippetMaker& snippets, v1::Hit* out) {
  Snippet snippet = snippets.Make(out->text());
  out->set_snippet(std::move(snippet.text));
  for (const SnippetRange& range : snippet.highlights) {
    v1::ByteRange* highlight = out->add_highlights();
    highlight->set_begin(static_cast<int32_t>(range.begin));
    highlight->set_end(static_cast<int32_t>(range.end));
  }
}

void ToProto(const std::string& collection, const SnippetMaker& snippets, Hit hit, v1::Hit* out) {
  out->set_chunk(FormatChunkName(collection, hit.chunk));
  out->set_collection(FormatCollectionName(collection));
  out->set_path(hit.document_id);
  out->set_document_id(std::move(hit.document_id));
  for (std::string& other : hit.also_in) out->add_also_in(std::move(other));
  out->set_title(std::move(hit.title));
  out->set_score(hit.score);
  out->set_score_estimated(hit.estimated);
  out->set_text(std::move(hit.text));
  out->set_byte_begin(Signed(hit.byte_begin));
  out->set_byte_end(Signed(hit.byte_end));
  out->set_line_begin(static_cast<int32_t>(hit.line_begin));
  out->set_line_end(static_cast<int32_t>(hit.line_end));
  *out->mutable_modify_time() = ToTimestamp(hit.modify_time_us);
  SetSnippet(snippets, out);
}

void ToProto(const QueryStats& stats, v1::SearchStats* out) {
  const SearchStats& search = stats.search;
  const std::string_view stop_reason = StopReasonName(search.stop_reason);
  out->set_strategy(ToProto(search.strategy));
  out->set_recomputed(search.recomputed);
  out->set_cache_hits(search.cache_hits);
  out->set_pending_scanned(search.pending_scanned);
  out->set_code_distances(search.code_distances);
  out->set_expanded_nodes(search.expanded_nodes);
  out->set_rounds(static_cast<int32_t>(search.rounds));
  out->set_stop_reason(stop_reason.data(), stop_reason.size());
  out->set_complete(search.complete);
  out->set_elapsed_us(stats.total_us);
  out->set_embed_query_us(stats.embed_query_us);
  out->set_filter_us(stats.filter_us);
  out->set_plan_us(search.plan_us);
  out->set_fetch_us(search.encode.fetch_us);
  out->set_tokenize_us(search.encode.tokenize_us);
  out->set_queue_us(search.encode.queue_us);
  out->set_encode_us(search.encode.encode_us);
  out->set_resolve_us(stats.resolve_us);
  out->set_estimated_hits(static_cast<int32_t>(search.estimated_hits));
}

}  // namespace

absl::StatusOr<SearchQuery> FromProto(const std::string& collection,
                                      const v1::SearchRequest& request) {
  SearchQuery query;
  ABSL_RETURN_IF_ERROR(SetQuery(collection, request, &query));
  if (request.mode() != v1::MODE_UNSPECIFIED && request.mode() != v1::SEMANTIC) {
    return FieldError("mode", absl::StrCat("expected SEMANTIC, the only mode so far, found ",
                                           static_cast<int>(request.mode())));
  }
  ABSL_ASSIGN_OR_RETURN(query.filter, FromProto(request.filter()));
  ABSL_ASSIGN_OR_RETURN(query.options, OptionsFromProto(request));
  return query;
}

void ToProto(const std::string& collection, const SnippetMaker& snippets, QueryResult result,
             v1::SearchResponse* out) {
  for (Hit& hit : result.hits) ToProto(collection, snippets, std::move(hit), out->add_hits());
  ToProto(result.stats, out->mutable_stats());
}

absl::StatusOr<ExhaustiveQuery> FromProto(const v1::ExhaustiveSearchRequest& request) {
  if (request.texts_size() < 1 || request.texts_size() > kMaxExhaustiveTexts) {
    return FieldError("texts", absl::StrCat("expected 1 to ", kMaxExhaustiveTexts, ", found ",
                                            request.texts_size()));
  }
  ExhaustiveQuery query;
  ABSL_ASSIGN_OR_RETURN(query.top_k, TopKFromProto(request.top_k()));
  if (int64_t{query.top_k} * request.texts_size() > kMaxExhaustiveAnswers) {
    return FieldError("top_k",
                      absl::StrCat("expected texts x top_k of at most ", kMaxExhaustiveAnswers,
                                   ", found ", int64_t{query.top_k} * request.texts_size()));
  }
  for (int i = 0; i < request.texts_size(); ++i) {
    ABSL_RETURN_IF_ERROR(CheckText(absl::StrCat("texts[", i, "]"), request.texts(i)));
    query.texts.push_back(request.texts(i));
  }
  return query;
}

void ToProto(const std::vector<std::vector<ScoredChunk>>& answers,
             v1::ExhaustiveSearchResponse* out) {
  for (const std::vector<ScoredChunk>& chunks : answers) {
    v1::ExhaustiveSearchResponse::Answer* answer = out->add_answers();
    for (const ScoredChunk& scored : chunks) {
      v1::ExhaustiveSearchResponse::Scored* chunk = answer->add_chunks();
      chunk->set_chunk_id(Signed(scored.chunk.value));
      chunk->set_score(scored.score);
    }
  }
}

}  // namespace seekd
