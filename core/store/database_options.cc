#include "core/store/database_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <memory>
#include <string>

#include "core/store/database.h"

namespace seekd {
namespace {

using rocksdb::BlockBasedTableOptions;
using rocksdb::ColumnFamilyOptions;

// Fresh data is compressed fast, and by another algorithm than settled data:
// RocksDB then rewrites (instead of moving) it on its way down.
rocksdb::CompressionType FreshCompression() {
  const std::vector<rocksdb::CompressionType> known = rocksdb::GetSupportedCompressions();
  const bool has_lz4 =
      std::find(known.begin(), known.end(), rocksdb::kLZ4Compression) != known.end();
  return has_lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

void CompressWithZstd(ColumnFamilyOptions* family) {
  family->compression = FreshCompression();
  family->bottommost_compression = rocksdb::kZSTD;
  family->bottommost_compression_opts.enabled = true;
  family->bottommost_compression_opts.level = 3;
}

// A dictionary per file makes up for blocks small enough to be read one at a
// time: a query fetches its candidates' texts from as many blocks.
void AddDictionary(ColumnFamilyOptions* family) {
  rocksdb::CompressionOptions& compression = family->bottommost_compression_opts;
  compression.max_dict_bytes = 64 << 10;
  compression.zstd_max_train_bytes = 4 << 20;
  compression.max_dict_buffer_bytes = 16 << 20;
}

BlockBasedTableOptions TableOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  BlockBasedTableOptions table;
  table.block_cache = cache;
  // Larger blocks compress better (16 KiB: 27 % instead of 31 % of documentation
  // text) but a candidate's text costs one block, decompressed.
  table.block_size = 8 << 10;
  table.format_version = 5;
  // All memory that grows with the data counts against the one budget.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  return table;
}

ColumnFamilyOptions BaseFamily(const StoreOptions& options) {
  ColumnFamilyOptions family;
  family.write_buffer_size = options.write_buffer_bytes;
  family.arena_block_size = 256 << 10;
  family.target_file_size_base = 32 << 20;
  family.level_compaction_dynamic_level_bytes = true;
  return family;
}

ColumnFamilyOptions MakeFamily(Table which, const StoreOptions& options,
                               const std::shared_ptr<rocksdb::Cache>& cache) {
  ColumnFamilyOptions family = BaseFamily(options);
  bool looked_up_in_vain = false;
  switch (which) {
    case Table::kChunks:
      CompressWithZstd(&family);
      AddDictionary(&family);
      break;
    case Table::kDocuments:
      CompressWithZstd(&family);
      AddDictionary(&family);
      looked_up_in_vain = true;
      break;
    case Table::kDigests:
      CompressWithZstd(&family);
      looked_up_in_vain = true;
      break;
    case Table::kPending:
      // fp16 noise does not compress, and lives until the next insert pass only.
      family.compression = rocksdb::kNoCompression;
      break;
    case Table::kMeta:
    case Table::kOrdinals:
    case Table::kRefs:
    case Table::kDead:
    case Table::kSkipped:
      CompressWithZstd(&family);
      break;
  }
  BlockBasedTableOptions table = TableOptions(cache);
  if (looked_up_in_vain) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

}  // namespace

rocksdb::DBOptions MakeDatabaseOptions(const StoreOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  // All memtables of all families together.
  db.db_write_buffer_size = 2 * options.write_buffer_bytes;
  db.max_total_wal_size = 2 * options.write_buffer_bytes;
  db.max_background_jobs = 2;
  db.max_subcompactions = 2;
  db.max_open_files = 256;
  db.bytes_per_sync = 1 << 20;
  db.track_and_verify_wals_in_manifest = true;
  db.max_manifest_file_size = 1 << 20;
  // The store's size is part of the ledger: no chatter in it.
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.keep_log_file_num = 2;
  db.max_log_file_size = 256 << 10;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> MakeColumnFamilies(const StoreOptions& options) {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kTableNames.size(); ++i) {
    families.emplace_back(std::string(kTableNames[i]),
                          MakeFamily(static_cast<Table>(i), options, cache));
  }
  return families;
}

}  // namespace seekd
