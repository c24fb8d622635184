#include "server/daemon.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/collection/engine.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/batch_profile.h"
#include "embedding_service/model_library.h"
#include "embedding_service/model_location.h"
#include "server/bearer_token.h"
#include "server/deferred_builds.h"
#include "server/grpc_server.h"
#include "server/logging.h"
#include "server/process_memory.h"
#include "server/remote_notice.h"
#include "server/service_notify.h"
#include "server/serving.h"
#include "server/stop_signal.h"
#include "server/unix_listener.h"
#include "server/version.h"
#include "server/work_pool.h"

namespace seekd {
namespace {

constexpr std::chrono::milliseconds kShutdownGrace{5000};
constexpr std::chrono::milliseconds kColdCheckInterval{15000};
constexpr std::chrono::milliseconds kDeferredCheckInterval{10000};

// Removes the token when the daemon ends: a stale one opens nothing, but misleads.
class TokenFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}
  ~TokenFile() { unlink(path_.c_str()); }

 private:
  const std::string path_;
};

// Measures, or reads, the batch profile on a thread of its own, so that neither the start nor
// a query waits for it; ends early when destroyed.
class BatchProfiler {
 public:
  // `embedding` and `serving` outlive it.
  BatchProfiler(EmbeddingBackend* embedding, Serving* serving, std::string path, uint32_t threads)
      : thread_([=, this] { Run(embedding, serving, path, threads); }) {}
  ~BatchProfiler() {
    cancellation_->Cancel();
    thread_.join();
  }

 private:
  void Run(EmbeddingBackend* embedding, Serving* serving, const std::string& path,
           uint32_t threads) const {
    const BatchProfileKey key{embedding->model().fingerprint, embedding->device(), threads};
    const absl::Status done = Guarded([&]() -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(
          BatchProfile profile,
          LoadOrMeasureBatchProfile(path, key, &embedding->encoder(),
                                    embedding->tokenizer().vocab_size(), cancellation_));
      serving->SetBatchProfile(std::move(profile));
      return absl::OkStatus();
    });
    if (!done.ok() && !absl::IsCancelled(done)) {
      LogInfo(absl::StrCat("no batch profile: ", done.message()));
    }
  }

  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  std::thread thread_;  // last: it uses the above
};

class Daemon {
 public:
  explicit Daemon(const ServerOptions& options)
      : options_(options), serving_(options.threads, options.collection.max_file_bytes) {}

  absl::Status Listen();
  absl::Status Open();
  void WaitForStop();
  void ReleaseCold();
  absl::Status Drain();

 private:
  absl::StatusOr<TcpAccess> PrepareTcp();
  absl::Status OpenModels();
  void StartProfiler();
  void LogRemoteModels() const;
  void LogAbsentModels() const;

  const ServerOptions options_;
  // Destroyed from the last to the first: connections, server, then what it serves.
  std::unique_ptr<ModelLibrary> models_;
  std::unique_ptr<Engine> engine_;
  Serving serving_;
  std::unique_ptr<BatchProfiler> profiler_;
  std::unique_ptr<DeferredBuilds> deferred_builds_;
  std::unique_ptr<TokenFile> token_file_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<UnixListener> listener_;
};

absl::StatusOr<TcpAccess> Daemon::PrepareTcp() {
  TcpAccess tcp;
  if (options_.listen.empty()) return tcp;
  tcp.address = options_.listen;
  ABSL_ASSIGN_OR_RETURN(tcp.token, NewToken());
  ABSL_RETURN_IF_ERROR(WriteFileAtomically(options_.token_file, tcp.token + "\n"));
  token_file_ = std::make_unique<TokenFile>(options_.token_file);
  return tcp;
}

// The socket first: its lock also guards the token file beside it.
absl::Status Daemon::Listen() {
  ABSL_ASSIGN_OR_RETURN(listener_, UnixListener::Open(options_.socket_path));
  ABSL_ASSIGN_OR_RETURN(const TcpAccess tcp, PrepareTcp());
  ABSL_ASSIGN_OR_RETURN(server_, GrpcServer::Start(&serving_, tcp));
  listener_->Start([this](UniqueFd fd) { server_->AddConnection(std::move(fd)); });
  LogInfo(absl::StrCat("seekd ", kSeekdVersion, " listens on ", options_.socket_path));
  if (!tcp.address.empty()) {
    LogInfo(absl::StrCat("listens on TCP ", tcp.address, ", port ", server_->tcp_port(),
                         ", token in ", options_.token_file));
  }
  return absl::OkStatus();
}

