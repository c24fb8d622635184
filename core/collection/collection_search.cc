// The read side of a collection: query → vector → search → hits.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/collection/collection.h"
#include "core/collection/hot_source.h"
#include "core/search/top_k.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

constexpr size_t kChunksPerPass = 512;

using Clock = std::chrono::steady_clock;

int64_t MicrosSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
}

absl::Status ValidateQuery(const SearchQuery& query) {
  const int given =
      (query.text ? 1 : 0) + (query.like_chunk ? 1 : 0) + (query.like_document ? 1 : 0);
  if (given != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("a query is one of text, chunk and document; ", given, " of them are set"));
  }
  return query.options.Validate();
}

// The document that a hit is shown under, and the others that hold the chunk.
absl::StatusOr<std::optional<Hit>> Place(const CollectionStore& store, const ScoredChunk& scored,
                                         const DocumentFilter& filter) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<DocumentOfChunk> holders,
                        store.DocumentsOfChunk(scored.chunk));
  std::optional<Hit> hit;
  for (const DocumentOfChunk& holder : holders) {
    if (hit && holder.document_id == hit->document_id) continue;
    ABSL_ASSIGN_OR_RETURN(const std::optional<DocumentRecord> document,
                          store.GetDocument(holder.document_id));
    if (!document || !filter.Matches(*document)) continue;
    if (hit) {
      if (hit->also_in.empty() || hit->also_in.back() != document->id) {
        hit->also_in.push_back(document->id);
      }
      continue;
    }
    if (holder.position >= document->chunks.size()) continue;  // replaced meanwhile
    const ChunkPlacement& place = document->chunks[holder.position];
    if (place.chunk != scored.chunk) continue;
    hit.emplace();
    hit->chunk = scored.chunk;
    hit->score = scored.score;
    hit->estimated = scored.estimated;
    hit->document_id = document->id;
    hit->title = document->title;
    hit->byte_begin = place.byte_begin;
    hit->byte_end = place.byte_end;
    hit->line_begin = place.line_begin;
    hit->line_end = place.line_end;
    hit->modify_time_us = document->source.mtime_ns / 1000;
  }
  return hit;
}

}  // namespace

asio::awaitable<absl::StatusOr<std::vector<float>>> Collection::EmbedText(std::string text,
                                                                          EncodeOptions options) {
  std::vector<std::vector<TokenId>> inputs;
  inputs.push_back(backend_->tokenizer().Tokenize(backend_->model().query_prefix + text));
  const uint32_t limit = backend_->encoder().max_input_tokens();
  if (inputs[0].size() > limit) {
    co_return absl::InvalidArgumentError(
        absl::StrCat("the query has ", inputs[0].size(), " tokens; the model takes at most ", limit,
                     ". Ask with less text, or add the text as a document and ask for "
                     "what is like it."));
  }
  SEEKD_CO_ASSIGN_OR_RETURN(EmbeddingRows rows,
                            co_await backend_->encoder().Encode(std::move(inputs), options));
  co_return std::move(rows.values);
}

// The mean of the rows, as a unit vector.
absl::StatusOr<std::vector<float>> Collection::LikeVector(const EmbeddingRows& rows) const {
  std::vector<float> mean(rows.dim, 0.0F);
  size_t found = 0;
  for (size_t i = 0; i < rows.rows(); ++i) {
    if (rows.is_missing(i)) continue;
    ++found;
    for (uint32_t d = 0; d < rows.dim; ++d) mean[d] += rows.row(i)[d];
  }
  if (found == 0) return absl::NotFoundError("the chunk or document to compare with has no text");
  NormalizeInPlace(mean.data(), mean.size());
  return mean;
}

