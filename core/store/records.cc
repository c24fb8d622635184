#include "core/store/records.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"

namespace seekd {
namespace {

absl::Status Malformed(std::string_view kind, const ByteReader& at) {
  return absl::DataLossError(absl::StrCat("store: malformed ",
                                          absl::string_view(kind.data(), kind.size()),
                                          " record at byte ", at.offset(), " of its value"));
}

void AppendSigned(int64_t value, std::string* out) { AppendVarint(ZigZag(value), out); }

bool ReadSigned(ByteReader* in, int64_t* value) {
  uint64_t raw = 0;
  if (!in->ReadVarint(&raw)) return false;
  *value = UnZigZag(raw);
  return true;
}

bool ReadDigest(ByteReader* in, Digest* digest) {
  std::span<const uint8_t> bytes;
  if (!in->ReadBytes(digest->bytes.size(), &bytes)) return false;
  std::copy(bytes.begin(), bytes.end(), digest->bytes.begin());
  return true;
}

// Chunk ids of a new document are mostly consecutive, and a chunk mostly starts
// on the line after the one before: both differences are mostly one zero byte.
// Unsigned arithmetic wraps the same way in both directions.
void AppendPlacement(const ChunkPlacement& placement, const ChunkPlacement& before,
                     std::string* out) {
  AppendSigned(static_cast<int64_t>(placement.chunk.value - before.chunk.value - 1), out);
  AppendVarint(placement.byte_end - placement.byte_begin, out);
  AppendSigned(int64_t{placement.line_begin} - int64_t{before.line_end} - 1, out);
  AppendSigned(int64_t{placement.line_end} - int64_t{placement.line_begin}, out);
}

bool ReadPlacement(ByteReader* in, const ChunkPlacement& before, ChunkPlacement* placement) {
  int64_t chunk = 0, line = 0, lines = 0;
  uint64_t bytes = 0;
  if (!ReadSigned(in, &chunk) || !in->ReadVarint(&bytes) || !ReadSigned(in, &line) ||
      !ReadSigned(in, &lines)) {
    return false;
  }
  placement->chunk = ChunkId(before.chunk.value + static_cast<uint64_t>(chunk) + 1);
  placement->byte_begin = before.byte_end;
  placement->byte_end = before.byte_end + bytes;
  placement->line_begin = before.line_end + static_cast<uint32_t>(line) + 1;
  placement->line_end = placement->line_begin + static_cast<uint32_t>(lines);
  return placement->byte_end >= placement->byte_begin;
}

// What AppendPlacement's differences are taken from before the first chunk.
ChunkPlacement BeforeFirst() { return {.line_end = 0}; }

void AppendSource(const SourceStamp& source, std::string* out) {
  AppendVarint(source.size_bytes, out);
  AppendSigned(source.mtime_ns, out);
  out->append(source.content.AsKey());
}

bool ReadSource(ByteReader* in, SourceStamp* source) {
  return in->ReadVarint(&source->size_bytes) && ReadSigned(in, &source->mtime_ns) &&
         ReadDigest(in, &source->content);
}

bool ReadDocumentHead(ByteReader* in, DocumentRecord* record) {
  return in->ReadVarint(&record->ordinal.value) && in->ReadLengthPrefixed(&record->title) &&
         in->ReadLengthPrefixed(&record->media_type) && in->ReadLengthPrefixed(&record->root) &&
         ReadSource(in, &record->source) && ReadSigned(in, &record->index_time_us);
}

bool ReadPlacements(ByteReader* in, std::vector<ChunkPlacement>* placements) {
  ChunkPlacement before = BeforeFirst();
  while (!in->empty()) {
    if (!ReadPlacement(in, before, &placements->emplace_back())) return false;
    before = placements->back();
  }
  return true;
}

void AppendDouble(double value, std::string* out) {
  AppendFixed(std::bit_cast<uint64_t>(value), out);
}

bool ReadDouble(ByteReader* in, double* value) {
  uint64_t bits = 0;
  if (!in->ReadFixed(&bits)) return false;
  *value = std::bit_cast<double>(bits);
  return true;
}

// Settings and role stand only where something is set: records from before there were any, and
// of most collections, end before them.
void AppendSettingsAndRole(const CollectionRecord& record, std::string* out) {
  const bool served = record.role == CollectionRole::kServed;
  if (record.settings == CollectionSettings() && served) return;
  AppendDouble(record.settings.max_index_share, out);
  AppendDouble(record.settings.hot_share, out);
  if (!served) AppendVarint(static_cast<uint64_t>(record.role), out);
}

bool ReadRole(ByteReader* in, CollectionRole* role) {
  uint64_t value = 0;
  if (!in->ReadVarint(&value) || value < 1 || value > 2) return false;
  *role = static_cast<CollectionRole>(value);
  return true;
}

bool ReadSettingsAndRole(ByteReader* in, CollectionRecord* record) {
  if (in->empty()) return true;
  CollectionSettings& settings = record->settings;
  if (!ReadDouble(in, &settings.max_index_share) || !ReadDouble(in, &settings.hot_share) ||
      !settings.Validate().ok()) {
    return false;
  }
  return in->empty() || ReadRole(in, &record->role);
}

bool ReadCollection(ByteReader* in, CollectionRecord* record) {
  uint64_t roots = 0;
  if (!in->ReadLengthPrefixed(&record->name) || !in->ReadLengthPrefixed(&record->model_id) ||
      !in->ReadLengthPrefixed(&record->model_fingerprint) || !in->ReadVarintAs(&record->dim) ||
      !ReadSigned(in, &record->create_time_us) || !in->ReadVarint(&roots)) {
    return false;
  }
  for (; roots > 0; --roots) {
    if (!in->ReadLengthPrefixed(&record->roots.emplace_back())) return false;
  }
  return ReadSettingsAndRole(in, record) && in->empty();
}

}  // namespace

std::string EncodeTotals(const CollectionTotals& totals) {
  std::string out;
  for (const uint64_t value : {totals.counts.documents, totals.counts.chunks,
                               totals.counts.text_bytes, totals.counts.pending, totals.counts.dead,
                               totals.next_chunk.value, totals.next_ordinal.value}) {
    AppendVarint(value, &out);
  }
  return out;
}

absl::StatusOr<CollectionTotals> DecodeTotals(std::string_view value) {
  CollectionTotals totals;
  ByteReader in(value);
  for (uint64_t* field : {&totals.counts.documents, &totals.counts.chunks,
                          &totals.counts.text_bytes, &totals.counts.pending, &totals.counts.dead,
                          &totals.next_chunk.value, &totals.next_ordinal.value}) {
    if (!in.ReadVarint(field)) return Malformed("totals", in);
  }
  if (!in.empty()) return Malformed("totals", in);
  return totals;
}

std::string EncodeCollection(const CollectionRecord& record) {
  std::string out;
  AppendLengthPrefixed(record.name, &out);
  AppendLengthPrefixed(record.model_id, &out);
  AppendLengthPrefixed(record.model_fingerprint, &out);
  AppendVarint(record.dim, &out);
  AppendSigned(record.create_time_us, &out);
  AppendVarint(record.roots.size(), &out);
  for (const std::string& root : record.roots) AppendLengthPrefixed(root, &out);
  AppendSettingsAndRole(record, &out);
  return out;
}

absl::StatusOr<CollectionRecord> DecodeCollection(CollectionId id, std::string_view value) {
  CollectionRecord record;
  record.id = id;
  ByteReader in(value);
  if (!ReadCollection(&in, &record)) return Malformed("collection", in);
  return record;
}

std::string EncodeDocument(const DocumentRecord& record) {
  std::string out;
  AppendVarint(record.ordinal.value, &out);
  AppendLengthPrefixed(record.title, &out);
  AppendLengthPrefixed(record.media_type, &out);
  AppendLengthPrefixed(record.root, &out);
  AppendSource(record.source, &out);
  AppendSigned(record.index_time_us, &out);
  ChunkPlacement before = BeforeFirst();
  for (const ChunkPlacement& placement : record.chunks) {
    AppendPlacement(placement, before, &out);
    before = placement;
  }
  return out;
}

absl::StatusOr<DocumentRecord> DecodeDocument(std::string_view id, std::string_view value) {
  DocumentRecord record;
  record.id = id;
  ByteReader in(value);
  if (!ReadDocumentHead(&in, &record) || !ReadPlacements(&in, &record.chunks)) {
    return Malformed("document", in);
  }
  return record;
}

std::string EncodeChunk(std::string_view context, std::string_view text) {
  std::string out;
  out.reserve(context.size() + text.size() + 2);
  AppendLengthPrefixed(context, &out);
  out.append(text);
  return out;
}

absl::StatusOr<ChunkText> DecodeChunk(std::string_view value) {
  ByteReader in(value);
  std::string_view context;
  if (!in.ReadLengthPrefixed(&context)) return Malformed("chunk", in);
  return ChunkText{std::string(context), std::string(value.substr(in.offset()))};
}

std::string EncodeChunkId(ChunkId id) {
  std::string out;
  AppendVarint(id.value, &out);
  return out;
}

absl::StatusOr<ChunkId> DecodeChunkId(std::string_view value) {
  ByteReader in(value);
  ChunkId id;
  if (!in.ReadVarint(&id.value) || !in.empty()) return Malformed("digest", in);
  return id;
}

std::string EncodeEmbedding(std::span<const uint16_t> embedding) {
  std::string out;
  out.reserve(2 * embedding.size());
  for (const uint16_t component : embedding) AppendFixed(component, &out);
  return out;
}

absl::StatusOr<std::vector<uint16_t>> DecodeEmbedding(std::string_view value) {
  if (value.size() % 2 != 0) return Malformed("pending", ByteReader(value));
  std::vector<uint16_t> embedding(value.size() / 2);
  const std::span<const uint8_t> bytes = AsBytes(value);
  for (size_t i = 0; i < embedding.size(); ++i) {
    embedding[i] = LoadLittleEndian<uint16_t>(bytes.data() + 2 * i);
  }
  return embedding;
}

std::string EncodeVisits(std::span<const ChunkVisits> visits) {
  std::string out;
  ChunkId before{0};
  for (const ChunkVisits& counted : visits) {
    AppendVarint(counted.chunk.value - before.value - 1, &out);
    AppendVarint(counted.visits, &out);
    before = counted.chunk;
  }
  return out;
}

absl::StatusOr<std::vector<ChunkVisits>> DecodeVisits(std::string_view value) {
  std::vector<ChunkVisits> visits;
  ByteReader in(value);
  uint64_t before = 0;
  while (!in.empty()) {
    uint64_t gap = 0;
    uint32_t count = 0;
    const bool read = in.ReadVarint(&gap) && in.ReadVarintAs(&count);
    if (!read || gap >= std::numeric_limits<uint64_t>::max() - before) {
      return Malformed("visits", in);
    }
    before += gap + 1;
    visits.push_back({ChunkId(before), count});
  }
  return visits;
}

std::string EncodeSkipped(const SkippedFile& file) {
  std::string out;
  AppendLengthPrefixed(file.root, &out);
  out.append(file.reason);
  return out;
}

absl::StatusOr<SkippedFile> DecodeSkipped(std::string_view path, std::string_view value) {
  SkippedFile file;
  file.path = path;
  ByteReader in(value);
  if (!in.ReadLengthPrefixed(&file.root)) return Malformed("skipped", in);
  file.reason = value.substr(in.offset());
  return file;
}

}  // namespace seekd
