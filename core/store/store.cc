#include "core/store/store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "core/store/collection_state.h"
#include "core/store/database.h"
#include "core/store/keys.h"
#include "core/store/records.h"

namespace seekd {
namespace {

constexpr uint64_t kFormatVersion = 1;

std::string VarintValue(uint64_t value) {
  std::string out;
  AppendVarint(value, &out);
  return out;
}

// `otherwise` where the key is missing.
absl::StatusOr<uint64_t> GetVarint(const Database& database, std::string_view key,
                                   uint64_t otherwise) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<std::string> value, database.Get(Table::kMeta, key));
  // No written value is empty.
  const std::string bytes = value.value_or("");
  if (bytes.empty()) return otherwise;
  ByteReader in(bytes);
  uint64_t number = 0;
  if (in.ReadVarint(&number) && in.empty()) return number;
  return absl::DataLossError(absl::StrCat(database.dir(), ": malformed value of the key \"",
                                          absl::string_view(key.data(), key.size()), "\""));
}

absl::Status CheckFormatVersion(const Database& database) {
  ABSL_ASSIGN_OR_RETURN(const uint64_t version, GetVarint(database, kFormatVersionKey, 0));
  if (version == kFormatVersion) return absl::OkStatus();
  if (version != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(database.dir(), ": expected store format version ", kFormatVersion, ", found ",
                     version, ", which this program does not know"));
  }
  rocksdb::WriteBatch batch;
  batch.Put(database.handle(Table::kMeta), ToSlice(kFormatVersionKey), VarintValue(kFormatVersion));
  return database.Write(&batch, /*sync=*/true);
}

absl::Status NoCollection(CollectionId id) {
  return absl::NotFoundError(absl::StrCat("there is no collection number ", id.value));
}

