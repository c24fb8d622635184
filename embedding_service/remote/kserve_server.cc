// KServe v2 over gRPC: one ModelInfer for each call, padded token ids in, a tensor out.
#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "embedding_service/remote/grpc_connection.h"
#include "embedding_service/remote/inference_server.h"
#include "embedding_service/remote/output_tensor.h"
#include "kserve/inference.grpc.pb.h"

namespace seekd {
namespace {

using Code = absl::StatusCode;
using TensorMetadata = inference::ModelMetadataResponse::TensorMetadata;

struct SpecialIds {
  TokenId cls = -1;
  TokenId sep = -1;
  TokenId pad = 0;
};

// What the server's metadata decides of a request.
struct Signature {
  struct Input {
    std::string name;
    bool wide = true;  // INT64, else INT32
  };
  std::vector<Input> inputs;
  std::string output;
  uint32_t padded_length = 0;  // 0: of the longest input
};

// Appends `value` little-endian.
void AppendInteger(int64_t value, bool wide, std::string* bytes) {
  for (int shift = 0; shift < (wide ? 64 : 32); shift += 8) {
    bytes->push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift & 0xFF));
  }
}

class KserveServer final : public InferenceServer {
 public:
  KserveServer(const RemoteSpec& spec, const SpecialIds& special,
               std::unique_ptr<GrpcConnection> connection)
      : spec_(spec),
        special_(special),
        connection_(std::move(connection)),
        stub_(inference::GRPCInferenceService::NewStub(connection_->channel())) {}

  absl::StatusOr<CallLimits> Inspect(CallDeadline deadline) override;
  absl::Status Encode(std::span<const TokenSpan> inputs, CallDeadline deadline,
                      float* rows) override;
  bool connected() const override { return connection_->connected(); }
  void Interrupt() override { connection_->Interrupt(); }

 private:
  uint32_t special_tokens() const { return spec_.kserve.special_tokens ? 2 : 0; }
  absl::Status Mismatch(const std::string& what) const {
    return connection_->Error(
        Code::kFailedPrecondition,
        absl::StrCat("model \"", spec_.kserve.model, "\": ", what,
                     ". Correct the names in the model's config.json, or the served model"));
  }
  absl::Status CheckReady(CallDeadline deadline);
  absl::StatusOr<Signature::Input> ReadInput(const TensorMetadata& input,
                                             uint32_t* padded_length) const;
  absl::StatusOr<std::string> ChooseOutput(const inference::ModelMetadataResponse& metadata) const;
  absl::StatusOr<Signature> ReadSignature(const inference::ModelMetadataResponse& metadata) const;
  std::vector<uint32_t> FillRequest(std::span<const TokenSpan> inputs,
                                    inference::ModelInferRequest* request) const;
  void AppendValues(const Signature::Input& input, TokenSpan tokens, size_t length,
                    std::string* bytes) const;

  const RemoteSpec spec_;
  const SpecialIds special_;
  const std::unique_ptr<GrpcConnection> connection_;
  const std::unique_ptr<inference::GRPCInferenceService::Stub> stub_;
  Signature signature_;  // written by Inspect, which no Encode runs beside
};

absl::Status KserveServer::CheckReady(CallDeadline deadline) {
  inference::ModelReadyRequest request;
  request.set_name(spec_.kserve.model);
  request.set_version(spec_.kserve.version);
  inference::ModelReadyResponse response;
  ABSL_RETURN_IF_ERROR(connection_->Call(deadline, [&](grpc::ClientContext* context) {
    return stub_->ModelReady(context, request, &response);
  }));
  if (response.ready()) return absl::OkStatus();
  return connection_->Error(Code::kUnavailable,
                            absl::StrCat("model \"", spec_.kserve.model, "\" is not ready there"));
}

absl::StatusOr<CallLimits> KserveServer::Inspect(CallDeadline deadline) {
  ABSL_RETURN_IF_ERROR(CheckReady(deadline));
  inference::ModelMetadataRequest request;
  request.set_name(spec_.kserve.model);
  request.set_version(spec_.kserve.version);
  inference::ModelMetadataResponse metadata;
  ABSL_RETURN_IF_ERROR(connection_->Call(deadline, [&](grpc::ClientContext* context) {
    return stub_->ModelMetadata(context, request, &metadata);
  }));
  ABSL_ASSIGN_OR_RETURN(signature_, ReadSignature(metadata));
  return CallLimits{spec_.max_batch_rows, spec_.max_batch_tokens, special_tokens(),
                    signature_.padded_length};
}

absl::StatusOr<Signature::Input> KserveServer::ReadInput(const TensorMetadata& input,
                                                         uint32_t* padded_length) const {
  const KserveSpec& names = spec_.kserve;
  if (input.name() != names.input_ids && input.name() != names.attention_mask &&
      input.name() != names.token_type_ids) {
    return Mismatch(absl::StrCat("it has an input \"", input.name(), "\", expected are \"",
                                 names.input_ids, "\", \"", names.attention_mask, "\" and \"",
                                 names.token_type_ids, "\""));
  }
  const bool wide = input.datatype() == "INT64";
  if (!wide && input.datatype() != "INT32") {
    return Mismatch(absl::StrCat("input \"", input.name(), "\" is ", input.datatype(),
                                 ", expected INT64 or INT32"));
  }
  if (input.shape_size() != 2 || input.shape(0) > 0) {
    return Mismatch(absl::StrCat("input \"", input.name(), "\" is [",
                                 absl::StrJoin(input.shape(), ", "),
                                 "], expected [batch, length] with a batch of any size (-1)"));
  }
  if (const int64_t length = input.shape(1); length > 0) {
    if (length < int64_t{spec_.max_input_tokens} + special_tokens() || length > (1 << 20)) {
      return Mismatch(absl::StrCat("input \"", input.name(), "\" has room for ", length,
                                   " tokens, \"max_length\" ", spec_.max_input_tokens, " and ",
                                   special_tokens(), " special ones need more"));
    }
    *padded_length = static_cast<uint32_t>(length);
  }
  return Signature::Input{input.name(), wide};
}

