#include "tests/embedding_service/hub/hub_server.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace seekd::testing {
namespace {

void Require(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  std::abort();
}

std::string ReadLine(int fd) {
  std::string line;
  for (char c = 0; read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

struct Pipes {
  int input[2];   // to the process
  int output[2];  // from it
};

// No other process keeps our ends open.
Pipes MakePipes() {
  Pipes pipes;
  Require(pipe(pipes.input) == 0 && pipe(pipes.output) == 0, "pipe");
  fcntl(pipes.input[1], F_SETFD, FD_CLOEXEC);
  fcntl(pipes.output[0], F_SETFD, FD_CLOEXEC);
  return pipes;
}

[[noreturn]] void RunServer(const Pipes& pipes, const std::string& root) {
  const std::string script = absl::StrCat(std::getenv("SEEKD_TEST_SOURCE_DIR"),
                                          "/tests/embedding_service/hub/hub_server.py");
  dup2(pipes.input[0], STDIN_FILENO);
  dup2(pipes.output[1], STDOUT_FILENO);
  execlp("python3", "python3", script.c_str(), root.c_str(), nullptr);
  _exit(127);
}

}  // namespace

HubServer::HubServer() {
  SetCommit(kHubCommit);
  Put("config.json", R"({"model_type": "model2vec", "hidden_dim": 4})");
  Put("tokenizer.json", R"({"model": {"type": "WordPiece", "unk_token": "[UNK]",
      "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
      "vocab": {"[UNK]": 0, "word": 1}},
      "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                     "strip_accents": null, "lowercase": true},
      "pre_tokenizer": {"type": "BertPreTokenizer"}})");
  Put("model.safetensors", std::string(300'000, 'w'));
  Put("README.md", "# A small model\n");
  Put("LICENSE.txt", "MIT\n");
  Put("1_Pooling/config.json", R"({"pooling_mode_mean_tokens": true})");
  Put("pytorch_model.bin", "not taken");
  Put("onnx/model.onnx", "not taken");

  Require(std::getenv("SEEKD_TEST_SOURCE_DIR") != nullptr, "SEEKD_TEST_SOURCE_DIR");
  const Pipes pipes = MakePipes();
  process_ = fork();
  Require(process_ >= 0, "fork");
  if (process_ == 0) RunServer(pipes, root_.path());
  close(pipes.input[0]);
  close(pipes.output[1]);
  input_ = pipes.input[1];
  const auto ports = nlohmann::json::parse(ReadLine(pipes.output[0]), nullptr, false);
  close(pipes.output[0]);
  Require(ports.is_object(), "hub_server.py did not start");
  hub_port_ = ports["hub"];
  proxy_port_ = ports["proxy"];
  roots_ = ports["roots"];
}

HubServer::~HubServer() {
  close(input_);
  waitpid(process_, nullptr, 0);
}

PullRequest HubServer::Request() const {
  PullRequest request;
  request.repository = kHubRepository;
  request.endpoint = absl::StrCat("https://127.0.0.1:", hub_port_);
  request.ca_file = roots_;
  return request;
}

std::string HubServer::proxy() const { return absl::StrCat("http://127.0.0.1:", proxy_port_); }

void HubServer::Put(std::string_view name, std::string_view content) const {
  root_.Write(std::string(kHubRepository) + "/" + std::string(name), content);
}

void HubServer::Remove(std::string_view name) const {
  std::filesystem::remove(root_.File(std::string(kHubRepository) + "/" + std::string(name)));
}

std::vector<std::string> HubServer::TakeRequests() {
  const std::string text = root_.Read("requests").substr(taken_);
  taken_ += text.size();
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

}  // namespace seekd::testing