absl::Status DeleteKeysOf(const Database& database, CollectionId id, rocksdb::WriteBatch* batch) {
  batch->Delete(database.handle(Table::kMeta), CollectionRecordKey(id));
  batch->Delete(database.handle(Table::kMeta), CollectionTotalsKey(id));
  batch->Delete(database.handle(Table::kMeta), CollectionVisitsKey(id));
  const std::string begin = CollectionPrefix(id);
  const std::string end = PrefixEnd(begin);
  for (size_t i = 1; i < kTableNames.size(); ++i) {
    const rocksdb::Status status =
        batch->DeleteRange(database.handle(static_cast<Table>(i)), begin, end);
    ABSL_RETURN_IF_ERROR(FromRocks(status, database.dir()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Commit(const Database& database, CollectionId collection,
                    const CollectionTotals& totals, bool sync, rocksdb::WriteBatch* batch,
                    CollectionState* state) {
  batch->Put(database.handle(Table::kMeta), CollectionTotalsKey(collection), EncodeTotals(totals));
  ABSL_RETURN_IF_ERROR(database.Write(batch, sync));
  state->SetTotals(totals);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& dir,
                                                   const StoreOptions& options) {
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(dir));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(dir, options));
  ABSL_RETURN_IF_ERROR(CheckFormatVersion(*database));
  return std::unique_ptr<Store>(new Store(std::move(database)));
}

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::~Store() = default;

absl::StatusOr<std::vector<CollectionRecord>> Store::ListCollections() const {
  std::vector<CollectionRecord> records;
  const absl::Status scanned = database_->Scan(
      Table::kMeta, kCollectionRecordPrefix, "",
      [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
        CollectionId id;
        if (!ParseCollectionRecordKey(key, &id)) {
          return absl::DataLossError(database_->dir() + ": malformed key of a collection");
        }
        ABSL_ASSIGN_OR_RETURN(CollectionRecord record, DecodeCollection(id, value));
        records.push_back(std::move(record));
        return true;
      });
  ABSL_RETURN_IF_ERROR(scanned);
  return records;
}

absl::StatusOr<CollectionRecord> Store::CreateCollection(CollectionRecord record) {
  std::lock_guard lock(mutex_);
  ABSL_ASSIGN_OR_RETURN(const std::vector<CollectionRecord> all, ListCollections());
  for (const CollectionRecord& other : all) {
    if (other.name == record.name && other.role == record.role) {
      return absl::AlreadyExistsError(
          absl::StrCat("there is a collection named \"", record.name, "\" already"));
    }
  }
  ABSL_ASSIGN_OR_RETURN(const uint64_t next, GetVarint(*database_, kNextCollectionKey, 1));
  record.id = CollectionId(static_cast<uint32_t>(next));
  rocksdb::WriteBatch batch;
  rocksdb::ColumnFamilyHandle* const meta = database_->handle(Table::kMeta);
  batch.Put(meta, ToSlice(kNextCollectionKey), VarintValue(next + 1));
  batch.Put(meta, CollectionRecordKey(record.id), EncodeCollection(record));
  batch.Put(meta, CollectionTotalsKey(record.id), EncodeTotals({}));
  ABSL_RETURN_IF_ERROR(database_->Write(&batch, /*sync=*/true));
  return record;
}

absl::Status Store::UpdateCollections(std::span<const CollectionRecord> records) {
  std::lock_guard lock(mutex_);
  rocksdb::WriteBatch batch;
  for (const CollectionRecord& record : records) {
    ABSL_RETURN_IF_ERROR(StateOf(record.id).status());
    batch.Put(database_->handle(Table::kMeta), CollectionRecordKey(record.id),
              EncodeCollection(record));
  }
  ABSL_RETURN_IF_ERROR(database_->Write(&batch, /*sync=*/true));
  for (const CollectionRecord& record : records) {
    const std::shared_ptr<CollectionState>& state = states_.at(record.id);
    std::lock_guard state_lock(state->mutex);
    state->dim = record.dim;
  }
  return absl::OkStatus();
}

absl::Status Store::DeleteCollection(CollectionId id) {
  std::lock_guard lock(mutex_);
  ABSL_ASSIGN_OR_RETURN(const std::shared_ptr<CollectionState> state, StateOf(id));
  std::lock_guard write_lock(state->write_mutex);
  rocksdb::WriteBatch batch;
  ABSL_RETURN_IF_ERROR(DeleteKeysOf(*database_, id, &batch));
  ABSL_RETURN_IF_ERROR(database_->Write(&batch, /*sync=*/true));
  state->deleted = true;
  state->SetTotals({});
  states_.erase(id);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<CollectionStore>> Store::OpenCollection(CollectionId id) {
  std::lock_guard lock(mutex_);
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<CollectionState> state, StateOf(id));
  return std::unique_ptr<CollectionStore>(
      new CollectionStore(id, database_.get(), std::move(state)));
}

absl::StatusOr<std::shared_ptr<CollectionState>> Store::StateOf(CollectionId id) {
  if (const auto found = states_.find(id); found != states_.end()) return found->second;
  ABSL_ASSIGN_OR_RETURN(const std::optional<std::string> record,
                        database_->Get(Table::kMeta, CollectionRecordKey(id)));
  if (!record.has_value()) return NoCollection(id);
  ABSL_ASSIGN_OR_RETURN(const CollectionRecord decoded, DecodeCollection(id, *record));
  ABSL_ASSIGN_OR_RETURN(const std::optional<std::string> totals,
                        database_->Get(Table::kMeta, CollectionTotalsKey(id)));
  auto state = std::make_shared<CollectionState>();
  state->dim = decoded.dim;
  // A missing value decodes as an empty one: DATA_LOSS.
  ABSL_ASSIGN_OR_RETURN(state->totals, DecodeTotals(totals.value_or("")));
  states_[id] = state;
  return state;
}

absl::Status Store::Sync() { return database_->Sync(); }
absl::Status Store::Compact() { return database_->Compact(); }
absl::StatusOr<uint64_t> Store::StoreBytes() const { return TreeBytes(database_->dir()); }

}  // namespace seekd
