#include "core/collection/rebuild.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/collection/run_sync.h"
#include "core/search/first_stage_price.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

constexpr size_t kMinSentenceBytes = 40;
constexpr size_t kMaxSentenceBytes = 200;

// The sentence nearest to the middle of `text` of a question's length, if any.
std::optional<std::string_view> MiddleSentence(std::string_view text) {
  std::optional<std::string_view> best;
  size_t begin = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const bool ends = (text[i] == '.' || text[i] == '?' || text[i] == '!') &&
                      (text[i + 1] == ' ' || text[i + 1] == '\n');
    if (!ends) continue;
    while (begin < i && (text[begin] == ' ' || text[begin] == '\n')) ++begin;
    const size_t size = i + 1 - begin;
    const bool fits = size >= kMinSentenceBytes && size <= kMaxSentenceBytes &&
                      text.substr(begin, size).find("\n\n") == std::string_view::npos;
    if (fits) best = text.substr(begin, size);
    if (best && i > text.size() / 2) break;
    begin = i + 1;
  }
  return best;
}

// With fewer links parts of the graph are cut off.
constexpr uint32_t kLeastDegree = 2;
constexpr uint32_t kMostDegree = 5;

// Where all codes are scanned links only help to order the candidates. With fewer bytes a node than
// this the codes order them better (docs/adr/0023).
constexpr uint64_t kLeastBytesForLinks = 40;

// What two links a node are pruned from: a finer graph takes twice the build and gives the same
// links, as far as a scan can tell (docs/adr/0025).
constexpr uint32_t kScannedGraphDegree = 16;
constexpr uint32_t kScannedGraphEf = 48;
constexpr uint32_t kScannedPruneEf = 32;

// Whether all codes can be scanned for free: long ones take longer.
bool ScanPays(const IndexGrant& grant, uint64_t bytes_per_node) {
  constexpr uint64_t kBytesOfTwoLinks = 8;  // and of the node's place
  const uint64_t code_bytes = bytes_per_node - std::min(bytes_per_node, kBytesOfTwoLinks);
  const double summed = static_cast<double>(grant.nodes * code_bytes) / kRoughShare;
  return kScannedByteUs * summed <= FreeStageUs(grant.row_us);
}

uint32_t DegreeOfScans(uint64_t nodes, uint64_t bytes_per_node) {
  const bool spare = nodes >= kSparingNodes && bytes_per_node < kLeastBytesForLinks;
  return spare ? 0 : kLeastDegree;
}

// Longer codes save more encoder calls than more links do (docs/adr/0001), so a small budget
// thins the graph first.
uint32_t DegreeOfWalks(uint64_t bytes_per_node) {
  const uint64_t degree = (std::max<uint64_t>(bytes_per_node, 10) - 10) / 8;
  return static_cast<uint32_t>(std::clamp<uint64_t>(degree, kLeastDegree, kMostDegree));
}

}  // namespace

ChunkRows::ChunkRows(std::span<const ChunkId> chunks, const PendingSet& pending,
                     EmbeddingSource* source, CancellationPtr cancellation)
    : chunks_(chunks), pending_(pending), source_(source), cancellation_(std::move(cancellation)) {
  for (uint64_t i = 0; i < pending.size(); ++i) pending_row_.emplace(pending.chunk(i), i);
}

absl::Status ChunkRows::Read(std::span<const uint32_t> rows, float* out) const {
  std::vector<size_t> missing;  // of rows
  std::vector<ChunkId> ids;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (const auto it = pending_row_.find(chunks_[rows[i]]); it != pending_row_.end()) {
      FromHalf(pending_.row(it->second), out + i * dim());
    } else {
      missing.push_back(i);
      ids.push_back(chunks_[rows[i]]);
    }
  }
  if (ids.empty()) return absl::OkStatus();
  const EncodeOptions options{EncodePriority::kIngest, cancellation_, /*use_cache=*/false};
  ABSL_ASSIGN_OR_RETURN(const EmbeddingRows fetched, RunSync(source_->Fetch(ids, options)));
  for (size_t i = 0; i < missing.size(); ++i) {
    if (fetched.is_missing(i)) {
      return absl::DataLossError(
          absl::StrCat("chunk ", ids[i].value, " is live but not in the store"));
    }
    const std::span<const float> row = fetched.row(i);
    std::copy(row.begin(), row.end(), out + missing[i] * dim());
  }
  return absl::OkStatus();
}

absl::StatusOr<PseudoQueries> MakePseudoQueries(std::span<const ChunkId> chunks, uint32_t count,
                                                const CollectionStore& store,
                                                EmbeddingBackend* backend,
                                                const CancellationPtr& cancellation) {
  const size_t step = std::max<size_t>(1, chunks.size() / std::max(1U, count));
  std::vector<NodeId> nodes;
  std::vector<ChunkId> ids;
  for (size_t i = step / 2; i < chunks.size() && ids.size() < count; i += step) {
    nodes.push_back(NodeId{static_cast<uint32_t>(i)});
    ids.push_back(chunks[i]);
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::optional<ChunkText>> texts, store.GetChunks(ids));
  PseudoQueries queries;
  queries.vectors.dim = backend->model().dim;
  std::vector<std::vector<TokenId>> inputs;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto sentence = texts[i] ? MiddleSentence(texts[i]->text) : std::nullopt;
    if (!sentence) continue;
    inputs.push_back(backend->tokenizer().Tokenize(*sentence));
    queries.sources.push_back(nodes[i]);
  }
  if (inputs.empty()) return queries;
  const EncodeOptions options{EncodePriority::kIngest, cancellation, /*use_cache=*/false};
  ABSL_ASSIGN_OR_RETURN(EmbeddingRows rows,
                        RunSync(backend->encoder().Encode(std::move(inputs), options)));
  queries.vectors.values = std::move(rows.values);
  return queries;
}

GenerationOptions OptionsForBudget(const IndexGrant& grant) {
  GenerationOptions options;
  const uint64_t smallest =
      (grant.shared_codebook ? kMinIndexBytesOfSharedCodebook : kMinIndexBytes) +
      kMinIndexBytesPerNode * grant.nodes;
  options.max_index_bytes = std::max(grant.bytes, smallest);
  if (grant.shared_codebook) options.wanted_index_bytes = grant.bytes;
  options.threads = grant.threads;
  options.graph.threads = grant.threads;
  options.prune.threads = grant.threads;
  const uint64_t bytes_per_node = options.max_index_bytes / std::max<uint64_t>(1, grant.nodes);
  if (ScanPays(grant, bytes_per_node)) {
    options.prune.degree = DegreeOfScans(grant.nodes, bytes_per_node);
    options.graph.max_degree = kScannedGraphDegree;
    options.graph.ef_construction = kScannedGraphEf;
    options.prune.ef_construction = kScannedPruneEf;
  } else {
    options.prune.degree = DegreeOfWalks(bytes_per_node);
  }
  options.prune.hub_degree = 6 * options.prune.degree;
  return options;
}

}  // namespace seekd
