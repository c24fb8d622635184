#include "core/collection/absent_model.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace seekd {
namespace {

class AbsentSource final : public EmbeddingSource {
 public:
  AbsentSource(uint32_t dim, absl::Status why) : dim_(dim), why_(std::move(why)) {}
  uint32_t dim() const override { return dim_; }
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId>,
                                                       EncodeOptions) override {
    co_return why_;
  }

 private:
  const uint32_t dim_;
  const absl::Status why_;
};

}  // namespace

class AbsentModel::Encoder final : public InputEncoder {
 public:
  Encoder(uint32_t dim, absl::Status why) : dim_(dim), why_(std::move(why)) {}
  uint32_t dim() const override { return dim_; }
  uint32_t max_input_tokens() const override { return UINT32_MAX; }
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Encode(std::vector<std::vector<TokenId>>,
                                                        EncodeOptions) override {
    co_return why_;
  }

 private:
  const uint32_t dim_;
  const absl::Status why_;
};

AbsentModel::AbsentModel(ModelInfo info, const Tokenizer* tokenizer, absl::Status why)
    : info_(std::move(info)),
      tokenizer_(tokenizer),
      why_(std::move(why)),
      encoder_(std::make_unique<Encoder>(info_.dim, why_)) {}

AbsentModel::~AbsentModel() = default;

InputEncoder& AbsentModel::encoder() { return *encoder_; }

std::unique_ptr<EmbeddingSource> AbsentModel::OpenSource(const CollectionStore&) {
  return std::make_unique<AbsentSource>(info_.dim, why_);
}

}  // namespace seekd
