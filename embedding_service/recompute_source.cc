#include "embedding_service/recompute_source.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/text/chunker.h"

namespace seekd {
namespace {

using Clock = std::chrono::steady_clock;

int64_t MicrosSince(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
}

}  // namespace

// One call's way from ids to rows. "Slot" numbers the distinct chunks.
struct RecomputeSource::Plan {
  Plan(const std::vector<ChunkId>& ids, uint32_t row_dim, bool cached)
      : dim(row_dim), use_cache(cached) {
    absl::flat_hash_map<ChunkId, uint32_t> seen;
    for (ChunkId id : ids) {
      const auto [it, is_new] = seen.try_emplace(id, static_cast<uint32_t>(chunks.size()));
      if (is_new) chunks.push_back(id);
      slot_of_request.push_back(it->second);
    }
    values.resize(chunks.size() * dim);
  }

  std::span<float> row(uint32_t slot) { return {values.data() + size_t{slot} * dim, dim}; }
  EmbeddingRows Rows() const;

  const uint32_t dim;
  const bool use_cache;
  std::vector<uint32_t> slot_of_request;
  std::vector<ChunkId> chunks;      // by slot
  std::vector<float> values;        // by slot
  std::vector<uint32_t> to_encode;  // slots, in the order of `inputs`
  std::vector<std::vector<TokenId>> inputs;
  std::vector<uint32_t> missing;  // slots
  uint32_t cache_hits = 0;
  uint32_t recomputed = 0;
  EncodeTimes times;
};

// Distinct rows back in the order, and as often, as they were asked for.
EmbeddingRows RecomputeSource::Plan::Rows() const {
  EmbeddingRows rows;
  rows.dim = dim;
  rows.recomputed = recomputed;
  rows.cache_hits = cache_hits;
  rows.times = times;
  rows.values.reserve(slot_of_request.size() * dim);
  for (uint32_t slot : slot_of_request) {
    const auto begin = values.begin() + static_cast<ptrdiff_t>(size_t{slot} * dim);
    rows.values.insert(rows.values.end(), begin, begin + dim);
  }
  if (missing.empty()) return rows;
  for (uint32_t slot : slot_of_request) {
    rows.missing.push_back(std::ranges::binary_search(missing, slot) ? 1 : 0);
  }
  return rows;
}

RecomputeSource::RecomputeSource(const CollectionStore* store, const Tokenizer* tokenizer,
                                 InputEncoder* encoder, uint64_t cache_bytes,
                                 std::string passage_prefix)
    : store_(store),
      tokenizer_(tokenizer),
      encoder_(encoder),
      passage_prefix_(std::move(passage_prefix)),
      cache_(encoder->dim(), cache_bytes) {}

void RecomputeSource::ReadCache(Plan* plan) {
  for (uint32_t slot = 0; slot < plan->chunks.size(); ++slot) {
    if (plan->use_cache && cache_.Get(plan->chunks[slot], plan->row(slot))) {
      ++plan->cache_hits;
    } else {
      plan->to_encode.push_back(slot);
    }
  }
}

// Leaves in `to_encode` the slots that have a text, and in `inputs` its tokens.
absl::Status RecomputeSource::ReadTexts(Plan* plan) {
  std::vector<ChunkId> ids;
  for (uint32_t slot : plan->to_encode) ids.push_back(plan->chunks[slot]);
  const auto fetch_start = Clock::now();
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::optional<ChunkText>> texts, store_->GetChunks(ids));
  plan->times.fetch_us = MicrosSince(fetch_start);

  const auto tokenize_start = Clock::now();
  std::vector<uint32_t> found;
  for (size_t i = 0; i < texts.size(); ++i) {
    const uint32_t slot = plan->to_encode[i];
    if (!texts[i]) {
      plan->missing.push_back(slot);
      continue;
    }
    found.push_back(slot);
    plan->inputs.push_back(
        tokenizer_->Tokenize(EmbeddingInput(passage_prefix_, texts[i]->context, texts[i]->text)));
  }
  plan->to_encode = std::move(found);
  plan->times.tokenize_us = MicrosSince(tokenize_start);
  return absl::OkStatus();
}

void RecomputeSource::TakeRows(const EmbeddingRows& encoded, Plan* plan) {
  for (size_t i = 0; i < plan->to_encode.size(); ++i) {
    const uint32_t slot = plan->to_encode[i];
    std::ranges::copy(encoded.row(i), plan->row(slot).begin());
    if (plan->use_cache) cache_.Put(plan->chunks[slot], encoded.row(i));
  }
  plan->recomputed = static_cast<uint32_t>(plan->to_encode.size());
  plan->times.queue_us = encoded.times.queue_us;
  plan->times.encode_us = encoded.times.encode_us;
}

asio::awaitable<absl::StatusOr<EmbeddingRows>> RecomputeSource::Fetch(std::vector<ChunkId> ids,
                                                                      EncodeOptions options) {
  Plan plan(ids, dim(), options.use_cache);
  ReadCache(&plan);
  if (!plan.to_encode.empty()) SEEKD_CO_RETURN_IF_ERROR(ReadTexts(&plan));
  if (!plan.to_encode.empty()) {
    auto encoded = co_await encoder_->Encode(std::move(plan.inputs), options);
    SEEKD_CO_RETURN_IF_ERROR(encoded.status());
    TakeRows(*encoded, &plan);
  }
  co_return plan.Rows();
}

}  // namespace seekd
