#include "tests/embedding_service/remote/inference_test_server.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>

#include "core/vector/half.h"

namespace seekd::testing {
namespace {

constexpr char kModelName[] = "encoder";

void RaiseTo(std::atomic<size_t>* most, size_t value) {
  size_t seen = most->load();
  while (seen < value && !most->compare_exchange_weak(seen, value)) {
  }
}

grpc::Status Refuse(const std::string& why) {
  return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, why);
}

void AppendValue(float value, const std::string& type, std::string* bytes) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t stored = type == "FP16" ? FloatToHalf(value) : type == "BF16" ? bits >> 16 : bits;
  const int width = type == "FP32" ? 4 : 2;
  for (int i = 0; i < width; ++i) bytes->push_back(static_cast<char>(stored >> (8 * i) & 0xFF));
}

int64_t ReadInteger(const std::string& bytes, size_t index, size_t width) {
  uint64_t value = 0;
  for (size_t i = 0; i < width; ++i) {
    value |= uint64_t{static_cast<uint8_t>(bytes[index * width + i])} << (8 * i);
  }
  return static_cast<int64_t>(value);
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const TestServerOptions& options) {
  if (options.certificate.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({options.key, options.certificate});
  return grpc::SslServerCredentials(tls);
}

}  // namespace

class InferenceTestServer::TeiInfo final : public tei::v1::Info::Service {
 public:
  explicit TeiInfo(InferenceTestServer* server) : server_(server) {}
  grpc::Status Info(grpc::ServerContext*, const tei::v1::InfoRequest*,
                    tei::v1::InfoResponse* response) override {
    ++server_->inspections_;
    response->set_model_id("test");
    response->set_max_concurrent_requests(512);
    response->set_max_input_length(server_->options_.max_input_length);
    response->set_max_batch_tokens(server_->options_.max_batch_tokens);
    response->set_max_client_batch_size(server_->options_.max_client_batch_size);
    return grpc::Status::OK;
  }

 private:
  InferenceTestServer* const server_;
};

class InferenceTestServer::TeiEmbed final : public tei::v1::Embed::Service {
 public:
  explicit TeiEmbed(InferenceTestServer* server) : server_(server) {}
  grpc::Status EmbedStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<tei::v1::EmbedResponse, tei::v1::EmbedRequest>* stream) override;

 private:
  grpc::Status ReadAll(
      grpc::ServerReaderWriter<tei::v1::EmbedResponse, tei::v1::EmbedRequest>* stream,
      Tokens* inputs) const;

  InferenceTestServer* const server_;
};

grpc::Status InferenceTestServer::TeiEmbed::ReadAll(
    grpc::ServerReaderWriter<tei::v1::EmbedResponse, tei::v1::EmbedRequest>* stream,
    Tokens* inputs) const {
  size_t tokens = 0;
  for (tei::v1::EmbedRequest request; stream->Read(&request);) {
    inputs->push_back(server_->ReadText(request.inputs()));
    const size_t length = inputs->back().size() + 2;
    if (request.inputs().empty()) return Refuse("`inputs` cannot be empty");
    if (length > server_->options_.max_input_length) return Refuse("input too long");
    tokens = std::max(tokens, length);
  }
  tokens *= inputs->size();
  RaiseTo(&server_->most_rows_, inputs->size());
  RaiseTo(&server_->most_tokens_, tokens);
  if (inputs->size() > server_->options_.max_client_batch_size) return Refuse("too many inputs");
  if (tokens > server_->options_.max_batch_tokens) return Refuse("too many tokens");
  return grpc::Status::OK;
}

grpc::Status InferenceTestServer::TeiEmbed::EmbedStream(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<tei::v1::EmbedResponse, tei::v1::EmbedRequest>* stream) {
  Tokens inputs;
  if (grpc::Status status = ReadAll(stream, &inputs); !status.ok()) return status;
  grpc::Status entered = server_->Enter([context] { return context->IsCancelled(); });
  if (!entered.ok()) return entered;
  const Fault fault = server_->fault_;
  const auto rows = server_->Rows(inputs);
  for (size_t i = 0; i < rows.size(); ++i) {
    tei::v1::EmbedResponse response;
    response.mutable_embeddings()->Assign(rows[i].begin(), rows[i].end());
    const size_t tokens = i < inputs.size() ? inputs[i].size() + 2 : 0;
    const bool off = fault == Fault::kOtherTokens && i + 1 == inputs.size();
    response.mutable_metadata()->set_compute_tokens(static_cast<uint32_t>(tokens + off));
    stream->Write(response);
  }
  return grpc::Status::OK;
}

