// seek get, seek rm, seek dump
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/commands.h"
#include "client/json_output.h"
#include "client/resource_names.h"
#include "client/terminal_text.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

struct RemoveArguments {
  std::vector<std::string> documents;
  bool all = false;
  bool yes = false;
};

// Byte-exact into files and pipes; a terminal gets nothing that could steer it.
absl::Status PrintText(Cli& cli, Client& client, const std::string& document) {
  v1::ReadDocumentRequest request;
  request.set_name(DocumentName(cli.options.collection, document));
  if (!cli.output->stdout_is_terminal()) {
    return client.ReadDocument(request, [&](std::string_view part) { cli.output->Write(part); });
  }
  // Whole: a part may end inside a character.
  std::string text;
  ABSL_RETURN_IF_ERROR(
      client.ReadDocument(request, [&](std::string_view part) { text.append(part); }));
  cli.output->Write(EscapeForTerminal(text, true));
  return absl::OkStatus();
}

absl::Status PrintJson(Cli& cli, Client& client, const std::string& document) {
  v1::GetDocumentRequest get;
  get.set_name(DocumentName(cli.options.collection, document));
  ABSL_ASSIGN_OR_RETURN(const v1::Document found, client.GetDocument(get));
  v1::ReadDocumentRequest read;
  read.set_name(get.name());
  std::string text;
  ABSL_RETURN_IF_ERROR(
      client.ReadDocument(read, [&](std::string_view part) { text.append(part); }));
  Json json = ToJson(found);
  json["collection"] = cli.options.collection;
  json["text"] = text;
  cli.output->WriteJson(json);
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Get(Cli& cli, const std::string& argument) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  ABSL_RETURN_IF_ERROR(WithDocument(argument, [&](const std::string& document) {
    return cli.output->json() ? PrintJson(cli, *client, document)
                              : PrintText(cli, *client, document);
  }));
  return ExitCode::kOk;
}

// A terminal is asked; a script has to say --yes.
absl::Status Confirm(Cli& cli) {
  const std::string name = OneLine(cli.options.collection);
  if (!cli.output->stdin_is_terminal() || !cli.output->stderr_is_terminal()) {
    return absl::FailedPreconditionError(
        absl::StrCat("expected --yes to remove the whole collection ", name));
  }
  std::cerr << "Remove the collection " << name << " with its index? The files stay. [y/N] "
            << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return absl::OkStatus();
  return absl::FailedPreconditionError("nothing was removed");
}

absl::StatusOr<ExitCode> RemoveCollection(Cli& cli, bool yes) {
  if (!yes) ABSL_RETURN_IF_ERROR(Confirm(cli));
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  v1::DeleteCollectionRequest request;
  request.set_name(cli.collection_name());
  ABSL_RETURN_IF_ERROR(client->DeleteCollection(request));
  if (cli.output->json()) {
    cli.output->WriteJson({{"removed_collection", cli.options.collection}});
  } else {
    cli.output->Note(absl::StrCat("removed the collection ", OneLine(cli.options.collection)));
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> RemoveDocuments(Cli& cli, const std::vector<std::string>& documents) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  Json removed = Json::array();
  for (const std::string& argument : documents) {
    ABSL_RETURN_IF_ERROR(WithDocument(argument, [&](const std::string& document) {
      v1::DeleteDocumentRequest request;
      request.set_name(DocumentName(cli.options.collection, document));
      absl::Status status = client->DeleteDocument(request);
      if (!status.ok()) return status;
      removed.push_back(document);
      cli.output->Note(absl::StrCat("removed ", OneLine(document)));
      return status;
    }));
  }
  if (cli.output->json()) cli.output->WriteJson({{"removed", removed}});
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Remove(Cli& cli, const RemoveArguments& arguments) {
  if (arguments.all) return RemoveCollection(cli, arguments.yes);
  return RemoveDocuments(cli, arguments.documents);
}

absl::StatusOr<ExitCode> Dump(Cli& cli) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  v1::ExportChunksRequest request;
  request.set_parent(cli.collection_name());
  ABSL_RETURN_IF_ERROR(
      client->ExportChunks(request, [&](const v1::ExportChunksResponse::Chunk& chunk) {
        cli.output->WriteJson({{"chunk_id", chunk.chunk_id()},
                               {"document", chunk.document_id()},
                               {"path", chunk.document_id()},
                               {"embedding_input", chunk.embedding_input()}});
      }));
  return ExitCode::kOk;
}

void AddGet(CLI::App& app, Cli& cli) {
  auto document = std::make_shared<std::string>();
  CLI::App* get = app.add_subcommand("get", "Print the text of a document as it was indexed");
  get->add_option("document", *document, "Its path or id")->required();
  get->callback([&cli, document] { cli.run = [document](Cli& c) { return Get(c, *document); }; });
}

void AddRemove(CLI::App& app, Cli& cli) {
  auto arguments = std::make_shared<RemoveArguments>();
  CLI::App* remove = app.add_subcommand(
      "rm", "Remove documents, or a whole collection, from the index; files stay");
  CLI::Option* documents =
      remove->add_option("documents", arguments->documents, "Paths or ids of documents");
  CLI::Option* all =
      remove->add_flag("--all,--collection-itself", arguments->all, "The collection itself");
  documents->excludes(all);
  remove->add_flag("-y,--yes", arguments->yes, "Do not ask");
  remove->callback([&cli, arguments] {
    if (arguments->documents.empty() && !arguments->all) {
      throw CLI::RequiredError("documents, or --all");
    }
    cli.run = [arguments](Cli& c) { return Remove(c, *arguments); };
  });
}

}  // namespace

void AddDocumentCommands(CLI::App& app, Cli& cli) {
  AddGet(app, cli);
  AddRemove(app, cli);
  CLI::App* dump = app.add_subcommand("dump", "One JSON line for each chunk of a collection");
  dump->callback([&cli] { cli.run = Dump; });
}

}  // namespace seekd::client
