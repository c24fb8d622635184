// Short ways to make what the store's tests write.
#ifndef SEEKD_TESTS_CORE_STORE_STORE_FIXTURE_H_
#define SEEKD_TESTS_CORE_STORE_STORE_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/store/store.h"
#include "tests/core/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace seekd {

inline constexpr uint32_t kTestDim = 4;

// The embedding is a function of the text.
inline ChunkWrite MakeChunk(std::string_view text, std::string_view context = "title") {
  ChunkWrite chunk;
  chunk.context = context;
  chunk.text = text;
  chunk.digest = ChunkDigest(context, text);
  const uint8_t first = chunk.digest.bytes[0];
  chunk.embedding = {first, uint16_t(first + 256), 0x3c00, 0xffff};
  return chunk;
}

inline DocumentWrite MakeDocument(std::string_view id, const std::vector<std::string>& texts) {
  DocumentWrite write;
  write.document.id = id;
  write.document.title = "title of " + std::string(id);
  write.document.media_type = "text/plain";
  write.document.root = "/root";
  write.document.index_time_us = 1700000000000000;
  uint32_t line = 1;
  for (const std::string& text : texts) {
    write.chunks.push_back(MakeChunk(text));
    write.chunks.back().line_begin = line;
    write.chunks.back().line_end = line + 2;
    line += 3;
    write.document.source.size_bytes += text.size();
  }
  return write;
}

// One collection in a store of its own that can be closed and opened again.
class StoreFixture {
 public:
  StoreFixture() {
    Open();
    CollectionRecord record;
    record.name = "docs";
    record.dim = kTestDim;
    collection_id_ = store_->CreateCollection(record).value().id;
    OpenCollection();
  }

  void Reopen() {
    Close();
    Open();
    OpenCollection();
  }
  void Close() {
    collection_.reset();
    store_.reset();
  }
  void Open() { store_ = Store::Open(dir(), SmallOptions()).value(); }
  void OpenCollection() { collection_ = store_->OpenCollection(collection_id_).value(); }
  static StoreOptions SmallOptions() {
    return {.block_cache_bytes = 1 << 20, .write_buffer_bytes = 1 << 20};
  }

  ChunkChanges Put(const std::vector<DocumentWrite>& writes) {
    absl::StatusOr<ChunkChanges> changes = collection_->PutDocuments(writes, /*sync=*/false);
    CATCH_REQUIRE(changes.ok());
    return *std::move(changes);
  }
  ChunkChanges Delete(const std::vector<std::string>& ids) {
    absl::StatusOr<ChunkChanges> changes = collection_->DeleteDocuments(ids, /*sync=*/false);
    CATCH_REQUIRE(changes.ok());
    return *std::move(changes);
  }
  CollectionCounts Counts() const { return collection_->Counts().value(); }

  std::string dir() const { return folder_.File("store"); }
  std::string File(std::string_view name) const { return folder_.File(name); }
  Store& store() { return *store_; }
  CollectionStore& collection() { return *collection_; }
  CollectionId collection_id() const { return collection_id_; }

 private:
  TempFolder folder_;
  std::unique_ptr<Store> store_;
  CollectionId collection_id_;
  std::unique_ptr<CollectionStore> collection_;
};

}  // namespace seekd

#endif  // SEEKD_TESTS_CORE_STORE_STORE_FIXTURE_H_