class InferenceTestServer::Kserve final : public inference::GRPCInferenceService::Service {
 public:
  explicit Kserve(InferenceTestServer* server) : server_(server) {}
  grpc::Status ModelReady(grpc::ServerContext*, const inference::ModelReadyRequest* request,
                          inference::ModelReadyResponse* response) override {
    response->set_ready(request->name() == kModelName);
    return grpc::Status::OK;
  }
  grpc::Status ModelMetadata(grpc::ServerContext*, const inference::ModelMetadataRequest* request,
                             inference::ModelMetadataResponse* response) override;
  grpc::Status ModelInfer(grpc::ServerContext* context, const inference::ModelInferRequest* request,
                          inference::ModelInferResponse* response) override {
    grpc::Status entered = server_->Enter([context] { return context->IsCancelled(); });
    return entered.ok() ? server_->Infer(*request, response) : entered;
  }

 private:
  InferenceTestServer* const server_;
};

grpc::Status InferenceTestServer::Kserve::ModelMetadata(
    grpc::ServerContext*, const inference::ModelMetadataRequest* request,
    inference::ModelMetadataResponse* response) {
  ++server_->inspections_;
  const TestServerOptions& options = server_->options_;
  response->set_name(request->name());
  std::vector<std::string> inputs = {"input_ids", "attention_mask"};
  if (options.token_types) inputs.emplace_back("token_type_ids");
  for (const std::string& name : inputs) {
    auto* input = response->add_inputs();
    input->set_name(name);
    input->set_datatype(options.input_type);
    input->add_shape(-1);
    input->add_shape(options.fixed_length);
  }
  auto* other = response->add_outputs();
  other->set_name("logits");
  auto* output = response->add_outputs();
  output->set_name(options.token_vectors ? "last_hidden_state" : "sentence_embedding");
  output->set_datatype(options.datatype);
  return grpc::Status::OK;
}

InferenceTestServer::InferenceTestServer(const std::string& model_dir,
                                         const TestServerOptions& options)
    : options_(options),
      info_(std::make_unique<TeiInfo>(this)),
      embed_(std::make_unique<TeiEmbed>(this)),
      kserve_(std::make_unique<Kserve>(this)) {
  auto model = LoadModel(model_dir, {.threads = 1});
  if (!model.ok()) {
    std::cerr << model.status() << std::endl;
    std::abort();
  }
  model_ = *std::move(model);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(options.port), CredentialsOf(options),
                           &port_);
  builder.RegisterService(info_.get());
  builder.RegisterService(embed_.get());
  builder.RegisterService(kserve_.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) std::abort();
}

// Calls at the gate are cancelled.
InferenceTestServer::~InferenceTestServer() { server_->Shutdown(std::chrono::system_clock::now()); }

void InferenceTestServer::FailNext(int count, grpc::StatusCode code) {
  const std::lock_guard lock(mutex_);
  failures_ = count;
  failure_ = code;
}

void InferenceTestServer::Close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
}

void InferenceTestServer::Open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void InferenceTestServer::AwaitAtGate(int count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return at_gate_ >= count; });
}

grpc::Status InferenceTestServer::Enter(const std::function<bool()>& client_gone) {
  std::unique_lock lock(mutex_);
  ++encode_calls_;
  ++at_gate_;
  changed_.notify_all();
  while (!open_ && !client_gone()) changed_.wait_for(lock, std::chrono::milliseconds(5));
  --at_gate_;
  if (failures_ == 0) return grpc::Status::OK;
  --failures_;
  return grpc::Status(failure_, "on demand");
}

// [UNK] in a text is that token; what is between is split into words.
std::vector<TokenId> InferenceTestServer::ReadText(const std::string& text) const {
  constexpr std::string_view kUnknown = "[UNK]";
  std::vector<TokenId> ids;
  size_t begin = 0;
  for (size_t at = 0; (at = text.find(kUnknown, begin)) != std::string::npos;
       begin = at + kUnknown.size()) {
    model_.tokenizer->Tokenize(std::string_view(text).substr(begin, at - begin), &ids);
    ids.push_back(model_.tokenizer->unknown_id());
  }
  model_.tokenizer->Tokenize(std::string_view(text).substr(begin), &ids);
  return ids;
}

