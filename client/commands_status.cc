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

// What was granted, and what is used of it.
void PrintShares(Output& output, const v1::CollectionStatus& collection) {
  const int64_t text = collection.text_bytes();
  std::string line = absl::StrFormat(
      "  share of text: index %g %% granted, %s used", 100 * collection.granted_index_share(),
      FormatPercent(collection.index_bytes() - collection.hot_bytes(), text));
  if (collection.granted_hot_share() > 0) {
    absl::StrAppendFormat(&line, "; hot cache %g %% granted, %s used",
                          100 * collection.granted_hot_share(),
                          FormatPercent(collection.hot_bytes(), text));
  }
  output.WriteLine(line);
}

// Where the embeddings came from that searches asked for since the daemon started.
void PrintAsked(Output& output, const v1::CollectionStatus& collection) {
  const int64_t asked =
      collection.recomputed_count() + collection.cache_hit_count() + collection.hot_hit_count();
  if (asked == 0) return;
  output.WriteLine(absl::StrCat("  embeddings asked for: ", FormatCount(asked), "; ",
                                FormatPercent(collection.recomputed_count(), asked),
                                " recomputed, ", FormatPercent(collection.cache_hit_count(), asked),
                                " from memory (", FormatBytes(collection.cache_bytes()), "), ",
                                FormatPercent(collection.hot_hit_count(), asked),
                                " from the hot cache"));
}

// Its model where that is not the default one.
void PrintCollection(Output& output, const v1::CollectionStatus& collection,
                     const std::string& default_model) {
  const std::string model =
      collection.model() == default_model ? "" : ", model " + OneLine(collection.model());
  output.WriteLine(absl::StrCat(std::string(output.bold()),
                                OneLine(CollectionIdOf(collection.collection())),
                                std::string(output.reset()), model));
  PrintHealth(output, collection);
  if (!collection.remote().empty()) {
    output.WriteLine(absl::StrCat("  text is sent to ", OneLine(collection.remote())));
  }
  output.WriteLine(absl::StrCat("  ", FormatCounted(collection.document_count(), "document"), ", ",
                                FormatCounted(collection.chunk_count(), "chunk"), ", ",
                                FormatCounted(collection.node_count(), "node"), " (",
                                FormatCount(collection.pending_count()), " pending, ",
                                FormatCount(collection.dead_count()), " dead), ",
                                FormatCounted(collection.skipped_count(), "file"), " skipped"));
  if (collection.deferred_count() > 0) {
    output.WriteLine(absl::StrCat("  ", FormatCounted(collection.deferred_count(), "chunk"),
                                  " cannot be found yet: waiting to be built into the index"));
  }
  const int64_t text = collection.text_bytes();
  Row(output, "text", text, text);
  Row(output, "index", collection.index_bytes(), text);
  Row(output, "  graph", collection.graph_bytes(), text);
  Row(output, collection.codebook_is_shared() ? "  codes" : "  codes and codebook",
      collection.code_bytes(), text);
  Row(output, "  nodes", collection.node_bytes(), text);
  if (collection.hot_bytes() > 0) Row(output, "  hot cache", collection.hot_bytes(), text);
  if (collection.pending_bytes() > 0) Row(output, "pending", collection.pending_bytes(), text);
  PrintShares(output, collection);
  if (collection.build_shards() > 1) {
    output.WriteLine(
        absl::StrFormat("  built in %d shards, %s of embeddings at once, %s recomputed",
                        collection.build_shards(), FormatBytes(collection.build_embedding_bytes()),
                        FormatCount(collection.build_recomputed_count())));
  }
  PrintAsked(output, collection);
}

void PrintRemote(Output& output, const v1::GetStatusResponse::Model& model) {
  if (!model.remote().empty()) {
    output.WriteLine(absl::StrCat("  text is sent to ", OneLine(model.remote())));
  }
  if (model.health_code() != 0) {
    output.WriteLine(
        absl::StrCat("  the encoder does not work: ", OneLine(model.health_message())));
  }
}

void PrintProfile(Output& output, const v1::GetStatusResponse::Model& model) {
  if (model.batch_rows() == 0) {  // not measured yet, or on another device
    if (model.remote().empty()) {
      output.WriteLine(absl::StrCat("  encoder on ", OneLine(model.device())));
    }
    return;
  }
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
  PrintRemote(output, status.model());
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
  for (const auto& collection : status.collections()) {
    PrintCollection(output, collection, status.model().id());
  }
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
