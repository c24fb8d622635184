#include "client/json_output.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "client/resource_names.h"

namespace seekd::client {
namespace {

Json HitJson(const v1::Hit& hit) {
  Json json = {{"id", ChunkIdOf(hit.chunk())},
               {"collection", CollectionIdOf(hit.collection())},
               {"document", hit.document_id()},
               {"path", hit.path()},
               {"title", hit.title()},
               {"score", hit.score()},
               {"score_estimated", hit.score_estimated()},
               {"text", hit.text()},
               {"byte_begin", hit.byte_begin()},
               {"byte_end", hit.byte_end()},
               {"line_begin", hit.line_begin()},
               {"line_end", hit.line_end()},
               {"modify_time", TimeJson(hit.modify_time())},
               {"snippet", hit.snippet()},
               {"highlights", Json::array()},
               {"also_in", Json::array()}};
  for (const v1::ByteRange& range : hit.highlights()) {
    json["highlights"].push_back({range.begin(), range.end()});
  }
  for (const std::string& document : hit.also_in()) json["also_in"].push_back(document);
  return json;
}

Json StatsJson(const v1::SearchStats& stats) {
  return {{"recomputed", stats.recomputed()},
          {"cache_hits", stats.cache_hits()},
          {"elapsed_us", stats.elapsed_us()},
          {"stop_reason", stats.stop_reason()},
          {"complete", stats.complete()},
          {"strategy", StrategyName(stats.strategy())},
          {"pending_scanned", stats.pending_scanned()},
          {"code_distances", stats.code_distances()},
          {"expanded_nodes", stats.expanded_nodes()},
          {"rounds", stats.rounds()},
          {"estimated_hits", stats.estimated_hits()},
          {"embed_query_us", stats.embed_query_us()},
          {"filter_us", stats.filter_us()},
          {"plan_us", stats.plan_us()},
          {"fetch_us", stats.fetch_us()},
          {"tokenize_us", stats.tokenize_us()},
          {"queue_us", stats.queue_us()},
          {"encode_us", stats.encode_us()},
          {"resolve_us", stats.resolve_us()}};
}

// Of a collection, or of the model.
template <typename Message>
Json HealthJson(const Message& message) {
  const auto code = static_cast<absl::StatusCode>(message.health_code());
  return {{"code", absl::StatusCodeToString(code)}, {"message", message.health_message()}};
}

// null of an empty collection.
Json ShareJson(int64_t part, int64_t whole) {
  if (whole == 0) return nullptr;
  return static_cast<double>(part) / static_cast<double>(whole);
}

// store_bytes and directory_bytes belong to the whole data directory, which its
// collections share; each line repeats them, so that a script with one
// collection finds every figure in one place.
Json CollectionJson(const v1::CollectionStatus& collection, const v1::GetStatusResponse& whole) {
  return {{"name", CollectionIdOf(collection.collection())},
          {"model", collection.model()},
          {"remote", collection.remote()},
          {"documents", collection.document_count()},
          {"chunks", collection.chunk_count()},
          {"nodes", collection.node_count()},
          {"text_bytes", collection.text_bytes()},
          {"graph_bytes", collection.graph_bytes()},
          {"code_bytes", collection.code_bytes()},
          {"codebook", collection.codebook_is_shared() ? "model" : "own"},
          {"node_bytes", collection.node_bytes()},
          {"hot_bytes", collection.hot_bytes()},
          {"hot_rows", collection.hot_row_count()},
          {"index_bytes", collection.index_bytes()},
          {"granted_index_share", collection.granted_index_share()},
          {"used_index_share",
           ShareJson(collection.index_bytes() - collection.hot_bytes(), collection.text_bytes())},
          {"granted_hot_share", collection.granted_hot_share()},
          {"used_hot_share", ShareJson(collection.hot_bytes(), collection.text_bytes())},
          {"cache_bytes", collection.cache_bytes()},
          {"recomputed", collection.recomputed_count()},
          {"cache_hits", collection.cache_hit_count()},
          {"hot_hits", collection.hot_hit_count()},
          {"store_bytes", whole.store_bytes()},
          {"directory_bytes", whole.directory_bytes()},
          {"skipped", collection.skipped_count()},
          {"pending", collection.pending_count()},
          {"pending_bytes", collection.pending_bytes()},
          {"deferred", collection.deferred_count()},
          {"dead", collection.dead_count()},
          {"generation", collection.generation()},
          {"build_shards", collection.build_shards()},
          {"build_embedding_bytes", collection.build_embedding_bytes()},
          {"build_recomputed", collection.build_recomputed_count()},
          {"health", HealthJson(collection)}};
}

}  // namespace

Json ToJson(const v1::SearchResponse& response) {
  Json json = {{"hits", Json::array()}, {"stats", StatsJson(response.stats())}};
  for (const v1::Hit& hit : response.hits()) json["hits"].push_back(HitJson(hit));
  return json;
}

Json ToJson(const v1::GetStatusResponse& response) {
  Json json = {{"collections", Json::array()},
               {"store_bytes", response.store_bytes()},
               {"directory_bytes", response.directory_bytes()},
               {"data_directory", response.data_directory()},
               {"version", response.version()},
               {"api_version", response.api_version()},
               {"pid", response.pid()},
               {"start_time", TimeJson(response.start_time())},
               {"resident_bytes", response.resident_bytes()},
               {"model",
                {{"id", response.model().id()},
                 {"fingerprint", response.model().fingerprint()},
                 {"dimensions", response.model().dimensions()},
                 {"device", response.model().device()},
                 {"batch_rows", response.model().batch_rows()},
                 {"rows_per_second", response.model().rows_per_second()},
                 {"us_per_row", response.model().us_per_row()},
                 {"remote", response.model().remote()},
                 {"health", HealthJson(response.model())}}}};
  for (const v1::CollectionStatus& collection : response.collections()) {
    json["collections"].push_back(CollectionJson(collection, response));
  }
  return json;
}

Json ToJson(const v1::Collection& collection) {
  Json json = {{"name", CollectionIdOf(collection.name())},
               {"documents", collection.document_count()},
               {"chunks", collection.chunk_count()},
               {"model", collection.model()},
               {"create_time", TimeJson(collection.create_time())},
               {"max_index_share", collection.max_index_share()},
               {"hot_share", collection.hot_share()},
               {"roots", Json::array()}};
  for (const std::string& root : collection.roots()) json["roots"].push_back(root);
  return json;
}

Json ToJson(const v1::Model& model) {
  Json json = {{"name", ModelIdOf(model.name())},
               {"is_default", model.origin() == v1::Model::DEFAULT},
               {"is_added", model.origin() == v1::Model::ADDED},
               {"folder", model.folder()},
               {"family", model.family()},
               {"disk_bytes", model.disk_bytes()},
               {"health", HealthJson(model)},
               {"collections", Json::array()},
               {"fingerprint", model.fingerprint()},
               {"dimensions", model.dimensions()},
               {"device", model.device()},
               {"is_loaded", model.is_loaded()},
               {"weight_bytes", model.weight_bytes()},
               {"repository", model.repository()},
               {"commit", model.commit()},
               {"remote", model.remote()}};
  for (const std::string& name : model.collections()) {
    json["collections"].push_back(CollectionIdOf(name));
  }
  return json;
}

Json ToJson(const v1::Document& document) {
  return {{"document", document.document_id()},
          {"title", document.title()},
          {"media_type", document.media_type()},
          {"root", document.root()},
          {"source_bytes", document.source_bytes()},
          {"text_bytes", document.text_bytes()},
          {"chunks", document.chunk_count()},
          {"modify_time", TimeJson(document.modify_time())},
          {"index_time", TimeJson(document.index_time())}};
}

Json ToJson(const v1::ListSkippedFilesResponse::SkippedFile& file) {
  return {{"path", file.path()}, {"reason", file.reason()}};
}

Json ToJson(const v1::IndexFolderResponse& response) {
  return {
      {"added", response.added_count()},         {"updated", response.updated_count()},
      {"unchanged", response.unchanged_count()}, {"deleted", response.deleted_count()},
      {"skipped", response.skipped_count()},     {"chunks_embedded", response.chunks_embedded()},
      {"rebuilt", response.rebuilt()},           {"elapsed_us", response.elapsed_us()}};
}

Json ToJson(const v1::AddDocumentsResponse& response) {
  Json json = {{"added", response.added_count()},
               {"updated", response.updated_count()},
               {"unchanged", response.unchanged_count()},
               {"chunks_embedded", response.chunks_embedded()},
               {"failures", Json::array()}};
  for (const auto& failure : response.failures()) {
    const auto code = static_cast<absl::StatusCode>(failure.code());
    json["failures"].push_back({{"document", failure.document_id()},
                                {"code", absl::StatusCodeToString(code)},
                                {"message", failure.message()}});
  }
  return json;
}

Json TimeJson(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return nullptr;
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

std::string StrategyName(v1::Strategy strategy) {
  return absl::AsciiStrToLower(v1::Strategy_Name(strategy));
}

}  // namespace seekd::client
