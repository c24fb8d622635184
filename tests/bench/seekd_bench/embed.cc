// seekd-bench embed: all embeddings of a collection, once, into files.
#include <fstream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/json_lines.h"
#include "core/base/status_macros.h"
#include "core/collection/rebuild.h"
#include "core/collection/run_sync.h"
#include "embedding_service/embedding_service.h"
#include "embedding_service/model_location.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/vector_files.h"

namespace seekd::bench {
namespace {

absl::StatusOr<CollectionId> FindCollection(const Store& store, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<CollectionRecord> records, store.ListCollections());
  for (const CollectionRecord& record : records) {
    if (record.name == name) return record.id;
  }
  return absl::NotFoundError(absl::StrCat("no collection \"", name, "\""));
}

absl::StatusOr<VectorSet> EmbedQueries(const std::string& path, EmbeddingService* service) {
  std::ifstream file(path);
  std::vector<std::vector<TokenId>> inputs;
  for (const std::string& text : client::ReadQueryTexts(file)) {
    inputs.push_back(service->tokenizer().Tokenize(text));
  }
  ABSL_ASSIGN_OR_RETURN(EmbeddingRows rows,
                        RunSync(service->encoder().Encode(std::move(inputs), EncodeOptions{})));
  return VectorSet{rows.dim, std::move(rows.values)};
}

}  // namespace

absl::Status Embed(const EmbedOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const std::string model_dir, FindModelDir(options.model_dir));
  ABSL_ASSIGN_OR_RETURN(const auto service, EmbeddingService::Start(model_dir, {}));
  ABSL_ASSIGN_OR_RETURN(const auto store, Store::Open(options.data_dir + "/store", {}));
  ABSL_ASSIGN_OR_RETURN(const CollectionId id, FindCollection(*store, options.collection));
  ABSL_ASSIGN_OR_RETURN(const auto collection, store->OpenCollection(id));
  ABSL_ASSIGN_OR_RETURN(const std::vector<ChunkId> chunks, collection->LiveChunks());
  const auto source = service->OpenSource(*collection);
  Embeddings embeddings;
  const PendingSet none(service->model().dim);
  const ChunkRows rows(chunks, none, source.get(), nullptr);
  std::vector<uint32_t> all(rows.size());
  std::iota(all.begin(), all.end(), 0U);
  ABSL_ASSIGN_OR_RETURN(embeddings.base, ReadRows(rows, all, {}));
  ABSL_ASSIGN_OR_RETURN(embeddings.queries, EmbedQueries(options.queries, service.get()));
  ABSL_ASSIGN_OR_RETURN(embeddings.pseudo, MakePseudoQueries(chunks, options.pseudo_queries,
                                                             *collection, service.get(), nullptr));
  return WriteEmbeddings(options.out, embeddings);
}

}  // namespace seekd::bench
