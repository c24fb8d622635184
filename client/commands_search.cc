// seek search, seek like
#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "client/commands.h"
#include "client/date.h"
#include "client/json_output.h"
#include "client/resource_names.h"
#include "client/search_options.h"
#include "client/terminal_text.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

struct SearchArguments {
  std::string query;
  bool document = false;  // like: the argument is no chunk id
  int top_k = 10;
  SearchFlags flags;
  std::string path_prefix;
  std::string path_glob;
  std::string after;
  std::string before;
  int64_t deadline_ms = 0;
  bool full = false;
  bool stream = false;
};

absl::Status SetTime(const std::string& text, google::protobuf::Timestamp* time) {
  ABSL_ASSIGN_OR_RETURN(const absl::Time parsed,
                        ParseDate(text, absl::Now(), absl::LocalTimeZone()));
  time->set_seconds(absl::ToUnixSeconds(parsed));
  time->set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(parsed - absl::FromUnixSeconds(time->seconds()))));
  return absl::OkStatus();
}

absl::Status SetFilter(const SearchArguments& arguments, v1::SearchRequest* request) {
  if (!arguments.path_prefix.empty()) {
    request->mutable_filter()->set_path_prefix(arguments.path_prefix);
  }
  if (!arguments.path_glob.empty()) request->mutable_filter()->set_path_glob(arguments.path_glob);
  if (!arguments.after.empty()) {
    ABSL_RETURN_IF_ERROR(
        SetTime(arguments.after, request->mutable_filter()->mutable_modified_after()));
  }
  if (arguments.before.empty()) return absl::OkStatus();
  return SetTime(arguments.before, request->mutable_filter()->mutable_modified_before());
}

absl::StatusOr<v1::SearchRequest> MakeRequest(const Cli& cli, const SearchArguments& arguments) {
  v1::SearchRequest request;
  request.set_parent(cli.collection_name());
  request.set_top_k(arguments.top_k);
  arguments.flags.Apply(&request);
  ABSL_RETURN_IF_ERROR(SetFilter(arguments, &request));
  return request;
}

std::string Place(const v1::Hit& hit) {
  const std::string& path = hit.path().empty() ? hit.document_id() : hit.path();
  return absl::StrCat(OneLine(path),
                      hit.line_begin() > 0 ? absl::StrCat(":", hit.line_begin()) : "");
}

std::string Indented(const std::string& text) {
  std::string out = "    ";
  for (const char c : text) {
    out.push_back(c);
    if (c == '\n') out.append("    ");
  }
  return out;
}

std::string Excerpt(const Output& output, const v1::Hit& hit, bool full) {
  if (full) return EscapeForTerminal(hit.text(), true);
  std::vector<std::pair<int, int>> ranges;
  for (const v1::ByteRange& range : hit.highlights())
    ranges.emplace_back(range.begin(), range.end());
  return Highlight(hit.snippet(), ranges, output.bold(), output.reset());
}

void PrintHit(Output& output, int rank, const v1::Hit& hit, bool full) {
  output.WriteLine(absl::StrFormat("%2d. %s%s%s  %s%.3f", rank, std::string(output.bold()),
                                   Place(hit), std::string(output.reset()),
                                   hit.score_estimated() ? "~" : "", hit.score()));
  if (!hit.title().empty()) {
    output.WriteLine(absl::StrCat("    ", std::string(output.dim()), OneLine(hit.title()),
                                  std::string(output.reset())));
  }
  output.WriteLine(Indented(Excerpt(output, hit, full)));
  if (hit.also_in_size() > 0) {
    output.WriteLine(absl::StrCat(
        "    ", std::string(output.dim()), "also in ", OneLine(hit.also_in(0)),
        hit.also_in_size() > 1 ? absl::StrCat(" and ", hit.also_in_size() - 1, " more") : "",
        std::string(output.reset())));
  }
}

std::string StatsLine(const v1::SearchResponse& response) {
  const v1::SearchStats& stats = response.stats();
  std::string line =
      absl::StrCat(response.hits_size(), response.hits_size() == 1 ? " hit in " : " hits in ",
                   absl::StrFormat("%.1f ms", static_cast<double>(stats.elapsed_us()) / 1000), ", ",
                   FormatCount(stats.recomputed()), " recomputed");
  if (!stats.complete()) {
    absl::StrAppend(&line, "; incomplete: stopped by ", OneLine(stats.stop_reason()));
  }
  return line;
}

