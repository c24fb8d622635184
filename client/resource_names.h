// Resource names of the API (proto/seekd/v1) from and to what a person types.
#ifndef SEEKD_CLIENT_RESOURCE_NAMES_H_
#define SEEKD_CLIENT_RESOURCE_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace seekd::client {

// "collections/notes"
std::string CollectionName(std::string_view collection_id);
// "collections/notes/documents//home/ada/todo.md"
std::string DocumentName(std::string_view collection_id, std::string_view document_id);
// "collections/notes/chunks/17"
std::string ChunkName(std::string_view collection_id, int64_t chunk_id);

// "models/all-MiniLM-L6-v2"
std::string ModelName(std::string_view model_id);

// "notes" of "collections/notes", and of the names below it; the input itself
// when it is no such name.
std::string CollectionIdOf(std::string_view name);
// "all-MiniLM-L6-v2" of "models/all-MiniLM-L6-v2"; the input itself when it is no such name.
std::string ModelIdOf(std::string_view name);
// 17 of "collections/notes/chunks/17"; 0 when it is no such name.
int64_t ChunkIdOf(std::string_view chunk_name);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_RESOURCE_NAMES_H_
