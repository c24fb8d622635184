// One atomic change of a collection's documents, worked out in memory: which
// references go and come, which chunks are new, die or live again. Reads the
// database as it is; the caller commits batch() with totals().
//
// REQUIRES: the collection's write_mutex, from construction to commit.
#ifndef SEEKD_CORE_STORE_MUTATION_H_
#define SEEKD_CORE_STORE_MUTATION_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/store/database.h"
#include "core/store/keys.h"
#include "core/store/records.h"
#include "core/store/store.h"

namespace seekd {

class Mutation {
 public:
  Mutation(const Database& database, CollectionId collection, const CollectionTotals& totals)
      : database_(database),
        collection_(collection),
        totals_(totals),
        first_new_chunk_(totals.next_chunk) {}

  // Writes the records of the chunks of `writes` that the collection does not
  // hold, and learns the ids of the others. INVALID_ARGUMENT for a new chunk
  // with neither `dim` components nor none, or with another digest than its own.
  absl::Status AddChunks(std::span<DocumentWrite> writes, uint32_t dim);
  // `old`: the record it replaces, or null. REQUIRES: AddChunks of it.
  void PutDocument(const DocumentWrite& write, const DocumentRecord* old);
  void DeleteDocument(const DocumentRecord& old);
  // Settles references and tombstones; nothing may be added afterwards.
  absl::StatusOr<ChunkChanges> Finish();

  rocksdb::WriteBatch* batch() { return &batch_; }
  const CollectionTotals& totals() const { return totals_; }

 private:
  absl::Status FindKnownChunks(std::span<const DocumentWrite> writes);
  absl::Status AddChunk(ChunkWrite& chunk, uint32_t dim);
  void DropReferences(const DocumentRecord& old);
  void WriteReferences();
  absl::Status FindDied();
  absl::Status FindRevived();
  absl::StatusOr<bool> HasKeptReference(ChunkId chunk, Database::Cursor* references) const;
  void Put(Table table, const std::string& key, const std::string& value) {
    batch_.Put(database_.handle(table), key, value);
  }
  void Delete(Table table, const std::string& key) { batch_.Delete(database_.handle(table), key); }

  const Database& database_;
  const CollectionId collection_;
  CollectionTotals totals_;
  const ChunkId first_new_chunk_;
  absl::flat_hash_map<Digest, ChunkId> chunk_ids_;
  std::vector<Reference> removed_;  // sorted by Finish
  std::vector<Reference> added_;
  ChunkChanges changes_;
  rocksdb::WriteBatch batch_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_STORE_MUTATION_H_
