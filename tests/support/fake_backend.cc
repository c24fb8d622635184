#include "tests/support/fake_backend.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/text/chunker.h"

namespace seekd::testing {
namespace {

class FakeRecomputeSource final : public EmbeddingSource {
 public:
  FakeRecomputeSource(const CollectionStore& store, const Tokenizer& tokenizer,
                      FakeEncoder* encoder)
      : store_(store), tokenizer_(tokenizer), encoder_(encoder) {}

  uint32_t dim() const override { return encoder_->dim(); }

  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions options) override {
    auto texts = store_.GetChunks(ids);
    if (!texts.ok()) co_return texts.status();
    std::map<ChunkId, size_t> input_of;
    std::vector<std::vector<TokenId>> inputs;
    for (size_t i = 0; i < ids.size(); ++i) {
      const auto& chunk = (*texts)[i];
      if (!chunk || !input_of.emplace(ids[i], inputs.size()).second) continue;
      inputs.push_back(tokenizer_.Tokenize(EmbeddingInput("", chunk->context, chunk->text)));
    }
    auto encoded = co_await encoder_->Encode(std::move(inputs), options);
    if (!encoded.ok()) co_return encoded.status();
    co_return Scatter(ids, input_of, *encoded);
  }

 private:
  static EmbeddingRows Scatter(const std::vector<ChunkId>& ids,
                               const std::map<ChunkId, size_t>& input_of,
                               const EmbeddingRows& encoded) {
    EmbeddingRows rows;
    rows.dim = encoded.dim;
    rows.recomputed = encoded.recomputed;
    rows.values.assign(ids.size() * encoded.dim, 0.0f);
    for (size_t i = 0; i < ids.size(); ++i) {
      auto it = input_of.find(ids[i]);
      if (it == input_of.end()) {
        rows.missing.resize(ids.size(), 0);
        rows.missing[i] = 1;
        continue;
      }
      std::ranges::copy(encoded.row(it->second), rows.values.begin() + i * encoded.dim);
    }
    return rows;
  }

  const CollectionStore& store_;
  const Tokenizer& tokenizer_;
  FakeEncoder* const encoder_;
};

std::unique_ptr<Tokenizer> LoadDefaultTokenizer() {
  auto tokenizer = Tokenizer::Load(DefaultModelDir());
  if (tokenizer.ok()) return *std::move(tokenizer);
  std::cerr << tokenizer.status() << std::endl;
  std::abort();
}

}  // namespace

std::string DefaultModelDir() {
  const char* root = std::getenv("SEEKD_TEST_SOURCE_DIR");
  return std::string(root != nullptr ? root : SEEKD_SOURCE_DIR) +
         "/embedding_service/models/seek-static-en-256";
}

FakeBackend::FakeBackend(uint32_t dim, uint32_t max_input_tokens)
    : model_{"fake", "fake-fingerprint", dim},
      tokenizer_(LoadDefaultTokenizer()),
      encoder_(dim, max_input_tokens) {}

absl::StatusOr<EmbeddingBackend*> FakeBackend::Find(const std::string& id) {
  if (id == model_.id) return this;
  for (FakeBackend* other : others_) {
    if (other->model_.id == id) return other;
  }
  return absl::NotFoundError("no model \"" + id + "\"");
}

std::unique_ptr<EmbeddingSource> FakeBackend::OpenSource(const CollectionStore& store) {
  return std::make_unique<FakeRecomputeSource>(store, *tokenizer_, &encoder_);
}

}  // namespace seekd::testing
