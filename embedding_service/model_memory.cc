#include "embedding_service/model_memory.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {

size_t ModelMemory::ReleaseIdle(std::chrono::steady_clock::time_point now,
                                std::chrono::seconds idle) {
  std::lock_guard lock(mutex_);
  size_t released = 0;
  for (ResidentEncoder* encoder : encoders_) {
    const std::unique_lock encode_lock(encoder->encode_mutex_, std::try_to_lock);
    const bool is_idle = encode_lock.owns_lock() && now - encoder->last_use() >= idle;
    if (is_idle && encoder->Release()) ++released;
  }
  return released;
}

absl::Status ModelMemory::Admit(ResidentEncoder* encoder) {
  std::lock_guard lock(mutex_);
  ABSL_RETURN_IF_ERROR(MakeRoom(*encoder));
  encoders_.insert(encoder);
  return absl::OkStatus();
}

void ModelMemory::Forget(ResidentEncoder* encoder) {
  std::lock_guard lock(mutex_);
  encoders_.erase(encoder);
}

absl::StatusOr<std::unique_lock<std::mutex>> ModelMemory::Load(ResidentEncoder* encoder) {
  std::lock_guard lock(mutex_);
  ABSL_RETURN_IF_ERROR(MakeRoom(*encoder));
  std::unique_lock encode_lock(encoder->encode_mutex_);
  ABSL_RETURN_IF_ERROR(encoder->LoadNow());
  return encode_lock;
}

absl::Status ModelMemory::MakeRoom(const ResidentEncoder& encoder) {
  if (max_bytes_ == 0) return absl::OkStatus();
  if (encoder.bytes() > max_bytes_) {
    return absl::FailedPreconditionError(absl::StrCat(
        "model ", encoder.model_, " takes ", encoder.bytes(),
        " bytes of memory; all models together may take ", max_bytes_, " (--max-model-bytes)"));
  }
  uint64_t used = encoder.bytes();
  std::vector<ResidentEncoder*> others;
  for (ResidentEncoder* other : encoders_) {
    if (other == &encoder || !other->is_loaded()) continue;
    used += other->bytes();
    others.push_back(other);
  }
  std::ranges::sort(others, {}, [](const ResidentEncoder* other) { return other->last_use(); });
  for (ResidentEncoder* other : others) {
    if (used <= max_bytes_) break;
    std::lock_guard encode_lock(other->encode_mutex_);
    other->Release();
    used -= other->bytes();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ResidentEncoder>> ResidentEncoder::Create(
    const std::string& model, std::unique_ptr<BatchEncoder> loaded, uint64_t bytes,
    LoadEncoder load, ModelMemory* memory) {
  std::unique_ptr<ResidentEncoder> encoder(
      new ResidentEncoder(model, std::move(loaded), bytes, std::move(load), memory));
  ABSL_RETURN_IF_ERROR(memory->Admit(encoder.get()));
  return encoder;
}

ResidentEncoder::ResidentEncoder(std::string model, std::unique_ptr<BatchEncoder> loaded,
                                 uint64_t bytes, LoadEncoder load, ModelMemory* memory)
    : model_(std::move(model)),
      dim_(loaded->dim()),
      vocab_size_(loaded->vocab_size()),
      max_input_tokens_(loaded->max_input_tokens()),
      bytes_(bytes),
      load_(std::move(load)),
      memory_(memory),
      encoder_(std::move(loaded)) {}

ResidentEncoder::~ResidentEncoder() { memory_->Forget(this); }

absl::Status ResidentEncoder::Encode(std::span<const TokenSpan> inputs, float* rows) {
  std::unique_lock lock(encode_mutex_);
  if (current() == nullptr) {
    lock.unlock();  // ModelMemory's comes first
    ABSL_ASSIGN_OR_RETURN(lock, memory_->Load(this));
  }
  const absl::Status encoded = current()->Encode(inputs, rows);
  NoteUse();
  return encoded;
}

bool ResidentEncoder::Prepare() {
  if (is_loaded()) return false;
  memory_->Load(this).status().IgnoreError();  // Encode tries again
  return true;
}

absl::Status ResidentEncoder::LoadNow() {
  if (current() != nullptr) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<BatchEncoder>> loaded = load_();
  NoteUse();
  std::lock_guard lock(state_mutex_);
  load_status_ = loaded.status();
  if (loaded.ok()) encoder_ = *std::move(loaded);
  return load_status_;
}

void ResidentEncoder::GiveBack() {
  std::lock_guard encode_lock(encode_mutex_);
  Release();
}

void ResidentEncoder::NoteUse() {
  std::lock_guard lock(state_mutex_);
  last_use_ = Clock::now();
}

bool ResidentEncoder::Release() {
  std::shared_ptr<BatchEncoder> released;  // destroyed without state_mutex_
  std::lock_guard lock(state_mutex_);
  if (encoder_ == nullptr) return false;
  last_device_ = encoder_->device();
  released = std::move(encoder_);
  return true;
}

std::shared_ptr<BatchEncoder> ResidentEncoder::current() const {
  std::lock_guard lock(state_mutex_);
  return encoder_;
}

bool ResidentEncoder::is_loaded() const { return current() != nullptr; }

ResidentEncoder::Clock::time_point ResidentEncoder::last_use() const {
  std::lock_guard lock(state_mutex_);
  return last_use_;
}

std::string ResidentEncoder::device() const {
  std::lock_guard lock(state_mutex_);
  return encoder_ == nullptr ? last_device_ : encoder_->device();
}

absl::Status ResidentEncoder::health() const {
  std::lock_guard lock(state_mutex_);
  return encoder_ == nullptr ? load_status_ : encoder_->health();
}

}  // namespace seekd