asio::awaitable<absl::StatusOr<std::vector<float>>> Collection::QueryVector(SearchQuery query) {
  const EncodeOptions options{EncodePriority::kQuery, query.options.cancellation,
                              query.options.use_cache};
  if (query.text) co_return co_await EmbedText(*std::move(query.text), options);
  std::vector<ChunkId> like;
  if (query.like_chunk) {
    like.push_back(*query.like_chunk);
  } else {
    SEEKD_CO_ASSIGN_OR_RETURN(const std::optional<DocumentRecord> document,
                              store_->GetDocument(*query.like_document));
    if (!document) {
      co_return absl::NotFoundError(
          absl::StrCat("no document \"", *query.like_document, "\" in this collection"));
    }
    for (const ChunkPlacement& place : document->chunks) like.push_back(place.chunk);
  }
  if (like.empty()) co_return std::vector<float>(record_.dim, 0.0F);
  SEEKD_CO_ASSIGN_OR_RETURN(const EmbeddingRows rows, co_await source_->Fetch(like, options));
  co_return LikeVector(rows);
}

absl::StatusOr<ChunkFilter> Collection::BuildFilter(const SearchQuery& query,
                                                    const Snapshot& snapshot) {
  ChunkFilter filter;
  if (!snapshot.dead->empty()) filter.denied = snapshot.dead;
  if (query.like_chunk || query.like_document) {
    auto denied = std::make_shared<ChunkSet>(*snapshot.dead);
    if (query.like_chunk) denied->Insert(*query.like_chunk);
    if (query.like_document) {
      ABSL_ASSIGN_OR_RETURN(const std::optional<DocumentRecord> document,
                            store_->GetDocument(*query.like_document));
      for (size_t i = 0; document && i < document->chunks.size(); ++i) {
        denied->Insert(document->chunks[i].chunk);
      }
    }
    filter.denied = std::move(denied);
  }
  if (!query.filter.empty()) {
    ABSL_ASSIGN_OR_RETURN(filter.allowed,
                          filters_.Resolve(*store_, query.filter, snapshot.version));
  }
  return filter;
}

absl::StatusOr<std::vector<Hit>> Collection::Resolve(const std::vector<ScoredChunk>& chunks,
                                                     const DocumentFilter& filter) const {
  std::vector<ChunkId> ids;
  for (const ScoredChunk& scored : chunks) ids.push_back(scored.chunk);
  ABSL_ASSIGN_OR_RETURN(std::vector<std::optional<ChunkText>> texts, store_->GetChunks(ids));
  std::vector<Hit> hits;
  for (size_t i = 0; i < chunks.size(); ++i) {
    // A chunk deleted since the query pinned its snapshot is no hit any more.
    if (!texts[i]) continue;
    ABSL_ASSIGN_OR_RETURN(std::optional<Hit> hit, Place(*store_, chunks[i], filter));
    if (!hit) continue;
    hit->text = std::move(texts[i]->text);
    hits.push_back(*std::move(hit));
  }
  return hits;
}

void Collection::NoteUse() {
  std::lock_guard lock(use_mutex_);
  last_use_ = Clock::now();
}

void Collection::CountRows(const SearchStats& stats, uint32_t from_hot_cache) {
  std::lock_guard lock(use_mutex_);
  asked_.recomputed += stats.recomputed;
  asked_.from_hot_cache += from_hot_cache;
  asked_.from_memory += stats.cache_hits - from_hot_cache;
}

asio::awaitable<absl::StatusOr<QueryResult>> Collection::Search(SearchQuery query) {
  return Search(std::move(query), QueryObserver());
}

