#include "embedding_service/remote/remote_encoder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "embedding_service/fingerprint.h"
#include "embedding_service/remote/call_plan.h"
#include "embedding_service/remote/probe_rows.h"
#include "embedding_service/token_block.h"

namespace seekd {
namespace {

absl::StatusOr<std::unique_ptr<InferenceServer>> MakeServer(const RemoteSpec& spec,
                                                            const Tokenizer& tokenizer,
                                                            const std::string& dir) {
  if (spec.protocol == RemoteProtocol::kTei) return MakeTeiServer(spec, tokenizer, dir);
  return MakeKserveServer(spec, tokenizer);
}

size_t ShortestProbe(const std::vector<std::vector<TokenId>>& probes) {
  return static_cast<size_t>(std::ranges::min_element(probes, {},
                                                      [](const auto& tokens) {
                                                        return tokens.empty() ? SIZE_MAX
                                                                              : tokens.size();
                                                      }) -
                             probes.begin());
}

std::vector<size_t> LengthsOf(std::span<const TokenSpan> inputs) {
  std::vector<size_t> lengths;
  for (const TokenSpan input : inputs) lengths.push_back(input.size());
  return lengths;
}

}  // namespace

// Inputs that are not encoded yet, and where their rows go.
struct RemoteEncoder::Batch {
  std::vector<TokenSpan> inputs;
  std::vector<float*> rows;
  CallDeadline deadline;
  std::vector<char> done;  // by input; distinct bytes for distinct threads

  void DropDone();
};

void RemoteEncoder::Batch::DropDone() {
  size_t kept = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (done[i] != 0) continue;
    inputs[kept] = inputs[i];
    rows[kept++] = rows[i];
  }
  inputs.resize(kept);
  rows.resize(kept);
  done.assign(kept, 0);
}

absl::StatusOr<std::unique_ptr<RemoteEncoder>> RemoteEncoder::Create(const std::string& dir,
                                                                     const Tokenizer& tokenizer) {
  ABSL_ASSIGN_OR_RETURN(RemoteSpec spec, LoadRemoteSpec(dir));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<InferenceServer> server, MakeServer(spec, tokenizer, dir));
  std::unique_ptr<RemoteEncoder> encoder(
      new RemoteEncoder(std::move(spec), dir, tokenizer, std::move(server)));
  ABSL_RETURN_IF_ERROR(encoder->LoadOrRecordProbeRows());
  return encoder;
}

RemoteEncoder::RemoteEncoder(RemoteSpec spec, std::string dir, const Tokenizer& tokenizer,
                             std::unique_ptr<InferenceServer> server)
    : spec_(std::move(spec)),
      dir_(std::move(dir)),
      vocab_size_(tokenizer.vocab_size()),
      unknown_id_(tokenizer.unknown_id()),
      server_(std::move(server)),
      probes_(ProbeTokens(tokenizer, spec_.max_input_tokens)),
      call_probe_(ShortestProbe(probes_)) {}

RemoteEncoder::~RemoteEncoder() = default;

absl::Status RemoteEncoder::LoadOrRecordProbeRows() {
  const std::string path = ProbeRowsPath(dir_);
  const CallDeadline deadline = std::chrono::system_clock::now() + spec_.deadline;
  auto recorded = ReadProbeRows(path, static_cast<uint32_t>(probes_.size()), dim());
  if (recorded.ok()) {
    probe_rows_ = *std::move(recorded);
    SetHealth(CheckServer(deadline));
    return absl::OkStatus();
  }
  if (!absl::IsNotFound(recorded.status())) return recorded.status();
  auto rows = AskForProbeRows(deadline);
  if (!rows.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(rows.status().message(), ". The first start with this model has to reach ",
                     "its server, to record in ", path, " how the model is known"));
  }
  probe_rows_ = *std::move(rows);
  checked_ = true;
  const absl::Status written = WriteProbeRows(path, probe_rows_, dim());
  if (written.ok()) return written;
  return absl::FailedPreconditionError(absl::StrCat(
      "the rows by which the server's model is known cannot be recorded: ", written.message(),
      ". Make the model's folder writable for its first start"));
}