absl::StatusOr<std::string> KserveServer::ChooseOutput(
    const inference::ModelMetadataResponse& metadata) const {
  std::vector<std::string> names;
  for (const TensorMetadata& output : metadata.outputs()) names.push_back(output.name());
  std::vector<std::string> wanted = {"sentence_embedding", "last_hidden_state"};
  if (!spec_.kserve.output.empty()) {
    wanted = {spec_.kserve.output};
  } else if (names.size() == 1) {
    return names[0];
  }
  for (const std::string& name : wanted) {
    if (std::ranges::find(names, name) != names.end()) return name;
  }
  return Mismatch(absl::StrCat("its outputs are \"", absl::StrJoin(names, "\", \""),
                               "\", expected \"", absl::StrJoin(wanted, "\" or \""),
                               "\" (\"output\")"));
}

absl::StatusOr<Signature> KserveServer::ReadSignature(
    const inference::ModelMetadataResponse& metadata) const {
  Signature signature;
  bool has_ids = false;
  for (const TensorMetadata& each : metadata.inputs()) {
    ABSL_ASSIGN_OR_RETURN(Signature::Input input, ReadInput(each, &signature.padded_length));
    has_ids |= input.name == spec_.kserve.input_ids;
    signature.inputs.push_back(std::move(input));
  }
  if (!has_ids) return Mismatch(absl::StrCat("it has no input \"", spec_.kserve.input_ids, "\""));
  ABSL_ASSIGN_OR_RETURN(signature.output, ChooseOutput(metadata));
  return signature;
}

// One row of one input tensor: ids, mask, or zeros.
void KserveServer::AppendValues(const Signature::Input& input, TokenSpan tokens, size_t length,
                                std::string* bytes) const {
  const bool ids = input.name == spec_.kserve.input_ids;
  const bool mask = input.name == spec_.kserve.attention_mask;
  const auto append = [&](TokenId id) { AppendInteger(ids ? id : mask, input.wide, bytes); };
  if (special_tokens() != 0) append(special_.cls);
  for (const TokenId token : tokens) append(token);
  if (special_tokens() != 0) append(special_.sep);
  for (size_t t = tokens.size() + special_tokens(); t < length; ++t) {
    AppendInteger(ids ? special_.pad : 0, input.wide, bytes);
  }
}

// Returns the number of unpadded tokens of each row.
std::vector<uint32_t> KserveServer::FillRequest(std::span<const TokenSpan> inputs,
                                                inference::ModelInferRequest* request) const {
  std::vector<uint32_t> tokens;
  size_t length = signature_.padded_length;
  for (const TokenSpan input : inputs) {
    tokens.push_back(static_cast<uint32_t>(input.size() + special_tokens()));
    length = std::max<size_t>(length, tokens.back());
  }
  request->set_model_name(spec_.kserve.model);
  request->set_model_version(spec_.kserve.version);
  request->add_outputs()->set_name(signature_.output);
  for (const Signature::Input& input : signature_.inputs) {
    auto* tensor = request->add_inputs();
    tensor->set_name(input.name);
    tensor->set_datatype(input.wide ? "INT64" : "INT32");
    tensor->add_shape(static_cast<int64_t>(inputs.size()));
    tensor->add_shape(static_cast<int64_t>(length));
    std::string* bytes = request->add_raw_input_contents();
    bytes->reserve(inputs.size() * length * (input.wide ? 8 : 4));
    for (const TokenSpan each : inputs) AppendValues(input, each, length, bytes);
  }
  return tokens;
}

absl::Status KserveServer::Encode(std::span<const TokenSpan> inputs, CallDeadline deadline,
                                  float* rows) {
  inference::ModelInferRequest request;
  const std::vector<uint32_t> tokens = FillRequest(inputs, &request);
  const auto length = static_cast<uint32_t>(request.inputs(0).shape(1));
  inference::ModelInferResponse response;
  ABSL_RETURN_IF_ERROR(connection_->Call(deadline, [&](grpc::ClientContext* context) {
    return stub_->ModelInfer(context, request, &response);
  }));
  const OutputLayout layout{signature_.output, spec_.dim, length, spec_.kserve.pooling};
  const absl::Status read = ReadOutputTensor(response, layout, tokens, rows);
  return read.ok() ? read : connection_->Error(read.code(), std::string(read.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<InferenceServer>> MakeKserveServer(const RemoteSpec& spec,
                                                                  const Tokenizer& tokenizer) {
  const SpecialIds special{tokenizer.cls_id(), tokenizer.sep_id(), std::max(tokenizer.pad_id(), 0)};
  if (spec.kserve.special_tokens && (special.cls < 0 || special.sep < 0)) {
    return absl::InvalidArgumentError(
        "the tokenizer has no [CLS] or no [SEP]: set \"special_tokens\": false in config.json if "
        "the model takes none");
  }
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<GrpcConnection> connection, GrpcConnection::Open(spec));
  return std::make_unique<KserveServer>(spec, special, std::move(connection));
}

}  // namespace seekd
