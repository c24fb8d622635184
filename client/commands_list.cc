// seek ls: collections, documents of one, files that were skipped.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/commands.h"
#include "client/json_output.h"
#include "client/pages.h"
#include "client/resource_names.h"
#include "client/terminal_text.h"

namespace seekd::client {
namespace {

struct ListArguments {
  std::string prefix;
  bool skipped = false;
};

void PrintCollection(Output& output, const v1::Collection& collection) {
  std::string roots = absl::StrJoin(collection.roots(), ", ");
  output.WriteLine(absl::StrFormat("%-20s %12s documents %12s chunks  %s",
                                   OneLine(CollectionIdOf(collection.name())),
                                   FormatCount(collection.document_count()),
                                   FormatCount(collection.chunk_count()), OneLine(roots)));
}

absl::Status ListCollections(Output& output, Client& client) {
  Json all = Json::array();
  int64_t count = 0;
  ABSL_RETURN_IF_ERROR(ForEachPage(
      v1::ListCollectionsRequest(), [&](const auto& r) { return client.ListCollections(r); },
      [&](const v1::ListCollectionsResponse& page) {
        count += page.collections_size();
        for (const v1::Collection& collection : page.collections()) {
          if (output.json()) {
            all.push_back(ToJson(collection));
          } else {
            PrintCollection(output, collection);
          }
        }
      }));
  if (output.json()) output.WriteJson({{"collections", all}});
  if (count == 0) output.Note("nothing is indexed yet: seek index DIR");
  return absl::OkStatus();
}

absl::Status ListDocuments(Cli& cli, Client& client, const std::string& prefix) {
  Output& output = *cli.output;
  Json all = Json::array();
  v1::ListDocumentsRequest request;
  request.set_parent(cli.collection_name());
  request.set_path_prefix(prefix);
  ABSL_RETURN_IF_ERROR(ForEachPage(
      request, [&](const auto& r) { return client.ListDocuments(r); },
      [&](const v1::ListDocumentsResponse& page) {
        for (const v1::Document& document : page.documents()) {
          if (output.json()) {
            all.push_back(ToJson(document));
          } else {
            output.WriteLine(OneLine(document.document_id()));
          }
        }
      }));
  if (output.json()) output.WriteJson({{"documents", all}});
  return absl::OkStatus();
}

absl::Status ListSkipped(Cli& cli, Client& client) {
  Output& output = *cli.output;
  Json all = Json::array();
  v1::ListSkippedFilesRequest request;
  request.set_parent(cli.collection_name());
  ABSL_RETURN_IF_ERROR(ForEachPage(
      request, [&](const auto& r) { return client.ListSkippedFiles(r); },
      [&](const v1::ListSkippedFilesResponse& page) {
        for (const auto& file : page.skipped_files()) {
          if (output.json()) {
            all.push_back(ToJson(file));
          } else {
            output.WriteLine(absl::StrCat(OneLine(file.path()), "\t", OneLine(file.reason())));
          }
        }
      }));
  if (output.json()) output.WriteJson({{"skipped", all}});
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> List(Cli& cli, const ListArguments& arguments) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  absl::Status status;
  if (arguments.skipped) {
    status = ListSkipped(cli, *client);
  } else if (cli.options.collection_given || !arguments.prefix.empty()) {
    status = ListDocuments(cli, *client, arguments.prefix);
  } else {
    status = ListCollections(*cli.output, *client);
  }
  ABSL_RETURN_IF_ERROR(status);
  return ExitCode::kOk;
}

}  // namespace

void AddListCommand(CLI::App& app, Cli& cli) {
  auto arguments = std::make_shared<ListArguments>();
  CLI::App* list =
      app.add_subcommand("ls", "List collections; with -c NAME or PREFIX, documents of one");
  list->add_option("prefix", arguments->prefix, "Only documents whose path begins with this");
  list->add_flag("--skipped", arguments->skipped, "Files that were not indexed, and why");
  list->callback(
      [&cli, arguments] { cli.run = [arguments](Cli& c) { return List(c, *arguments); }; });
}

}  // namespace seekd::client
