// seek index
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands.h"
#include "client/json_output.h"
#include "client/operation_follow.h"
#include "client/operation_progress.h"
#include "client/terminal_text.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

using google::longrunning::Operation;

struct IndexArguments {
  std::string folder;
  bool check_only = false;
  // Settings of the collection, where given.
  std::optional<double> index_share;
  std::optional<double> hot_share;

  bool changes_settings() const { return index_share || hot_share; }
};

std::string CollectionFlag(const Cli& cli) {
  if (!cli.options.collection_given) return "";
  return absl::StrCat("-c ", OneLine(cli.options.collection), " ");
}

void PrintSummary(Cli& cli, const std::string& folder, const v1::IndexFolderResponse& response) {
  Output& output = *cli.output;
  if (output.json()) {
    Json json = ToJson(response);
    json["collection"] = cli.options.collection;
    json["folder"] = folder;
    output.WriteJson(json);
    return;
  }
  std::vector<std::string> parts;
  const auto add = [&](int64_t count, const char* what) {
    parts.push_back(absl::StrCat(FormatCount(count), " ", what));
  };
  add(response.added_count(), "added");
  add(response.updated_count(), "updated");
  add(response.unchanged_count(), "unchanged");
  add(response.deleted_count(), "deleted");
  add(response.skipped_count(), "skipped");
  const double seconds = static_cast<double>(response.elapsed_us()) * 1e-6;
  output.WriteLine(absl::StrCat(OneLine(folder), ": ", absl::StrJoin(parts, ", "), " in ",
                                FormatDuration(seconds)));
  if (response.skipped_count() > 0) {
    output.Note(absl::StrCat("why files were skipped: seek ", CollectionFlag(cli), "ls --skipped"));
  }
  output.Note(absl::StrCat("now ask: seek ", CollectionFlag(cli), "search \"...\""));
}

// After Ctrl-C.
ExitCode TellKept(Cli& cli, const Operation& last) {
  const int64_t kept = MetadataOf<v1::IndexFolderMetadata>(last).documents_committed();
  cli.output->Note(
      absl::StrCat("stopped: ", FormatCount(kept),
                   kept == 1 ? " document of this run is" : " documents of this run are",
                   " kept; run the same command to go on"));
  return ExitCode::kInterrupted;
}

// Before the run, which builds the index by them; makes the collection when needed.
absl::Status ChangeSettings(Cli& cli, Client& client, const IndexArguments& arguments) {
  v1::UpdateCollectionRequest request;
  request.mutable_collection()->set_name(cli.collection_name());
  if (arguments.index_share) {
    request.mutable_collection()->set_max_index_share(*arguments.index_share);
    request.mutable_update_mask()->add_paths("max_index_share");
  }
  if (arguments.hot_share) {
    request.mutable_collection()->set_hot_share(*arguments.hot_share);
    request.mutable_update_mask()->add_paths("hot_share");
  }
  request.set_allow_missing(true);
  request.set_validate_only(arguments.check_only);
  return client.UpdateCollection(request).status();
}

// A second `seek index` of the same folder watches the run of the first, unless it
// changes settings: the first may have built its index already.
std::string RequestId(const Cli& cli, const std::string& folder, const IndexArguments& arguments) {
  std::string id = absl::StrCat("seek index ", cli.options.collection, " ", folder);
  if (arguments.index_share) absl::StrAppend(&id, " index-share ", *arguments.index_share);
  if (arguments.hot_share) absl::StrAppend(&id, " hot-share ", *arguments.hot_share);
  return id;
}

absl::StatusOr<Operation> Begin(Cli& cli, Client& client, const std::string& folder,
                                const IndexArguments& arguments) {
  v1::IndexFolderRequest request;
  request.set_parent(cli.collection_name());
  request.set_folder(folder);
  request.set_validate_only(arguments.check_only);
  request.set_request_id(RequestId(cli, folder, arguments));
  return client.IndexFolder(request);
}

absl::StatusOr<ExitCode> Index(Cli& cli, const IndexArguments& arguments) {
  ABSL_ASSIGN_OR_RETURN(const std::string folder, AbsoluteFolder(arguments.folder));
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.ConnectOrStart());
  if (arguments.changes_settings()) {
    ABSL_RETURN_IF_ERROR(ChangeSettings(cli, *client, arguments));
  }
  ABSL_ASSIGN_OR_RETURN(Operation operation, Begin(cli, *client, folder, arguments));
  ABSL_ASSIGN_OR_RETURN(const FollowedOperation followed,
                        FollowOperation(cli, *client, std::move(operation)));
  if (followed.interrupted) return TellKept(cli, followed.last);
  ABSL_ASSIGN_OR_RETURN(const auto response, ResultOf<v1::IndexFolderResponse>(followed.last));
  if (arguments.check_only && !cli.output->json()) {
    cli.output->WriteLine(absl::StrCat(OneLine(folder), ": can be indexed"));
  } else {
    PrintSummary(cli, folder, response);
  }
  return ExitCode::kOk;
}

}  // namespace

void AddIndexCommand(CLI::App& app, Cli& cli) {
  auto arguments = std::make_shared<IndexArguments>();
  CLI::App* index = app.add_subcommand(
      "index", "Index a folder, or bring its index up to date; starts the daemon when needed");
  index->add_option("folder", arguments->folder, "The folder")->required()->type_name("DIR");
  index->add_flag("--check", arguments->check_only, "Only check that it could be done");
  index
      ->add_option("--index-share", arguments->index_share,
                   "Largest size of the index, as a share of the text (0.08: 8 %); kept for the "
                   "collection; 0: the daemon's default")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("SHARE");
  index
      ->add_option("--hot-share", arguments->hot_share,
                   "Bytes on top of that for embeddings that are asked for most, as a share of "
                   "the text; kept for the collection; 0: none")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("SHARE");
  index->callback(
      [&cli, arguments] { cli.run = [arguments](Cli& c) { return Index(c, *arguments); }; });
}

}  // namespace seekd::client
