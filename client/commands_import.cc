// seek import
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "client/commands.h"
#include "client/json_lines.h"
#include "client/json_output.h"
#include "client/progress_display.h"
#include "client/terminal_text.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

constexpr int64_t kMaxRemarks = 20;

struct ImportCounts {
  int64_t lines = 0;
  int64_t sent = 0;
  int64_t bytes = 0;
  Json bad_lines = Json::array();
  int64_t bad = 0;
};

class Import {
 public:
  Import(Cli* cli, std::string path)
      : cli_(cli), path_(std::move(path)), display_(cli->output.get()) {}

  absl::StatusOr<ExitCode> Run() {
    ABSL_RETURN_IF_ERROR(Open());
    ABSL_ASSIGN_OR_RETURN(const auto client, cli_->ConnectOrStart());
    ABSL_RETURN_IF_ERROR(CreateCollection(*client));
    const auto upload = client->BeginUpload(cli_->options.collection);
    SendAll(*upload);
    display_.Show(Report("indexing"));
    const absl::StatusOr<v1::AddDocumentsResponse> response = upload->Finish();
    display_.Clear();
    ABSL_RETURN_IF_ERROR(response.status());
    return Summarise(*response);
  }

 private:
  absl::Status Open() {
    std::error_code error;
    if (std::filesystem::is_directory(path_, error)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path_, ": expected a file of JSON lines, found a folder; use: seek index"));
    }
    file_.open(path_, std::ios::binary);
    if (!file_) return absl::NotFoundError(absl::StrCat(path_, ": cannot be opened"));
    const auto size = std::filesystem::file_size(path_, error);
    if (!error) file_bytes_ = static_cast<int64_t>(size);
    return absl::OkStatus();
  }

  absl::Status CreateCollection(Client& client) {
    v1::CreateCollectionRequest request;
    request.set_collection_id(cli_->options.collection);
    const absl::Status status = client.CreateCollection(request).status();
    return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
  }

  void SendAll(Client::Upload& upload) {
    for (std::string line; std::getline(file_, line);) {
      ++counts_.lines;
      counts_.bytes += static_cast<int64_t>(line.size()) + 1;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      const absl::StatusOr<ImportedDocument> document = ParseDocumentLine(line);
      if (!document.ok()) {
        RemarkBadLine(std::string(document.status().message()));
      } else if (!Send(upload, *document)) {
        return;  // Finish says why.
      }
      display_.Show(Report("sending"));
    }
  }

  bool Send(Client::Upload& upload, const ImportedDocument& document) {
    v1::AddDocumentsRequest::Header header;
    header.set_document_id(document.id);
    header.set_title(document.title);
    header.set_media_type("text/plain");
    ++counts_.sent;
    return upload.Add(header, document.text);
  }

  void RemarkBadLine(const std::string& message) {
    counts_.bad_lines.push_back({{"line", counts_.lines}, {"message", message}});
    if (++counts_.bad <= kMaxRemarks) {
      cli_->output->Note(absl::StrCat(OneLine(path_), ":", counts_.lines, ": ", OneLine(message)));
    }
  }

  ProgressReport Report(const char* phase) const {
    ProgressReport report;
    report.phase = phase;
    report.item_noun = "documents";
    report.items_done = counts_.sent;
    report.bytes_done = counts_.bytes;
    report.bytes_total = file_bytes_;
    if (file_bytes_ > 0 && counts_.bytes < file_bytes_) {
      report.fraction = static_cast<double>(counts_.bytes) / static_cast<double>(file_bytes_);
    }
    return report;
  }

  ExitCode Summarise(const v1::AddDocumentsResponse& response) {
    Output& output = *cli_->output;
    const bool complete = counts_.bad == 0 && response.failures().empty();
    if (output.json()) {
      Json json = ToJson(response);
      json["collection"] = cli_->options.collection;
      json["bad_lines"] = counts_.bad_lines;
      output.WriteJson(json);
    } else {
      PrintSummary(response);
    }
    if (complete) return ExitCode::kOk;
    output.Error(absl::InvalidArgumentError(
        absl::StrCat(path_, ": left out ", FormatCounted(counts_.bad, "bad line"), " and ",
                     FormatCounted(response.failures_size(), "refused document"))));
    return ExitCode::kRefused;
  }

  void PrintSummary(const v1::AddDocumentsResponse& response) {
    Output& output = *cli_->output;
    output.WriteLine(absl::StrCat(OneLine(path_), ": ", FormatCount(response.added_count()),
                                  " added, ", FormatCount(response.updated_count()), " updated, ",
                                  FormatCount(response.unchanged_count()), " unchanged, ",
                                  FormatCount(response.failures_size()), " refused, ",
                                  FormatCounted(counts_.bad, "bad line"), " in ",
                                  FormatDuration(display_.elapsed_seconds())));
    for (int i = 0; i < response.failures_size() && i < kMaxRemarks; ++i) {
      const auto& failure = response.failures(i);
      output.Note(absl::StrCat("refused ", OneLine(failure.document_id()), ": ",
                               OneLine(failure.message())));
    }
    const int64_t unsaid = std::max<int64_t>(0, counts_.bad - kMaxRemarks) +
                           std::max<int64_t>(0, response.failures_size() - kMaxRemarks);
    if (unsaid > 0)
      output.Note(absl::StrCat("and ", FormatCount(unsaid), " more; --json lists all"));
  }

  Cli* const cli_;
  const std::string path_;
  ProgressDisplay display_;
  std::ifstream file_;
  int64_t file_bytes_ = 0;
  ImportCounts counts_;
};

}  // namespace

void AddImportCommand(CLI::App& app, Cli& cli) {
  auto path = std::make_shared<std::string>();
  CLI::App* import = app.add_subcommand(
      "import", "Add the documents of a JSON lines file: {\"_id\", \"title\", \"text\"}");
  import->add_option("file", *path, "The file")->required()->type_name("FILE.jsonl");
  import->callback([&cli, path] { cli.run = [path](Cli& c) { return Import(&c, *path).Run();
};
}  // namespace seekd::client
);
}

}  // namespace seekd::client