// With --stream and --json each answer is printed as it comes.
absl::StatusOr<v1::SearchResponse> Ask(Cli& cli, Client& client, const v1::SearchRequest& request,
                                       const SearchArguments& arguments) {
  const std::chrono::milliseconds deadline(arguments.deadline_ms);
  if (!arguments.stream) return client.Search(request, deadline);
  Output& output = *cli.output;
  return client.StreamSearch(request, deadline, [&output](const v1::SearchResponse& response) {
    if (!output.json()) return;
    output.WriteJson(ToJson(response));
    output.Flush();
  });
}

ExitCode PrintResponse(Output& output, const v1::SearchResponse& response,
                       const SearchArguments& arguments) {
  if (output.json()) {
    if (!arguments.stream) output.WriteJson(ToJson(response));
  } else {
    for (int i = 0; i < response.hits_size(); ++i) {
      PrintHit(output, i + 1, response.hits(i), arguments.full);
    }
    output.Note(StatsLine(response));
  }
  return response.hits().empty() ? ExitCode::kNoHits : ExitCode::kOk;
}

absl::StatusOr<ExitCode> Search(Cli& cli, const SearchArguments& arguments) {
  ABSL_ASSIGN_OR_RETURN(v1::SearchRequest request, MakeRequest(cli, arguments));
  request.set_text(arguments.query);
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  ABSL_ASSIGN_OR_RETURN(const v1::SearchResponse response, Ask(cli, *client, request, arguments));
  return PrintResponse(*cli.output, response, arguments);
}

absl::StatusOr<ExitCode> Like(Cli& cli, const SearchArguments& arguments) {
  ABSL_ASSIGN_OR_RETURN(v1::SearchRequest request, MakeRequest(cli, arguments));
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  v1::SearchResponse response;
  const auto search = [&]() -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(response, Ask(cli, *client, request, arguments));
    return absl::OkStatus();
  };
  int64_t chunk_id = 0;
  if (!arguments.document && absl::SimpleAtoi(arguments.query, &chunk_id)) {
    request.set_chunk(ChunkName(cli.options.collection, chunk_id));
    ABSL_RETURN_IF_ERROR(search());
  } else {
    ABSL_RETURN_IF_ERROR(WithDocument(arguments.query, [&](const std::string& document) {
      request.set_document(DocumentName(cli.options.collection, document));
      return search();
    }));
  }
  return PrintResponse(*cli.output, response, arguments);
}

CLI::Validator DateValidator() {
  return CLI::Validator(
      [](std::string& text) {
        const auto parsed = ParseDate(text, absl::Now(), absl::LocalTimeZone());
        return parsed.ok() ? std::string() : std::string(parsed.status().message());
      },
      "DATE");
}

void AddSharedOptions(CLI::App* command, SearchArguments* arguments) {
  command->add_option("-k,--top-k", arguments->top_k, "How many hits (default: 10)")
      ->check(CLI::Range(1, 1000));
  AddSearchFlags(command, &arguments->flags);
  command
      ->add_option("--path", arguments->path_prefix, "Only documents whose path begins with this")
      ->type_name("PREFIX");
  command->add_option("--glob", arguments->path_glob, "Only documents whose path matches")
      ->type_name("GLOB");
  command->add_option("--after", arguments->after, "Only documents modified at or after")
      ->check(DateValidator());
  command->add_option("--before", arguments->before, "Only documents modified before")
      ->check(DateValidator());
  command->add_option("--deadline", arguments->deadline_ms, "Answer with the best found by then")
      ->check(CLI::Range(int64_t{1}, int64_t{86'400'000}))
      ->type_name("MS");
  command->add_flag("--full", arguments->full, "Whole chunks instead of snippets");
  command->add_flag("--stream", arguments->stream,
                    "With --json: a line for each better answer while the search runs");
}

}  // namespace

void AddSearchCommands(CLI::App& app, Cli& cli) {
  auto arguments = std::make_shared<SearchArguments>();
  CLI::App* search = app.add_subcommand("search", "Find passages by what they mean");
  search->add_option("question", arguments->query, "What to look for")->required();
  AddSharedOptions(search, arguments.get());
  search->callback(
      [&cli, arguments] { cli.run = [arguments](Cli& c) { return Search(c, *arguments); }; });

  auto example = std::make_shared<SearchArguments>();
  CLI::App* like = app.add_subcommand("like", "Find passages like a chunk or a document");
  like->add_option("example", example->query, "A chunk id, or a document's path or id")->required();
  like->add_flag("--document", example->document,
                 "The example is a document even if it is a number");
  AddSharedOptions(like, example.get());
  like->callback([&cli, example] { cli.run = [example](Cli& c) { return Like(c, *example); }; });
}

}  // namespace seekd::client
