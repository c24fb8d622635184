// text-embeddings-inference over gRPC: one stream for each call, a text for each input.
#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/remote/grpc_connection.h"
#include "embedding_service/remote/inference_server.h"
#include "embedding_service/remote/token_text.h"
#include "tei/v1/tei.grpc.pb.h"

namespace seekd {
namespace {

using Stream = grpc::ClientReaderWriter<tei::v1::EmbedRequest, tei::v1::EmbedResponse>;
using Code = absl::StatusCode;

// The server's limit, unless it says nothing.
template <typename T>
T Lower(T ours, uint32_t theirs) {
  return theirs == 0 ? ours : std::min<T>(ours, theirs);
}

class TeiServer final : public InferenceServer {
 public:
  TeiServer(const RemoteSpec& spec, uint32_t special_tokens,
            std::unique_ptr<GrpcConnection> connection, TokenText texts)
      : spec_(spec),
        special_tokens_(special_tokens),
        connection_(std::move(connection)),
        texts_(std::move(texts)),
        info_(tei::v1::Info::NewStub(connection_->channel())),
        embed_(tei::v1::Embed::NewStub(connection_->channel())) {}

  absl::StatusOr<CallLimits> Inspect(CallDeadline deadline) override;
  absl::Status Encode(std::span<const TokenSpan> inputs, CallDeadline deadline,
                      float* rows) override;
  bool connected() const override { return connection_->connected(); }
  void Interrupt() override { connection_->Interrupt(); }

 private:
  void Send(std::span<const TokenSpan> inputs, Stream* stream) const;
  absl::StatusOr<size_t> Receive(std::span<const TokenSpan> inputs, Stream* stream,
                                 float* rows) const;
  absl::Status CheckTokens(const tei::v1::EmbedResponse& response, size_t tokens,
                           std::optional<int64_t>* added) const;

  const RemoteSpec spec_;
  const uint32_t special_tokens_;
  const std::unique_ptr<GrpcConnection> connection_;
  const TokenText texts_;
  const std::unique_ptr<tei::v1::Info::Stub> info_;
  const std::unique_ptr<tei::v1::Embed::Stub> embed_;
};

absl::StatusOr<CallLimits> TeiServer::Inspect(CallDeadline deadline) {
  tei::v1::InfoResponse info;
  ABSL_RETURN_IF_ERROR(connection_->Call(deadline, [&](grpc::ClientContext* context) {
    return info_->Info(context, tei::v1::InfoRequest(), &info);
  }));
  if (info.model_type() != tei::v1::MODEL_TYPE_EMBEDDING) {
    return connection_->Error(
        Code::kFailedPrecondition,
        absl::StrCat("it serves ", info.model_id(), ", which is no embedding model (type ",
                     static_cast<int>(info.model_type()), ")"));
  }
  const uint32_t longest = spec_.max_input_tokens + special_tokens_;
  if (info.max_input_length() != 0 && info.max_input_length() < longest) {
    return connection_->Error(
        Code::kFailedPrecondition,
        absl::StrCat("it takes inputs of ", info.max_input_length(), " tokens, \"max_length\" ",
                     spec_.max_input_tokens, " and ", special_tokens_, " special ones are ",
                     longest, ". Lower \"max_length\" in the model's config.json"));
  }
  CallLimits limits;
  limits.max_rows = Lower(Lower(spec_.max_batch_rows, info.max_client_batch_size()),
                          info.max_concurrent_requests());
  limits.max_tokens = Lower(spec_.max_batch_tokens, info.max_batch_tokens());
  limits.special_tokens = special_tokens_;
  return limits;
}

void TeiServer::Send(std::span<const TokenSpan> inputs, Stream* stream) const {
  tei::v1::EmbedRequest request;
  for (const TokenSpan input : inputs) {
    request.set_inputs(texts_.Join(input));
    if (!stream->Write(request)) return;  // Finish tells why
  }
  stream->WritesDone();
}

// The server's tokenizer must add as many tokens to every input: another number is another
// tokenizer, or a text that is not read as its tokens were.
absl::Status TeiServer::CheckTokens(const tei::v1::EmbedResponse& response, size_t tokens,
                                    std::optional<int64_t>* added) const {
  if (!response.has_metadata()) return absl::OkStatus();
  const int64_t found = response.metadata().compute_tokens();
  const auto sent = static_cast<int64_t>(tokens);
  if (!added->has_value()) *added = found - sent;
  if (found == sent + **added) return absl::OkStatus();
  return connection_->Error(
      Code::kFailedPrecondition,
      absl::StrCat("it read ", found, " tokens where ", sent + **added,
                   " were expected: its tokenizer is not the one in the model's folder"));
}

// The number of answers; of those beyond the inputs one is read.
absl::StatusOr<size_t> TeiServer::Receive(std::span<const TokenSpan> inputs, Stream* stream,
                                          float* rows) const {
  tei::v1::EmbedResponse response;
  std::optional<int64_t> added;
  size_t count = 0;
  for (; stream->Read(&response) && count < inputs.size(); ++count) {
    if (static_cast<size_t>(response.embeddings_size()) != spec_.dim) {
      return connection_->Error(Code::kFailedPrecondition,
                                absl::StrCat("its rows have ", response.embeddings_size(),
                                             " components, \"hidden_dim\" is ", spec_.dim));
    }
    ABSL_RETURN_IF_ERROR(CheckTokens(response, inputs[count].size(), &added));
    std::ranges::copy(response.embeddings(), rows + count * spec_.dim);
    response.Clear();
  }
  const bool more = response.embeddings_size() > 0;
  return more ? count + 1 : count;
}

absl::Status TeiServer::Encode(std::span<const TokenSpan> inputs, CallDeadline deadline,
                               float* rows) {
  absl::StatusOr<size_t> received;
  const absl::Status called = connection_->Call(deadline, [&](grpc::ClientContext* context) {
    const std::unique_ptr<Stream> stream = embed_->EmbedStream(context);
    // Beside the reading: with both windows full, neither side could go on.
    std::thread sender([&] { Send(inputs, stream.get()); });
    received = Receive(inputs, stream.get(), rows);
    const bool complete = received.ok() && *received <= inputs.size();
    if (!complete) context->TryCancel();
    sender.join();
    return stream->Finish();
  });
  ABSL_RETURN_IF_ERROR(received.status());
  if (*received > inputs.size()) {
    return connection_->Error(Code::kInternal,
                              absl::StrCat("it answered more than ", inputs.size(), " rows"));
  }
  ABSL_RETURN_IF_ERROR(called);
  if (*received == inputs.size()) return absl::OkStatus();
  return connection_->Error(Code::kInternal, absl::StrCat("it answered ", *received, " rows to ",
                                                          inputs.size(), " inputs"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<InferenceServer>> MakeTeiServer(const RemoteSpec& spec,
                                                               const Tokenizer& tokenizer,
                                                               const std::string& dir) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<GrpcConnection> connection, GrpcConnection::Open(spec));
  ABSL_ASSIGN_OR_RETURN(TokenText texts, TokenText::Load(dir));
  const uint32_t special_tokens = (tokenizer.cls_id() >= 0) + (tokenizer.sep_id() >= 0);
  return std::make_unique<TeiServer>(spec, special_tokens, std::move(connection), std::move(texts));
}

}  // namespace seekd
