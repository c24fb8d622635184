#include "core/store/keys.h"

#include <concepts>

namespace seekd {
namespace {

constexpr size_t kPrefixBytes = 4;

template <std::unsigned_integral T>
void AppendBigEndian(T value, std::string* out) {
  for (size_t i = sizeof(T); i-- > 0;) out->push_back(static_cast<char>(value >> (8 * i)));
}

template <std::unsigned_integral T>
T TakeBigEndian(std::string_view* from) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value << 8 | static_cast<uint8_t>((*from)[i]));
  }
  from->remove_prefix(sizeof(T));
  return value;
}

}  // namespace

std::string CollectionPrefix(CollectionId collection) {
  std::string key;
  AppendBigEndian(collection.value, &key);
  return key;
}

std::string CollectionRecordKey(CollectionId collection) {
  return std::string(kCollectionRecordPrefix) + CollectionPrefix(collection);
}

bool ParseCollectionRecordKey(std::string_view key, CollectionId* collection) {
  if (key.size() != kCollectionRecordPrefix.size() + kPrefixBytes) return false;
  key.remove_prefix(kCollectionRecordPrefix.size());
  *collection = CollectionId(TakeBigEndian<uint32_t>(&key));
  return true;
}

std::string CollectionTotalsKey(CollectionId collection) {
  return "totals/" + CollectionPrefix(collection);
}

std::string CollectionVisitsKey(CollectionId collection) {
  return "visits/" + CollectionPrefix(collection);
}

std::string StringKey(CollectionId collection, std::string_view id) {
  std::string key = CollectionPrefix(collection);
  key.append(id);
  return key;
}

std::string ChunkKey(CollectionId collection, ChunkId chunk) {
  std::string key = CollectionPrefix(collection);
  AppendBigEndian(chunk.value, &key);
  return key;
}

std::string OrdinalKey(CollectionId collection, DocumentOrdinal ordinal) {
  std::string key = CollectionPrefix(collection);
  AppendBigEndian(ordinal.value, &key);
  return key;
}

std::string ReferenceKey(CollectionId collection, const Reference& reference) {
  std::string key = ChunkKey(collection, reference.chunk);
  AppendBigEndian(reference.document.value, &key);
  AppendBigEndian(reference.position, &key);
  return key;
}

std::string_view KeySuffix(std::string_view key) { return key.substr(kPrefixBytes); }

bool ParseChunkKey(std::string_view key, ChunkId* chunk) {
  if (key.size() != kPrefixBytes + 8) return false;
  key.remove_prefix(kPrefixBytes);
  *chunk = ChunkId(TakeBigEndian<uint64_t>(&key));
  return true;
}

bool ParseReferenceKey(std::string_view key, Reference* reference) {
  if (key.size() != kPrefixBytes + 20) return false;
  key.remove_prefix(kPrefixBytes);
  reference->chunk = ChunkId(TakeBigEndian<uint64_t>(&key));
  reference->document = DocumentOrdinal(TakeBigEndian<uint64_t>(&key));
  reference->position = TakeBigEndian<uint32_t>(&key);
  return true;
}

std::string PrefixEnd(std::string prefix) {
  while (!prefix.empty()) {
    if (static_cast<uint8_t>(prefix.back()) != 0xff) {
      ++prefix.back();
      return prefix;
    }
    prefix.pop_back();
  }
  return prefix;
}

}  // namespace seekd
