#include "tests/server/served_engine.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

namespace seekd::testing {
namespace {

template <typename T>
T ValueOrDie(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::cerr << value.status() << std::endl;
  std::abort();
}

}  // namespace

ServedEngine::ServedEngine(const std::string& tcp_address, const CollectionOptions& options)
    : options_(options), serving_(2, options.max_file_bytes) {
  other_.set_id("other");
  other_.set_fingerprint("other-fingerprint");
  std::filesystem::create_directory(files());
  listener_ = ValueOrDie(UnixListener::Open(socket_path()));
  server_ = ValueOrDie(GrpcServer::Start(&serving_, {tcp_address, token_}));
  listener_->Start([this](UniqueFd fd) { server_->AddConnection(std::move(fd)); });
}

ServedEngine::~ServedEngine() {
  listener_->Stop();
  serving_.Drain();
  server_->Shutdown(std::chrono::milliseconds(0));
}

void ServedEngine::Open() {
  engine_ = ValueOrDie(Engine::Open(folder_.File("data"), &models_, options_));
  serving_.Open(engine_.get(), &models_);
  server_->SetHealthy(true);
}

void ServedEngine::Drain() {
  server_->SetHealthy(false);
  serving_.Drain();
}

std::shared_ptr<grpc::Channel> ServedEngine::Connect() const {
  return grpc::CreateChannel("unix:" + socket_path(), grpc::InsecureChannelCredentials());
}

std::string ServedEngine::WriteFile(const std::string& name, const std::string& text) const {
  const std::filesystem::path path = std::filesystem::path(files()) / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
  return path.string();
}

}  // namespace seekd::testing