std::vector<std::vector<float>> InferenceTestServer::Rows(const Tokens& inputs) {
  const size_t dim = model_.encoder->dim();
  std::vector<float> values(inputs.size() * dim);
  {
    const std::lock_guard lock(encoder_mutex_);
    const std::vector<TokenSpan> spans(inputs.begin(), inputs.end());
    if (!model_.encoder->Encode(spans, values.data()).ok()) std::abort();
  }
  std::vector<std::vector<float>> rows;
  for (size_t i = 0; i < inputs.size(); ++i) {
    rows.emplace_back(values.begin() + static_cast<ptrdiff_t>(i * dim),
                      values.begin() + static_cast<ptrdiff_t>((i + 1) * dim));
    for (float& value : rows.back()) value *= 3;  // scaling is the client's
  }
  switch (fault_.load()) {
    case Fault::kNotANumber:
      rows.back()[dim / 2] = std::numeric_limits<float>::quiet_NaN();
      break;
    case Fault::kZeroRow:
      std::ranges::fill(rows.front(), 0.0f);
      break;
    case Fault::kMissingRow:
      rows.pop_back();
      break;
    case Fault::kExtraRow:
      rows.push_back(rows.back());
      break;
    case Fault::kNarrowRows:
      for (auto& row : rows) row.pop_back();
      break;
    case Fault::kOtherModel:
      for (auto& row : rows) std::ranges::reverse(row);
      break;
    default:
      break;
  }
  return rows;
}

grpc::Status InferenceTestServer::ReadIds(const inference::ModelInferRequest& request,
                                          Tokens* inputs) const {
  const auto rows = static_cast<size_t>(request.inputs(0).shape(0));
  const auto length = static_cast<size_t>(request.inputs(0).shape(1));
  if (options_.fixed_length > 0 && static_cast<int64_t>(length) != options_.fixed_length) {
    return Refuse("not of the fixed length");
  }
  const size_t width = options_.input_type == "INT64" ? 8 : 4;
  for (int i = 0; i < request.inputs_size(); ++i) {
    if (request.inputs(i).datatype() != options_.input_type) return Refuse("type");
    if (request.raw_input_contents(i).size() != rows * length * width) return Refuse("size");
  }
  for (size_t row = 0; row < rows; ++row) {
    std::vector<TokenId> ids;
    for (size_t t = 0; t < length; ++t) {
      const size_t at = row * length + t;
      if (ReadInteger(request.raw_input_contents(1), at, width) == 0) continue;
      ids.push_back(static_cast<TokenId>(ReadInteger(request.raw_input_contents(0), at, width)));
    }
    if (options_.special_tokens) {
      if (ids.size() < 2 || ids.front() != model_.tokenizer->cls_id() ||
          ids.back() != model_.tokenizer->sep_id()) {
        return Refuse("special tokens are missing");
      }
      ids = std::vector<TokenId>(ids.begin() + 1, ids.end() - 1);
    }
    inputs->push_back(std::move(ids));
  }
  return grpc::Status::OK;
}

// One vector per token: the last token's is the row times the number of tokens, those of the
// others are zero, so that their mean is the row. What stands on padding must not be looked at.
void InferenceTestServer::FillOutput(const Tokens& inputs, int64_t length,
                                     inference::ModelInferResponse* response) {
  const auto rows = Rows(inputs);
  auto* output = response->add_outputs();
  output->set_name(options_.token_vectors ? "last_hidden_state" : "sentence_embedding");
  output->set_datatype(options_.datatype);
  output->add_shape(static_cast<int64_t>(rows.size()));
  if (options_.token_vectors) output->add_shape(length);
  const size_t width = rows.empty() ? model_.encoder->dim() : rows[0].size();
  output->add_shape(static_cast<int64_t>(width));
  std::vector<float> values;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!options_.token_vectors) {
      values.insert(values.end(), rows[i].begin(), rows[i].end());
      continue;
    }
    const size_t tokens = inputs[std::min(i, inputs.size() - 1)].size() + 2;
    values.resize(values.size() + (tokens - 1) * width, 0.0f);
    for (const float value : rows[i]) values.push_back(value * static_cast<float>(tokens));
    values.resize(values.size() + (static_cast<size_t>(length) - tokens) * width, 1e6f);
  }
  if (options_.typed_contents) {
    output->mutable_contents()->mutable_fp32_contents()->Assign(values.begin(), values.end());
    return;
  }
  std::string* raw = response->add_raw_output_contents();
  for (const float value : values) AppendValue(value, options_.datatype, raw);
  if (fault_ == Fault::kTruncated) raw->resize(raw->size() - 3);
}

grpc::Status InferenceTestServer::Infer(const inference::ModelInferRequest& request,
                                        inference::ModelInferResponse* response) {
  if (request.model_name() != kModelName) return {grpc::StatusCode::NOT_FOUND, "no such model"};
  Tokens inputs;
  if (grpc::Status status = ReadIds(request, &inputs); !status.ok()) return status;
  const int64_t length = request.inputs(0).shape(1);
  RaiseTo(&most_rows_, inputs.size());
  RaiseTo(&most_tokens_, inputs.size() * static_cast<size_t>(length));
  FillOutput(inputs, length, response);
  return grpc::Status::OK;
}

}  // namespace seekd::testing
