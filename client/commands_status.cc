// seek status: the byte ledger.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands.h"
#include "client/json_output.h"
#include "client/resource_names.h"
#include "client/terminal_text.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

void Row(Output& output, const std::string& name, int64_t bytes, int64_t text_bytes) {
  output.WriteLine(absl::StrFormat("  %-22s %17s B  %10s  %9s", name, FormatCount(bytes),
                                   FormatBytes(bytes), FormatPercent(bytes, text_bytes)));
}

void PrintHealth(Output& output, const v1::CollectionStatus& collection) {
  if (collection.health_code() == 0) return;
  const auto code = static_cast<absl::StatusCode>(collection.health_code());
  output.WriteLine(absl::StrCat("  SEARCHES FAIL: ", absl::StatusCodeToString(code), ": ",
                                OneLine(collection.health_message())));
}

void PrintCollection(Output& output, const v1::CollectionStatus& collection) {
  output.WriteLine(absl::StrCat(std::string(output.bold()),
                                OneLine(CollectionIdOf(collection.collection())),
                                std::string(output.reset())));
  PrintHealth(output, collection);
  output.WriteLine(absl::StrCat("  ", FormatCounted(collection.document_count(), "document"), ", ",
                                FormatCounted(collection.chunk_count(), "chunk"), ", ",
                                FormatCounted(collection.node_count(), "node"), " (",
                                FormatCount(collection.pending_count()), " pending, ",
                                FormatCount(collection.dead_count()), " dead), ",
                                FormatCounted(collection.skipped_count(), "file"), " skipped"));
  const int64_t text = collection.text_bytes();
  Row(output, "text", text, text);
  Row(output, "index", collection.index_bytes(), text);
  Row(output, "  graph", collection.graph_bytes(), text);
  Row(output, "  codes", collection.code_bytes(), text);
  Row(output, "  nodes", collection.node_bytes(), text);
  if (collection.pending_bytes() > 0) Row(output, "pending", collection.pending_bytes(), text);
}

void PrintProfile(Output& output, const v1::GetStatusResponse::Model& model) {
  if (model.batch_rows() == 0) return;  // not measured yet
  output.WriteLine(absl::StrFormat("  encoder on %s: %s rows a second (%.1f us a row), %d at once",
                                   OneLine(model.device()),
                                   FormatCount(static_cast<int64_t>(model.rows_per_second())),
                                   model.us_per_row(), model.batch_rows()));
}

void PrintWhole(Output& output, const v1::GetStatusResponse& status) {
  int64_t text = 0;
  for (const auto& collection : status.collections()) text += collection.text_bytes();
  output.WriteLine(
      absl::StrCat(std::string(output.bold()), "all collections", std::string(output.reset())));
  Row(output, "store", status.store_bytes(), text);
  Row(output, "data directory", status.directory_bytes(), text);
  output.WriteLine(absl::StrCat("  ", OneLine(status.data_directory()), ", model ",
                                OneLine(status.model().id()), " (", status.model().dimensions(),
                                " dimensions)"));
  PrintProfile(output, status.model());
}

absl::StatusOr<ExitCode> Status(Cli& cli) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  v1::GetStatusRequest request;
  if (cli.options.collection_given) request.set_collection(cli.collection_name());
  ABSL_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client->GetStatus(request));
  Output& output = *cli.output;
  if (output.json()) {
    output.WriteJson(ToJson(status));
    return ExitCode::kOk;
  }
  for (const auto& collection : status.collections()) PrintCollection(output, collection);
  // Shares of the whole directory mean something only beside all collections.
  if (!cli.options.collection_given) PrintWhole(output, status);
  if (status.collections().empty()) output.Note("nothing is indexed yet: seek index DIR");
  return ExitCode::kOk;
}

}  // namespace

void AddStatusCommand(CLI::App& app, Cli& cli) {
  CLI::App* status = app.add_subcommand("status", "Where every byte goes (-c: one collection)");
  status->callback([&cli] { cli.run = Status; });
}

}  // namespace seekd::client