// A server that others use, too, is not measured by every daemon that starts.
void Daemon::StartProfiler() {
  EmbeddingBackend* const model = models_->default_model();
  if (!model->model().remote.empty()) return;
  profiler_ = std::make_unique<BatchProfiler>(
      model, &serving_, options_.data_dir + "/batch_profile.json",
      options_.threads != 0 ? options_.threads : std::thread::hardware_concurrency());
}

void Daemon::LogRemoteModels() const {
  std::set<const EmbeddingBackend*> used{models_->default_model()};
  for (const auto& collection : engine_->List()) used.insert(&collection->backend());
  for (const EmbeddingBackend* model : used) LogIfRemote(*model);
}

absl::Status Daemon::OpenModels() {
  ModelLibraryOptions library;
  ABSL_ASSIGN_OR_RETURN(library.default_dir, FindModelDir(options_.model_dir));
  library.added_dir = options_.data_dir + "/models";
  library.installed_dir = InstalledModelsDir();
  library.max_model_bytes = options_.max_model_bytes;
  EmbeddingOptions& embedding = library.embedding;
  embedding.threads = static_cast<int>(options_.threads);
  embedding.device = options_.device;
  embedding.precision = options_.precision;
  embedding.precision_profile = options_.data_dir + "/precision_profile.json";
  embedding.warn = [](const std::string& message) { LogWarning(message); };
  ABSL_ASSIGN_OR_RETURN(models_, ModelLibrary::Open(library));
  return absl::OkStatus();
}

void Daemon::LogAbsentModels() const {
  for (const auto& collection : engine_->List()) {
    const absl::Status presence = collection->backend().presence();
    if (!presence.ok()) LogError(std::string(presence.message()));
  }
}

absl::Status Daemon::Open() {
  NotifyService("STATUS=opening");
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(options_.data_dir));
  ABSL_RETURN_IF_ERROR(OpenModels());
  ABSL_ASSIGN_OR_RETURN(engine_,
                        Engine::Open(options_.data_dir, models_.get(), options_.collection));
  LogRemoteModels();
  LogAbsentModels();
  serving_.Open(engine_.get(), models_.get());
  server_->SetHealthy(true);
  StartProfiler();
  deferred_builds_ = std::make_unique<DeferredBuilds>(engine_.get(), kDeferredCheckInterval);
  NotifyService("READY=1\nSTATUS=serving");
  LogInfo(absl::StrCat("serving ", engine_->List().size(), " collections of ", options_.data_dir,
                       " with model ", models_->default_model()->model().id, " on ",
                       models_->default_model()->device()));
  return absl::OkStatus();
}

void Daemon::WaitForStop() {
  const auto watchdog = WatchdogInterval();
  auto interval = watchdog;
  if (options_.cold_after.count() > 0) {
    interval = std::min(watchdog.value_or(kColdCheckInterval), kColdCheckInterval);
  }
  while (!WaitForStopSignal(interval)) {
    if (watchdog) NotifyService("WATCHDOG=1");
    if (options_.cold_after.count() > 0) ReleaseCold();
  }
}

void Daemon::ReleaseCold() {
  const auto now = std::chrono::steady_clock::now();
  const size_t collections = engine_->ReleaseIdle(now, options_.cold_after);
  const size_t models = models_->ReleaseIdle(now, options_.cold_after);
  if (collections + models == 0) return;
  ReturnFreeMemory();
  LogDebug(absl::StrCat(collections, " collections and ", models,
                        " models without use gave memory back"));
}

absl::Status Daemon::Drain() {
  LogInfo("draining");
  server_->SetHealthy(false);
  NotifyService("STOPPING=1\nSTATUS=draining");
  profiler_.reset();
  deferred_builds_.reset();
  listener_->Stop();
  serving_.Drain();
  server_->Shutdown(kShutdownGrace);
  return engine_ == nullptr ? absl::OkStatus() : engine_->Sync();
}

}  // namespace

absl::Status RunDaemon(const ServerOptions& options) {
  Daemon daemon(options);
  ABSL_RETURN_IF_ERROR(daemon.Listen());
  const absl::Status opened = daemon.Open();
  if (opened.ok()) daemon.WaitForStop();
  const absl::Status drained = daemon.Drain();
  return opened.ok() ? drained : opened;
}

}  // namespace seekd
