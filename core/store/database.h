// RocksDB as the store uses it: column families by name, errors as absl::Status,
// scans of key prefixes, reads of many keys at once. The only unit, with
// database_options.cc, that knows how RocksDB is set up.
//
// Thread safety: any thread may call any member.
#ifndef SEEKD_CORE_STORE_DATABASE_H_
#define SEEKD_CORE_STORE_DATABASE_H_

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/store/store.h"

namespace seekd {

// One column family each.
enum class Table : size_t {
  kMeta,       // version, collection records and totals (RocksDB's "default")
  kDocuments,  // document id -> record
  kOrdinals,   // document ordinal -> document id
  kChunks,     // chunk id -> context and text
  kDigests,    // digest -> chunk id
  kRefs,       // chunk id, document ordinal, position -> nothing
  kPending,    // chunk id -> fp16 embedding
  kDead,       // chunk id -> nothing
  kSkipped,    // path -> root and reason
};
inline constexpr std::array<std::string_view, 9> kTableNames = {
    "default", "documents", "ordinals", "chunks", "digests", "refs", "pending", "dead", "skipped"};

inline rocksdb::Slice ToSlice(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view FromSlice(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

// DATA_LOSS for corruption, RESOURCE_EXHAUSTED for a full disk, UNAVAILABLE for
// other I/O errors; with `where` in front of RocksDB's message.
absl::Status FromRocks(const rocksdb::Status& status, std::string_view where);

// Where reads see the state of one moment; released when destroyed.
using Snapshot = std::shared_ptr<const rocksdb::Snapshot>;

class Database {
 public:
  using Visitor = std::function<absl::StatusOr<bool>(std::string_view key, std::string_view value)>;

  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& dir,
                                                        const StoreOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& dir() const { return dir_; }
  rocksdb::ColumnFamilyHandle* handle(Table table) const {
    return handles_[static_cast<size_t>(table)];
  }
  Snapshot TakeSnapshot() const;

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const;
  // Answer i belongs to keys[i]. REQUIRES: `keys` ascending.
  absl::StatusOr<std::vector<std::optional<std::string>>> GetSorted(
      Table table, std::span<const std::string> keys, const Snapshot& snapshot = nullptr) const;
  // Visits the pairs whose key starts with `prefix` and is >= `from`, ascending,
  // until `visit` returns false or an error.
  absl::Status Scan(Table table, std::string_view prefix, std::string_view from,
                    const Visitor& visit, const Snapshot& snapshot = nullptr) const;
  class Cursor;
  Cursor OpenCursor(Table table, std::string_view prefix, const Snapshot& snapshot = nullptr) const;

  absl::Status Write(rocksdb::WriteBatch* batch, bool sync) const;
  absl::Status Sync() const;
  absl::Status Compact() const;

 private:
  Database(std::string dir, std::unique_ptr<rocksdb::DB> db,
           std::vector<rocksdb::ColumnFamilyHandle*> handles);

  const std::string dir_;
  const std::unique_ptr<rocksdb::DB> db_;
  const std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // by Table
};

// Walks one key prefix by hand, for merge joins.
class Database::Cursor {
 public:
  bool Valid() const { return iterator_->Valid(); }
  void Seek(std::string_view key) { iterator_->Seek(ToSlice(key)); }
  void Next() { iterator_->Next(); }
  std::string_view key() const { return FromSlice(iterator_->key()); }
  std::string_view value() const { return FromSlice(iterator_->value()); }
  // Why Valid() is false: OK at the end of the prefix.
  absl::Status status() const;

 private:
  friend class Database;
  Cursor(const Database* database, Table table, std::string_view prefix, Snapshot snapshot);

  // On the heap: the iterator keeps pointers to the slice of the bound.
  struct Bound {
    std::string key;
    rocksdb::Slice slice;
  };
  const Database* database_;
  Snapshot snapshot_;
  std::unique_ptr<Bound> upper_bound_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_STORE_DATABASE_H_
