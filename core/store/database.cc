#include "core/store/database.h"

#include <rocksdb/options.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/store/database_options.h"
#include "core/store/keys.h"

namespace seekd {
namespace {

// Values of one MultiGet call are held at once, with their blocks.
constexpr size_t kKeysPerRead = 256;

// RocksDB takes a folder without CURRENT for a new database and would delete what
// it finds in it. A crash during the very first start leaves neither a table nor
// a log, so that either one means a lost CURRENT.
absl::Status CheckCurrentExists(const std::string& dir) {
  std::error_code error;
  if (std::filesystem::exists(dir + "/CURRENT", error)) return absl::OkStatus();
  for (std::filesystem::directory_iterator it(dir, error), end; !error && it != end;
       it.increment(error)) {
    const std::string extension = it->path().extension().string();
    if (extension == ".sst" || extension == ".log") {
      return absl::DataLossError(absl::StrCat(dir, ": expected a file CURRENT beside ",
                                              it->path().filename().string(), ", found none"));
    }
  }
  return absl::OkStatus();
}

// At open, a file that RocksDB's own files name but that is gone is corruption,
// and a column family that we do not know is a newer format.
absl::Status OpenError(const rocksdb::Status& status, const std::string& dir) {
  const std::string message = absl::StrCat(dir, ": cannot open the store: ", status.ToString());
  if (status.IsInvalidArgument()) return absl::FailedPreconditionError(message);
  if (status.IsPathNotFound() || status.IsNotFound()) return absl::DataLossError(message);
  return FromRocks(status, absl::StrCat(dir, ": cannot open the store"));
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& status, std::string_view where) {
  if (status.ok()) return absl::OkStatus();
  const std::string message =
      absl::StrCat(absl::string_view(where.data(), where.size()), ": ", status.ToString());
  if (status.IsCorruption() || status.IsPathNotFound()) return absl::DataLossError(message);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  if (status.IsIOError() || status.IsBusy() || status.IsTimedOut() || status.IsTryAgain() ||
      status.IsShutdownInProgress()) {
    return absl::UnavailableError(message);
  }
  return absl::InternalError(message);
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& dir,
                                                         const StoreOptions& options) {
  ABSL_RETURN_IF_ERROR(CheckCurrentExists(dir));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(MakeDatabaseOptions(options), dir,
                                                   MakeColumnFamilies(options), &handles, &db);
  if (!status.ok()) return OpenError(status, dir);
  return std::unique_ptr<Database>(
      new Database(dir, std::unique_ptr<rocksdb::DB>(db), std::move(handles)));
}

Database::Database(std::string dir, std::unique_ptr<rocksdb::DB> db,
                   std::vector<rocksdb::ColumnFamilyHandle*> handles)
    : dir_(std::move(dir)), db_(std::move(db)), handles_(std::move(handles)) {}

Database::~Database() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
}

Snapshot Database::TakeSnapshot() const {
  return Snapshot(db_->GetSnapshot(),
                  [db = db_.get()](const rocksdb::Snapshot* s) { db->ReleaseSnapshot(s); });
}

absl::StatusOr<std::optional<std::string>> Database::Get(Table table, std::string_view key) const {
  std::string value;
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), handle(table), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  ABSL_RETURN_IF_ERROR(FromRocks(status, dir_));
  return std::optional<std::string>(std::move(value));
}

absl::StatusOr<std::vector<std::optional<std::string>>> Database::GetSorted(
    Table table, std::span<const std::string> keys, const Snapshot& snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot.get();
  std::vector<std::optional<std::string>> answers;
  answers.reserve(keys.size());
  for (size_t begin = 0; begin < keys.size(); begin += kKeysPerRead) {
    const size_t count = std::min(kKeysPerRead, keys.size() - begin);
    const std::vector<rocksdb::Slice> slices(keys.begin() + begin, keys.begin() + begin + count);
    std::vector<rocksdb::PinnableSlice> values(count);
    std::vector<rocksdb::Status> statuses(count);
    db_->MultiGet(options, handle(table), count, slices.data(), values.data(), statuses.data(),
                  /*sorted_input=*/true);
    for (size_t i = 0; i < count; ++i) {
      std::optional<std::string>& answer = answers.emplace_back();
      if (statuses[i].IsNotFound()) continue;
      ABSL_RETURN_IF_ERROR(FromRocks(statuses[i], dir_));
      answer.emplace(values[i].data(), values[i].size());
    }
  }
  return answers;
}

absl::Status Database::Scan(Table table, std::string_view prefix, std::string_view from,
                            const Visitor& visit, const Snapshot& snapshot) const {
  Cursor cursor = OpenCursor(table, prefix, snapshot);
  for (cursor.Seek(std::max(prefix, from)); cursor.Valid(); cursor.Next()) {
    ABSL_ASSIGN_OR_RETURN(const bool go_on, visit(cursor.key(), cursor.value()));
    if (!go_on) return absl::OkStatus();
  }
  return cursor.status();
}

Database::Cursor Database::OpenCursor(Table table, std::string_view prefix,
                                      const Snapshot& snapshot) const {
  return Cursor(this, table, prefix, snapshot);
}

Database::Cursor::Cursor(const Database* database, Table table, std::string_view prefix,
                         Snapshot snapshot)
    : database_(database), snapshot_(std::move(snapshot)), upper_bound_(std::make_unique<Bound>()) {
  upper_bound_->key = PrefixEnd(std::string(prefix));
  upper_bound_->slice = upper_bound_->key;
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_.get();
  options.fill_cache = false;  // walks of whole tables must not push out what queries read
  if (!upper_bound_->key.empty()) options.iterate_upper_bound = &upper_bound_->slice;
  iterator_.reset(database_->db_->NewIterator(options, database_->handle(table)));
}

absl::Status Database::Cursor::status() const {
  return FromRocks(iterator_->status(), database_->dir_);
}

absl::Status Database::Write(rocksdb::WriteBatch* batch, bool sync) const {
  rocksdb::WriteOptions options;
  options.sync = sync;
  return FromRocks(db_->Write(options, batch), dir_);
}

absl::Status Database::Sync() const { return FromRocks(db_->FlushWAL(/*sync=*/true), dir_); }

absl::Status Database::Compact() const {
  // Flushed first, so that the write-ahead log can go as well.
  ABSL_RETURN_IF_ERROR(FromRocks(db_->Flush(rocksdb::FlushOptions(), handles_), dir_));
  for (rocksdb::ColumnFamilyHandle* const handle : handles_) {
    const rocksdb::Status status =
        db_->CompactRange(rocksdb::CompactRangeOptions(), handle, nullptr, nullptr);
    ABSL_RETURN_IF_ERROR(FromRocks(status, dir_));
  }
  return absl::OkStatus();
}

}  // namespace seekd
