// An inference server for tests: both protocols over a real socket, a real local encoder
// behind them, and faults on demand. Reads text as a Hugging Face tokenizer would ([UNK] is a
// token), refuses calls above its limits.
// Thread safety: any thread may call any member.
#ifndef SEEKD_TESTS_EMBEDDING_SERVICE_REMOTE_INFERENCE_TEST_SERVER_H_
#define SEEKD_TESTS_EMBEDDING_SERVICE_REMOTE_INFERENCE_TEST_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "embedding_service/encoder_factory.h"
#include "kserve/inference.grpc.pb.h"
#include "tei/v1/tei.grpc.pb.h"

namespace seekd::testing {

struct TestServerOptions {
  int port = 0;             // 0: any free one
  std::string certificate;  // of TLS, PEM; "": plaintext
  std::string key;
  // tei
  uint32_t max_client_batch_size = 8;
  uint32_t max_batch_tokens = 4096;
  uint32_t max_input_length = 512;
  // kserve; the model is named "encoder"
  bool special_tokens = true;     // of the ids it gets
  bool token_vectors = false;     // [rows, length, dim] instead of [rows, dim]
  bool token_types = false;       // an input of that name
  std::string datatype = "FP32";  // or FP16, BF16
  bool typed_contents = false;    // instead of raw ones
  std::string input_type = "INT64";
  int64_t fixed_length = -1;
};

enum class Fault {
  kNone,
  kNotANumber,   // in the last row
  kZeroRow,      // the first
  kMissingRow,   // of the answer
  kExtraRow,     // in the answer
  kTruncated,    // raw contents end early (kserve)
  kNarrowRows,   // one component less than the model has
  kOtherModel,   // rows of other directions
  kOtherTokens,  // another number of tokens for one input (tei)
};

class InferenceTestServer {
 public:
  // Serves the model folder `model_dir`. Aborts the test when it cannot.
  InferenceTestServer(const std::string& model_dir, const TestServerOptions& options);
  ~InferenceTestServer();

  int port() const { return port_; }
  void set_fault(Fault fault) { fault_ = fault; }
  // The next `count` calls that encode answer this instead.
  void FailNext(int count, grpc::StatusCode code);
  // Calls that encode wait at a gate from now on; until Open, or until their client has gone.
  void Close();
  void Open();
  // Until `count` calls wait there.
  void AwaitAtGate(int count);

  int encode_calls() const { return encode_calls_; }
  int inspections() const { return inspections_; }
  size_t most_rows() const { return most_rows_; }
  size_t most_tokens() const { return most_tokens_; }

 private:
  class TeiInfo;
  class TeiEmbed;
  class Kserve;

  using Tokens = std::vector<std::vector<TokenId>>;
  // What one call that encodes begins with.
  grpc::Status Enter(const std::function<bool()>& client_gone);
  std::vector<std::vector<float>> Rows(const Tokens& inputs);
  std::vector<TokenId> ReadText(const std::string& text) const;
  grpc::Status Infer(const inference::ModelInferRequest& request,
                     inference::ModelInferResponse* response);
  grpc::Status ReadIds(const inference::ModelInferRequest& request, Tokens* inputs) const;
  void FillOutput(const Tokens& inputs, int64_t length, inference::ModelInferResponse* response);

  const TestServerOptions options_;
  LoadedModel model_;
  int port_ = 0;
  std::atomic<Fault> fault_{Fault::kNone};
  std::atomic<int> encode_calls_{0}, inspections_{0};
  std::atomic<size_t> most_rows_{0}, most_tokens_{0};

  std::mutex encoder_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int at_gate_ = 0;
  int failures_ = 0;
  grpc::StatusCode failure_ = grpc::StatusCode::OK;

  std::unique_ptr<TeiInfo> info_;
  std::unique_ptr<TeiEmbed> embed_;
  std::unique_ptr<Kserve> kserve_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_EMBEDDING_SERVICE_REMOTE_INFERENCE_TEST_SERVER_H_
