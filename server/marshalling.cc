#include "server/marshalling.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "seekd/v1/index.pb.h"
#include "seekd/v1/models.pb.h"
#include "server/errors.h"
#include "server/resource_names.h"

namespace seekd {
namespace {

constexpr int64_t kMinSeconds = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t kMaxSeconds = 253'402'300'799;  // 9999-12-31T23:59:59Z

v1::IndexFolderMetadata::Phase ToProto(IndexPhase phase) {
  switch (phase) {
    case IndexPhase::kScanning:
      return v1::IndexFolderMetadata::SCANNING;
    case IndexPhase::kReading:
      return v1::IndexFolderMetadata::READING;
    case IndexPhase::kBuilding:
      return v1::IndexFolderMetadata::BUILDING;
    case IndexPhase::kPublishing:
      return v1::IndexFolderMetadata::PUBLISHING;
    case IndexPhase::kDone:
      return v1::IndexFolderMetadata::DONE;
  }
  return v1::IndexFolderMetadata::PHASE_UNSPECIFIED;
}

// The settings by their names in seekd.v1.Collection.
struct SettingField {
  const char* path;
  double (v1::Collection::*get)() const;
  double CollectionSettings::*value;
};
constexpr std::array<SettingField, 2> kSettingFields = {{
    {"max_index_share", &v1::Collection::max_index_share, &CollectionSettings::max_index_share},
    {"hot_share", &v1::Collection::hot_share, &CollectionSettings::hot_share},
}};

absl::Status CheckMask(const google::protobuf::FieldMask& mask) {
  for (const std::string& path : mask.paths()) {
    const auto is_path = [&](const SettingField& field) { return path == field.path; };
    if (path == "*" || std::ranges::any_of(kSettingFields, is_path)) continue;
    return FieldError(
        "update_mask",
        absl::StrCat("expected max_index_share, hot_share or *, found \"", path, "\""));
  }
  return absl::OkStatus();
}

bool IsNamed(const SettingField& field, const google::protobuf::FieldMask& mask, double value) {
  if (mask.paths().empty()) return value != 0;
  return std::ranges::any_of(
      mask.paths(), [&](const std::string& path) { return path == "*" || path == field.path; });
}

v1::IndexFolderMetadata ToMetadata(const OperationState& state) {
  v1::IndexFolderMetadata metadata;
  const IndexProgress& progress = state.progress;
  metadata.set_collection(FormatCollectionName(state.spec.collection));
  metadata.set_folder(state.spec.folder);
  if (!state.spec.model.empty()) metadata.set_model(FormatModelName(state.spec.model));
  metadata.set_phase(ToProto(progress.phase));
  metadata.set_files_found(Signed(progress.files_found));
  metadata.set_files_done(Signed(progress.files_done));
  metadata.set_bytes_found(Signed(progress.bytes_found));
  metadata.set_bytes_done(Signed(progress.bytes_done));
  metadata.set_documents_committed(Signed(progress.documents_committed));
  metadata.set_chunks_embedded(Signed(progress.chunks_embedded));
  metadata.set_build_done(Signed(progress.build_done));
  metadata.set_build_total(Signed(progress.build_total));
  metadata.set_elapsed_us(state.elapsed_us);
  return metadata;
}

v1::PullModelMetadata ToPullMetadata(const OperationState& state) {
  v1::PullModelMetadata metadata;
  metadata.set_model(FormatModelName(state.spec.model));
  metadata.set_repository(state.spec.repository);
  metadata.set_files_found(Signed(state.progress.files_found));
  metadata.set_files_done(Signed(state.progress.files_done));
  metadata.set_bytes_found(Signed(state.progress.bytes_found));
  metadata.set_bytes_done(Signed(state.progress.bytes_done));
  metadata.set_elapsed_us(state.elapsed_us);
  return metadata;
}

v1::PullModelResponse ToResponse(const OperationState& state, const PulledModel& pulled) {
  v1::PullModelResponse response;
  response.set_model(FormatModelName(state.spec.model));
  response.set_commit(pulled.commit);
  response.set_was_there(pulled.was_there);
  response.set_file_count(pulled.files);
  response.set_bytes(Signed(pulled.bytes));
  response.set_elapsed_us(state.elapsed_us);
  return response;
}

v1::IndexFolderResponse ToResponse(const OperationState& state, const IndexReport& report) {
  v1::IndexFolderResponse response;
  response.set_added_count(Signed(report.added));
  response.set_updated_count(Signed(report.updated));
  response.set_unchanged_count(Signed(report.unchanged));
  response.set_deleted_count(Signed(report.deleted));
  response.set_skipped_count(Signed(report.skipped));
  response.set_chunks_embedded(Signed(report.chunks_embedded));
  response.set_rebuilt(report.rebuilt);
  response.set_moved(report.moved);
  response.set_elapsed_us(state.elapsed_us);
  return response;
}

}  // namespace

google::protobuf::Timestamp ToTimestamp(int64_t us) {
  google::protobuf::Timestamp timestamp;
  int64_t seconds = us / 1'000'000;
  int64_t rest_us = us % 1'000'000;
  if (rest_us < 0) {
    --seconds;
    rest_us += 1'000'000;
  }
  timestamp.set_seconds(std::clamp(seconds, kMinSeconds, kMaxSeconds));
  timestamp.set_nanos(static_cast<int32_t>(rest_us * 1000));
  return timestamp;
}

absl::StatusOr<int64_t> FromTimestamp(std::string_view field,
                                      const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kMinSeconds || timestamp.seconds() > kMaxSeconds ||
      timestamp.nanos() < 0 || timestamp.nanos() > 999'999'999) {
    return FieldError(field, absl::StrCat("expected a time in the years 1 to 9999, found ",
                                          timestamp.seconds(), " s ", timestamp.nanos(), " ns"));
  }
  return timestamp.seconds() * 1'000'000 + timestamp.nanos() / 1000;
}

