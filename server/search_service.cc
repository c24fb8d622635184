#include <asio/co_spawn.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "seekd/v1/search.grpc.pb.h"
#include "server/errors.h"
#include "server/logging.h"
#include "server/marshalling.h"
#include "server/reactors.h"
#include "server/resource_names.h"
#include "server/services.h"
#include "server/serving.h"

namespace seekd {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

absl::Status StatusOf(const std::exception_ptr& exception) {
  if (exception == nullptr) return absl::OkStatus();
  return Guarded([&]() -> absl::Status { std::rethrow_exception(exception); });
}

// Says what was not found: the chunk or document to compare with.
absl::Status WithLike(const absl::Status& status, const v1::SearchRequest& request) {
  if (!absl::IsNotFound(status)) return status;
  if (request.has_chunk()) {
    return WithReason(WithResource(status, "seekd.v1.Chunk", request.chunk()), "CHUNK_NOT_FOUND");
  }
  return WithReason(WithResource(status, "seekd.v1.Document", request.document()),
                    "DOCUMENT_NOT_FOUND");
}

// What must live as long as a search runs.
struct Pinned {
  std::shared_ptr<Collection> collection;
  WorkPool::Ticket ticket;
};

// Starts a coroutine on the pool's threads and completes the call with what
// `answer` makes of its result.
template <typename Result, typename Answer>
void RunSearch(WorkPool* pool, UnaryReactor* reactor,
               asio::awaitable<absl::StatusOr<Result>> search, Pinned pinned, Answer answer) {
  asio::co_spawn(pool->executor(), std::move(search),
                 [reactor, pinned = std::move(pinned), answer = std::move(answer)](
                     std::exception_ptr exception, absl::StatusOr<Result> result) mutable {
                   reactor->Complete(Guarded([&]() -> absl::Status {
                     ABSL_RETURN_IF_ERROR(StatusOf(exception));
                     return answer(std::move(result));
                   }));
                 });
}

class SearchServiceImpl final : public v1::SearchService::CallbackService {
 public:
  explicit SearchServiceImpl(Serving* serving) : serving_(serving) {}

  ServerUnaryReactor* Search(CallbackServerContext* context, const v1::SearchRequest* request,
                             v1::SearchResponse* response) override {
    auto* reactor = new UnaryReactor(context, "SearchService/Search");
    Start(&serving_->searchers(), reactor, [=, this](WorkPool::Ticket ticket) {
      return StartSearch(reactor, *request, response, std::move(ticket));
    });
    return reactor;
  }

  ServerUnaryReactor* ExhaustiveSearch(CallbackServerContext* context,
                                       const v1::ExhaustiveSearchRequest* request,
                                       v1::ExhaustiveSearchResponse* response) override {
    auto* reactor = new UnaryReactor(context, "SearchService/ExhaustiveSearch");
    Start(&serving_->scanners(), reactor, [=, this](WorkPool::Ticket ticket) {
      return StartExhaustive(reactor, *request, response, std::move(ticket));
    });
    return reactor;
  }

 private:
  // Runs `begin` on the pool's threads; it completes the call unless it fails.
  static void Start(WorkPool* pool, UnaryReactor* reactor,
                    std::function<absl::Status(WorkPool::Ticket)> begin) {
    absl::StatusOr<WorkPool::Ticket> ticket = pool->Admit();
    if (!ticket.ok()) return reactor->Complete(ticket.status());
    pool->Continue([reactor, ticket = *std::move(ticket), begin = std::move(begin)] {
      const absl::Status begun = Guarded([&] { return begin(ticket); });
      if (!begun.ok()) reactor->Complete(begun);
    });
  }

  absl::Status StartSearch(UnaryReactor* reactor, const v1::SearchRequest& request,
                           v1::SearchResponse* response, WorkPool::Ticket ticket) {
    ABSL_ASSIGN_OR_RETURN(auto collection, serving_->FindCollection("parent", request.parent()));
    ABSL_ASSIGN_OR_RETURN(SearchQuery query, FromProto(collection->name(), request));
    query.options.deadline = reactor->call().deadline();
    query.options.cancellation = reactor->call().cancellation();
    if (LogEnabled(LogLevel::kDebug)) {
      LogDebug(absl::StrCat(reactor->call().request_id(), " query ", request.ShortDebugString()));
    }
    auto search = collection->Search(std::move(query));
    const std::string name = collection->name();
    RunSearch(&serving_->searchers(), reactor, std::move(search),
              {std::move(collection), std::move(ticket)},
              [name, &request, response](absl::StatusOr<QueryResult> result) {
                if (!result.ok()) return WithLike(result.status(), request);
                ToProto(name, SnippetMaker(request.text()), *std::move(result), response);
                return absl::OkStatus();
              });
    return absl::OkStatus();
  }

  absl::Status StartExhaustive(UnaryReactor* reactor, const v1::ExhaustiveSearchRequest& request,
                               v1::ExhaustiveSearchResponse* response, WorkPool::Ticket ticket) {
    ABSL_ASSIGN_OR_RETURN(auto collection, serving_->FindCollection("parent", request.parent()));
    ABSL_ASSIGN_OR_RETURN(ExhaustiveQuery query, FromProto(request));
    auto search = collection->ExhaustiveSearch(std::move(query.texts), query.top_k,
                                               reactor->call().cancellation());
    RunSearch(&serving_->scanners(), reactor, std::move(search),
              {std::move(collection), std::move(ticket)},
              [response](const absl::StatusOr<std::vector<std::vector<ScoredChunk>>>& answers) {
                if (answers.ok()) ToProto(*answers, response);
                return answers.status();
              });
    return absl::OkStatus();
  }

  Serving* const serving_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSearchService(Serving* serving) {
  return std::make_unique<SearchServiceImpl>(serving);
}

}  // namespace seekd
