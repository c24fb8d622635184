#include "embedding_service/train/sample_chunks.h"

#include <iterator>
#include <map>
#include <utility>

#include "core/base/digest.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/collection/folder_scan.h"
#include "core/collection/options.h"
#include "core/storage/atomic_file.h"
#include "core/text/chunker.h"
#include "core/text/document_reader.h"

namespace seekd::train {
namespace {

// The `count` inputs with the smallest digests of all that were offered.
class SmallestDigests {
 public:
  void Offer(std::string input, size_t count) {
    const Digest digest = ComputeDigest(input);
    if (held_.size() == count && (count == 0 || held_.rbegin()->first < digest)) return;
    held_.emplace(digest, std::move(input));
    if (held_.size() > count) held_.erase(std::prev(held_.end()));
  }
  std::map<Digest, std::string> Take() { return std::move(held_); }

 private:
  std::map<Digest, std::string> held_;
};

void OfferFile(const std::string& path, size_t count, const Tokenizer& tokenizer,
               const std::string& passage_prefix, SmallestDigests* smallest) {
  const CollectionOptions options;
  const absl::StatusOr<std::string> bytes = ReadWholeFile(path, options.max_file_bytes);
  if (!bytes.ok()) return;
  const absl::StatusOr<TextDocument> document = ReadDocument(path, *bytes, "", options.reading);
  if (!document.ok()) return;
  for (const ChunkSpan& span : ChunkDocument(*document, tokenizer, options.chunking)) {
    const auto text = document->text.substr(span.byte_begin, span.byte_end - span.byte_begin);
    smallest->Offer(EmbeddingInput(passage_prefix, span.context, text), count);
  }
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SampleChunks(const std::string& folder, size_t count,
                                                      const Tokenizer& tokenizer,
                                                      const std::string& passage_prefix) {
  ABSL_ASSIGN_OR_RETURN(const FolderListing listing, ScanFolder(folder, {}, nullptr));
  std::vector<SmallestDigests> by_worker(ThreadCount(0));
  const auto offer = [&](uint32_t worker, uint64_t file, uint64_t) {
    OfferFile(listing.files[file].path, count, tokenizer, passage_prefix, &by_worker[worker]);
  };
  ABSL_RETURN_IF_ERROR(ParallelFor(listing.files.size(), {.threads = 0, .grain = 1}, offer));
  SmallestDigests all;
  for (SmallestDigests& some : by_worker) {
    for (auto& [digest, input] : some.Take()) all.Offer(std::move(input), count);
  }
  std::vector<std::string> inputs;
  for (auto& [digest, input] : all.Take()) inputs.push_back(std::move(input));
  return inputs;
}

}  // namespace seekd::train