// Rows of unit length for inputs that are not empty. A server may have no row for an input
// without known tokens; for any other it must.
absl::Status RemoteEncoder::RunCall(std::span<const TokenSpan> inputs, CallDeadline deadline,
                                    std::vector<float>* rows) const {
  rows->assign(inputs.size() * dim(), 0);
  ABSL_RETURN_IF_ERROR(server_->Encode(inputs, deadline, rows->data()));
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::span<float> row(rows->data() + i * dim(), dim());
    const bool finite = ScaleToUnit(row);
    const bool zero = std::ranges::all_of(row, [](float value) { return value == 0; });
    const bool may_be_zero =
        std::ranges::all_of(inputs[i], [this](TokenId id) { return id == unknown_id_; });
    if (finite && (!zero || may_be_zero)) continue;
    return absl::InternalError(
        absl::StrCat(spec_.Describe(), ": row ", i, " of ", inputs.size(),
                     finite ? " is zero" : " has components that are not finite"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> RemoteEncoder::AskForProbeRows(CallDeadline deadline) {
  ABSL_ASSIGN_OR_RETURN(limits_, server_->Inspect(deadline));
  if (limits_.max_rows < 2) {
    return absl::FailedPreconditionError(
        absl::StrCat(spec_.Describe(), ": it takes one input a call, expected two at least: one, ",
                     "and the one that checks the server"));
  }
  std::vector<TokenSpan> inputs;
  std::vector<size_t> numbers;
  for (size_t i = 0; i < probes_.size(); ++i) {
    if (probes_[i].empty()) continue;
    inputs.emplace_back(probes_[i]);
    numbers.push_back(i);
  }
  std::vector<float> rows(probes_.size() * dim());
  for (const CallRange call : CutIntoCalls(LengthsOf(inputs), limits_, /*extra_rows=*/0)) {
    const std::span<const TokenSpan> some(inputs.data() + call.begin, call.end - call.begin);
    std::vector<float> answer;
    ABSL_RETURN_IF_ERROR(RunCall(some, deadline, &answer));
    for (size_t i = 0; i < some.size(); ++i) {
      std::copy_n(answer.begin() + static_cast<ptrdiff_t>(i * dim()), dim(),
                  rows.begin() + static_cast<ptrdiff_t>(numbers[call.begin + i] * dim()));
    }
  }
  return rows;
}

absl::Status RemoteEncoder::CheckProbe(size_t probe, std::span<const float> row) const {
  const double cosine = Cosine(row, std::span(probe_rows_).subspan(probe * dim(), dim()));
  if (cosine >= kLeastProbeCosine) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      spec_.Describe(), ": it serves another model than the one that ", ProbeRowsPath(dir_),
      " records: the row of probe text ", probe, " has cosine ", cosine, " to the recorded one, ",
      "expected at least ", kLeastProbeCosine, ". Serve that model again; or, for another one, ",
      "start seekd with a new model folder and index into a new collection"));
}

absl::Status RemoteEncoder::CheckServer(CallDeadline deadline) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<float> rows, AskForProbeRows(deadline));
  for (size_t i = 0; i < probes_.size(); ++i) {
    ABSL_RETURN_IF_ERROR(CheckProbe(i, std::span(rows).subspan(i * dim(), dim())));
  }
  checked_ = true;
  return absl::OkStatus();
}

// One call for inputs [begin, end), and the probe that proves whose rows they are.
absl::Status RemoteEncoder::RunCheckedCall(Batch* batch, size_t begin, size_t end) const {
  std::vector<TokenSpan> inputs(batch->inputs.begin() + static_cast<ptrdiff_t>(begin),
                                batch->inputs.begin() + static_cast<ptrdiff_t>(end));
  inputs.emplace_back(probes_[call_probe_]);
  std::vector<float> answer;
  ABSL_RETURN_IF_ERROR(RunCall(inputs, batch->deadline, &answer));
  ABSL_RETURN_IF_ERROR(CheckProbe(call_probe_, std::span(answer).last(dim())));
  for (size_t i = begin; i < end; ++i) {
    std::copy_n(answer.begin() + static_cast<ptrdiff_t>((i - begin) * dim()), dim(),
                batch->rows[i]);
    batch->done[i] = 1;
  }
  return absl::OkStatus();
}

absl::Status RemoteEncoder::Attempt(Batch* batch) {
  if (!checked_ || !server_->connected()) {
    checked_ = false;
    ABSL_RETURN_IF_ERROR(CheckServer(batch->deadline));
  }
  const std::vector<CallRange> calls =
      CutIntoCalls(LengthsOf(batch->inputs), limits_, /*extra_rows=*/1);
  ParallelForOptions options;
  options.threads = spec_.in_flight;
  options.grain = 1;
  const absl::Status status =
      TryParallelFor(calls.size(), options, [&](uint32_t, uint64_t call, uint64_t) {
        return RunCheckedCall(batch, calls[call].begin, calls[call].end);
      });
  if (!status.ok()) checked_ = false;
  batch->DropDone();
  return status;
}

// A server that was away in the last batch gets one chance in this one: who asks while it is
// down is told so at once.
absl::Status RemoteEncoder::AttemptUntilDone(Batch* batch) {
  const bool was_there = !absl::IsUnavailable(health());
  absl::Status status = Attempt(batch);
  for (int attempt = 1; !status.ok() && was_there; ++attempt) {
    const double jitter = std::uniform_real_distribution<double>()(random_);
    const auto pause = PauseBefore(attempt, status, jitter);
    if (!pause || !Pause(*pause, batch->deadline)) break;
    status = Attempt(batch);
  }
  return status;
}

absl::Status RemoteEncoder::Encode(std::span<const TokenSpan> inputs, float* rows) {
  ABSL_RETURN_IF_ERROR(CheckInputs(inputs, vocab_size_, spec_.max_input_tokens));
  Batch batch;
  batch.deadline = std::chrono::system_clock::now() + spec_.deadline;
  for (size_t i = 0; i < inputs.size(); ++i) {
    float* const row = rows + i * dim();
    if (inputs[i].empty()) {
      std::fill_n(row, dim(), 0.0f);
      continue;
    }
    batch.inputs.push_back(inputs[i]);
    batch.rows.push_back(row);
  }
  if (batch.inputs.empty()) return absl::OkStatus();
  batch.done.assign(batch.inputs.size(), 0);
  const absl::Status status = AttemptUntilDone(&batch);
  SetHealth(status);
  return status;
}

// False: interrupted, or not before `deadline`.
bool RemoteEncoder::Pause(std::chrono::milliseconds time, CallDeadline deadline) {
  if (std::chrono::system_clock::now() + time >= deadline) return false;
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return interrupted_; });
}

void RemoteEncoder::SetHealth(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  health_ = status;
}

absl::Status RemoteEncoder::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void RemoteEncoder::Interrupt() {
  server_->Interrupt();
  {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
  }
  wake_.notify_all();
}

}  // namespace seekd
