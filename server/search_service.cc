#include <algorithm>
#include <asio/co_spawn.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
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
#include "server/search_stream.h"
#include "server/services.h"
#include "server/serving.h"

namespace seekd {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

constexpr uint32_t kMinProfileRows = 32;
constexpr uint32_t kMaxProfileRows = 256;

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
template <typename Reactor, typename Result, typename Answer>
void RunSearch(WorkPool* pool, Reactor* reactor, asio::awaitable<absl::StatusOr<Result>> search,
               Pinned pinned, Answer answer) {
  asio::co_spawn(pool->executor(), std::move(search),
                 [reactor, pinned = std::move(pinned), answer = std::move(answer)](
                     std::exception_ptr exception, absl::StatusOr<Result> result) mutable {
                   reactor->Complete(Guarded([&]() -> absl::Status {
                     ABSL_RETURN_IF_ERROR(StatusOf(exception));
                     return answer(std::move(result));
                   }));
                 });
}

// The strategies that steer by exact distances take as many rows at once as the
// encoder likes, and never fewer than the default: small rounds cost recall. For the others more
// rows a round are more rows a query, and the calibration was fitted with the default
// (docs/search.md, "Rows per round").
uint32_t BatchRows(const BatchProfile& profile) {
  return std::clamp(profile.batch_rows, kMinProfileRows, kMaxProfileRows);
}

absl::StatusOr<SearchQuery> QueryOf(const Serving& serving, const Call& call,
                                    const std::string& collection,
                                    const v1::SearchRequest& request) {
  ABSL_ASSIGN_OR_RETURN(SearchQuery query, FromProto(collection, request));
  const bool steers =
      query.options.strategy == Strategy::kExact || query.options.strategy == Strategy::kTwoLevel;
  if (steers && request.tuning().batch_rows() == 0) {
    const std::optional<BatchProfile> profile = serving.batch_profile();
    if (profile) query.options.batch_rows = BatchRows(*profile);
  }
  query.options.deadline = call.deadline();
  query.options.cancellation = call.cancellation();
  if (LogEnabled(LogLevel::kDebug)) {
    LogDebug(absl::StrCat(call.request_id(), " query ", request.ShortDebugString()));
  }
  return query;
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

  grpc::ServerWriteReactor<v1::SearchResponse>* StreamSearch(
      CallbackServerContext* context, const v1::SearchRequest* request) override {
    auto* stream = new SearchStream(context);
    Start(&serving_->searchers(), stream, [=, this](WorkPool::Ticket ticket) {
      return StartStream(stream, *request, std::move(ticket));
    });
    return stream;
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
  template <typename Reactor>
  static void Start(WorkPool* pool, Reactor* reactor,
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
    const std::string name = collection->name();
    ABSL_ASSIGN_OR_RETURN(SearchQuery query, QueryOf(*serving_, reactor->call(), name, request));
    auto search = collection->Search(std::move(query));
    RunSearch(&serving_->searchers(), reactor, std::move(search),
              {std::move(collection), std::move(ticket)},
              [name, &request, response](absl::StatusOr<QueryResult> result) {
                if (!result.ok()) return WithLike(result.status(), request);
                ToProto(name, SnippetMaker(request.text()), *std::move(result), response);
                return absl::OkStatus();
              });
    return absl::OkStatus();
  }

  absl::Status StartStream(SearchStream* stream, const v1::SearchRequest& request,
                           WorkPool::Ticket ticket) {
    ABSL_ASSIGN_OR_RETURN(auto collection, serving_->FindCollection("parent", request.parent()));
    const std::string name = collection->name();
    ABSL_ASSIGN_OR_RETURN(SearchQuery query, QueryOf(*serving_, stream->call(), name, request));
    const auto send = [stream, name, snippets = SnippetMaker(request.text())](QueryResult result) {
      v1::SearchResponse response;
      ToProto(name, snippets, std::move(result), &response);
      stream->Send(std::move(response));
    };
    auto search = collection->Search(std::move(query), send);
    RunSearch(&serving_->searchers(), stream, std::move(search),
              {std::move(collection), std::move(ticket)},
              [send, &request](absl::StatusOr<QueryResult> result) {
                if (!result.ok()) return WithLike(result.status(), request);
                send(*std::move(result));
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
