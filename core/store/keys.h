// Keys of the store's column families; docs/formats/store.md lists them. Every
// key of a collection starts with its id, and integers are big-endian, so that
// byte order is numeric order and one key range is one collection.
#ifndef SEEKD_CORE_STORE_KEYS_H_
#define SEEKD_CORE_STORE_KEYS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/ids.h"

namespace seekd {

// One reference of a document to a chunk.
struct Reference {
  ChunkId chunk;
  DocumentOrdinal document;
  uint32_t position = 0;  // index in the document's chunks
  auto operator<=>(const Reference&) const = default;
};

inline constexpr std::string_view kFormatVersionKey = "version";
inline constexpr std::string_view kNextCollectionKey = "next collection";
inline constexpr std::string_view kCollectionRecordPrefix = "record/";
std::string CollectionRecordKey(CollectionId collection);
// False where the key has another size.
bool ParseCollectionRecordKey(std::string_view key, CollectionId* collection);
std::string CollectionTotalsKey(CollectionId collection);
std::string CollectionVisitsKey(CollectionId collection);

// The prefix of all keys of `collection`.
std::string CollectionPrefix(CollectionId collection);
// Documents and skipped files: prefix, string. Digests: prefix, 16 bytes.
std::string StringKey(CollectionId collection, std::string_view id);
// Chunks, pending, dead and (as the prefix of its references) refs.
std::string ChunkKey(CollectionId collection, ChunkId chunk);
std::string OrdinalKey(CollectionId collection, DocumentOrdinal ordinal);
std::string ReferenceKey(CollectionId collection, const Reference& reference);

// What follows the collection's prefix. REQUIRES: a key made by the above.
std::string_view KeySuffix(std::string_view key);
// Return false where the key has another size.
bool ParseChunkKey(std::string_view key, ChunkId* chunk);
bool ParseReferenceKey(std::string_view key, Reference* reference);

// The smallest key above all that start with `prefix`; "" when there is none.
std::string PrefixEnd(std::string prefix);

}  // namespace seekd

#endif  // SEEKD_CORE_STORE_KEYS_H_