void ToProto(const CollectionLedger& ledger, v1::Collection* out) {
  out->set_name(FormatCollectionName(ledger.name));
  *out->mutable_create_time() = ToTimestamp(ledger.create_time_us);
  out->set_model(ledger.model_id);
  for (const std::string& root : ledger.roots) out->add_roots(root);
  out->set_document_count(Signed(ledger.documents));
  out->set_chunk_count(Signed(ledger.chunks));
  ToProto(ledger.settings, out);
}

void ToProto(const CollectionSettings& settings, v1::Collection* out) {
  out->set_max_index_share(settings.max_index_share);
  out->set_hot_share(settings.hot_share);
}

absl::StatusOr<SettingsChange> FromProto(const v1::Collection& collection,
                                         const google::protobuf::FieldMask& mask) {
  ABSL_RETURN_IF_ERROR(CheckMask(mask));
  CollectionSettings given;
  std::vector<double CollectionSettings::*> named;
  for (const SettingField& field : kSettingFields) {
    const double value = (collection.*field.get)();
    if (!IsNamed(field, mask, value)) continue;
    given.*field.value = value;
    named.push_back(field.value);
    // The fields before are in range: an error is this one's.
    const absl::Status valid = given.Validate();
    if (!valid.ok()) return AsFieldError(absl::StrCat("collection.", field.path), valid);
  }
  return [given, named](CollectionSettings* settings) {
    for (const auto member : named) settings->*member = given.*member;
  };
}

void ToProto(const CollectionLedger& ledger, v1::CollectionStatus* out) {
  out->set_collection(FormatCollectionName(ledger.name));
  out->set_model(ledger.model_id);
  out->set_remote(ledger.remote);
  out->set_document_count(Signed(ledger.documents));
  out->set_chunk_count(Signed(ledger.chunks));
  out->set_node_count(Signed(ledger.nodes));
  out->set_pending_count(Signed(ledger.pending));
  out->set_dead_count(Signed(ledger.dead));
  out->set_skipped_count(Signed(ledger.skipped));
  out->set_text_bytes(Signed(ledger.text_bytes));
  out->set_graph_bytes(Signed(ledger.graph_bytes));
  out->set_code_bytes(Signed(ledger.code_bytes));
  out->set_codebook_is_shared(ledger.codebook_is_shared);
  out->set_node_bytes(Signed(ledger.node_bytes));
  out->set_hot_bytes(Signed(ledger.hot_bytes));
  out->set_build_shards(static_cast<int32_t>(ledger.build_shards));
  out->set_build_embedding_bytes(Signed(ledger.build_embedding_bytes));
  out->set_build_recomputed_count(Signed(ledger.build_recomputed));
  out->set_hot_row_count(Signed(ledger.hot_rows));
  out->set_granted_index_share(ledger.granted_index_share);
  out->set_granted_hot_share(ledger.settings.hot_share);
  out->set_cache_bytes(Signed(ledger.cache.bytes));
  out->set_recomputed_count(Signed(ledger.asked.recomputed));
  out->set_cache_hit_count(Signed(ledger.asked.from_memory));
  out->set_hot_hit_count(Signed(ledger.asked.from_hot_cache));
  out->set_index_bytes(Signed(ledger.index_bytes));
  out->set_pending_bytes(Signed(ledger.pending_bytes));
  out->set_deferred_count(Signed(ledger.deferred));
  out->set_generation(Signed(ledger.generation));
  const google::rpc::Status health = ToRpcStatus(ledger.health);
  out->set_health_code(health.code());
  out->set_health_message(health.message());
}

void ToProto(const std::string& collection, const DocumentRecord& document, v1::Document* out) {
  out->set_name(FormatDocumentName(collection, document.id));
  out->set_document_id(document.id);
  out->set_title(document.title);
  out->set_media_type(document.media_type);
  out->set_root(document.root);
  out->set_source_bytes(Signed(document.source.size_bytes));
  *out->mutable_modify_time() = ToTimestamp(document.source.mtime_ns / 1000);
  *out->mutable_index_time() = ToTimestamp(document.index_time_us);
  out->set_text_bytes(document.chunks.empty() ? 0 : Signed(document.chunks.back().byte_end));
  out->set_chunk_count(static_cast<int32_t>(document.chunks.size()));
}

void ToProto(const OperationState& state, google::longrunning::Operation* out) {
  out->set_name(FormatOperationName(state.id));
  const bool is_pull = !state.spec.repository.empty();
  if (is_pull) {
    out->mutable_metadata()->PackFrom(ToPullMetadata(state));
  } else {
    out->mutable_metadata()->PackFrom(ToMetadata(state));
  }
  out->set_done(state.done);
  if (!state.done) return;
  if (!state.status.ok()) {
    *out->mutable_error() = ToRpcStatus(state.status);
    return;
  }
  std::visit(
      [&](const auto& result) { out->mutable_response()->PackFrom(ToResponse(state, result)); },
      state.result);
}

}  // namespace seekd
