// How each column family of the store is set up, and why.
#ifndef SEEKD_CORE_STORE_DATABASE_OPTIONS_H_
#define SEEKD_CORE_STORE_DATABASE_OPTIONS_H_

#include <rocksdb/db.h>

#include <vector>

#include "core/store/store.h"

namespace seekd {

rocksdb::DBOptions MakeDatabaseOptions(const StoreOptions& options);
// One per Table, in its order; all share one block cache.
std::vector<rocksdb::ColumnFamilyDescriptor> MakeColumnFamilies(const StoreOptions& options);

}  // namespace seekd

#endif  // SEEKD_CORE_STORE_DATABASE_OPTIONS_H_