asio::awaitable<absl::StatusOr<QueryResult>> Collection::Search(SearchQuery query,
                                                                QueryObserver observer) {
  const Clock::time_point begin = Clock::now();
  SEEKD_CO_RETURN_IF_ERROR(ValidateQuery(query));
  NoteUse();
  const std::shared_ptr<const Snapshot> snapshot = live_.Get();
  SEEKD_CO_RETURN_IF_ERROR(Health(*snapshot));
  QueryResult result;

  SEEKD_CO_ASSIGN_OR_RETURN(std::vector<float> vector, co_await QueryVector(query));
  result.stats.embed_query_us = MicrosSince(begin);

  const Clock::time_point filter_begin = Clock::now();
  SEEKD_CO_ASSIGN_OR_RETURN(const ChunkFilter filter, BuildFilter(query, *snapshot));
  const bool filtered = filter.denied != nullptr || filter.allowed != nullptr;
  result.stats.filter_us = MicrosSince(filter_begin);

  // Adds text and places to what was found, and counts the time up to now.
  const auto complete = [&](const SearchResult& found) -> absl::Status {
    const Clock::time_point resolve_begin = Clock::now();
    ABSL_ASSIGN_OR_RETURN(result.hits, Resolve(found.chunks, query.filter));
    result.stats.search = found.stats;
    result.stats.resolve_us += MicrosSince(resolve_begin);
    result.stats.total_us = MicrosSince(begin);
    return absl::OkStatus();
  };
  RoundObserver on_round;
  if (observer) {
    on_round = [&](const SearchResult& so_far) {
      // An error will meet the final answer, too.
      if (complete(so_far).ok()) observer(result);
    };
  }
  // `brute` asks for everything, which says nothing about what is hot.
  const bool counted = query.options.strategy != Strategy::kBrute;
  HotSource source(snapshot->generation.get(), source_.get(), counted ? &visits_ : nullptr);
  SEEKD_CO_ASSIGN_OR_RETURN(
      const SearchResult found,
      co_await seekd::Search(snapshot->Index(filtered ? &filter : nullptr), std::move(vector),
                             query.options, &source, std::move(on_round)));
  if (query.options.use_cache) CountRows(found.stats, source.hits());
  SEEKD_CO_RETURN_IF_ERROR(complete(found));
  co_return result;
}

asio::awaitable<absl::StatusOr<std::vector<std::vector<ScoredChunk>>>> Collection::ExhaustiveSearch(
    std::vector<std::string> texts, uint32_t k, CancellationPtr cancellation) {
  if (k == 0) co_return absl::InvalidArgumentError("top_k is 0; expected at least 1");
  const EncodeOptions options{EncodePriority::kQuery, cancellation, /*use_cache=*/false};
  std::vector<std::vector<float>> queries;
  for (std::string& text : texts) {
    SEEKD_CO_ASSIGN_OR_RETURN(std::vector<float> vector,
                              co_await EmbedText(std::move(text), options));
    queries.push_back(std::move(vector));
  }
  std::vector<TopK> best(queries.size(), TopK(k));
  SEEKD_CO_ASSIGN_OR_RETURN(const std::vector<ChunkId> chunks, store_->LiveChunks());
  for (size_t at = 0; at < chunks.size(); at += kChunksPerPass) {
    if (IsCancelled(cancellation)) co_return absl::CancelledError("the search was cancelled");
    const size_t end = std::min(at + kChunksPerPass, chunks.size());
    const std::vector<ChunkId> ids(chunks.begin() + static_cast<ptrdiff_t>(at),
                                   chunks.begin() + static_cast<ptrdiff_t>(end));
    const EncodeOptions bulk{EncodePriority::kIngest, cancellation, /*use_cache=*/false};
    SEEKD_CO_ASSIGN_OR_RETURN(const EmbeddingRows rows, co_await source_->Fetch(ids, bulk));
    for (size_t q = 0; q < queries.size(); ++q) {
      for (size_t i = 0; i < ids.size(); ++i) {
        if (rows.is_missing(i)) continue;
        best[q].Offer(ids[i], InnerProduct(queries[q].data(), rows.row(i).data(), rows.dim));
      }
    }
  }
  std::vector<std::vector<ScoredChunk>> answers;
  for (TopK& top : best) answers.push_back(top.Take());
  co_return answers;
}

}  // namespace seekd
