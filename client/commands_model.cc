// seek model: which encoders there are, where they come from, which collection uses which.
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/commands.h"
#include "client/json_output.h"
#include "client/operation_follow.h"
#include "client/operation_progress.h"
#include "client/pages.h"
#include "client/resource_names.h"
#include "client/terminal_text.h"

namespace seekd::client {
namespace {

using google::longrunning::Operation;

struct AddArguments {
  std::string folder;
  std::string name;
};

struct PullArguments {
  std::string repository;  // "ORG/NAME" or "ORG/NAME@REVISION"
  std::string name;
  std::string endpoint;
  std::string ca_file;
};

struct UseArguments {
  std::string model;
  bool check_only = false;
};

struct BenchArguments {
  std::string model;
  std::string device;
  std::vector<int32_t> lengths;
  std::vector<int32_t> batch_rows;
};

std::string Environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

std::string StateOf(const v1::Model& model) {
  if (model.health_code() != 0) return "unusable";
  if (!model.remote().empty()) return "remote";
  if (model.is_loaded()) return absl::StrCat("in memory, ", FormatBytes(model.weight_bytes()));
  return model.fingerprint().empty() ? "not in use" : "not in memory";
}

std::string Users(const v1::Model& model) {
  std::vector<std::string> names;
  for (const std::string& collection : model.collections()) {
    names.push_back(OneLine(CollectionIdOf(collection)));
  }
  return absl::StrJoin(names, ", ");
}

void PrintModel(Output& output, const v1::Model& model) {
  const bool is_default = model.origin() == v1::Model::DEFAULT;
  output.WriteLine(absl::StrFormat("%s %-30s %-12s %10s  %-22s %s", is_default ? "*" : " ",
                                   OneLine(ModelIdOf(model.name())), OneLine(model.family()),
                                   FormatBytes(model.disk_bytes()), StateOf(model), Users(model)));
  if (!model.remote().empty()) {
    output.WriteLine(absl::StrCat("    text is sent to ", OneLine(model.remote())));
  }
  if (model.health_code() != 0) {
    output.Note(absl::StrCat("  ", OneLine(model.health_message())));
  }
}

absl::StatusOr<ExitCode> List(Cli& cli) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  Output& output = *cli.output;
  Json all = Json::array();
  ABSL_RETURN_IF_ERROR(ForEachPage(
      v1::ListModelsRequest(), [&](const auto& r) { return client->ListModels(r); },
      [&](const v1::ListModelsResponse& page) {
        for (const v1::Model& model : page.models()) {
          if (output.json()) {
            all.push_back(ToJson(model));
          } else {
            PrintModel(output, model);
          }
        }
      }));
  if (output.json()) output.WriteJson({{"models", all}});
  output.Note("* new collections get this one");
  return ExitCode::kOk;
}

void TellHowToUse(Cli& cli, const std::string& model_name) {
  cli.output->Note(absl::StrCat("now move a collection to it: seek -c COLLECTION model use ",
                                OneLine(ModelIdOf(model_name))));
}

absl::StatusOr<ExitCode> Add(Cli& cli, const AddArguments& arguments) {
  ABSL_ASSIGN_OR_RETURN(const std::string folder, AbsoluteFolder(arguments.folder));
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.ConnectOrStart());
  v1::AddModelRequest request;
  request.set_folder(folder);
  request.set_model_id(arguments.name);
  ABSL_ASSIGN_OR_RETURN(const v1::Model model, client->AddModel(request));
  if (cli.output->json()) {
    cli.output->WriteJson(ToJson(model));
  } else {
    cli.output->WriteLine(absl::StrCat(OneLine(ModelIdOf(model.name())), ": added, ",
                                       FormatBytes(model.disk_bytes()), " in ",
                                       OneLine(model.folder())));
    TellHowToUse(cli, model.name());
  }
  return ExitCode::kOk;
}

// Mirror and proxy as other tools of the user find them: the daemon's environment is not his.
v1::PullModelRequest PullRequestOf(const PullArguments& arguments) {
  v1::PullModelRequest request;
  const size_t at = arguments.repository.rfind('@');
  request.set_repository(arguments.repository.substr(0, at));
  if (at != std::string::npos) request.set_revision(arguments.repository.substr(at + 1));
  request.set_model_id(arguments.name);
  request.set_endpoint(arguments.endpoint.empty() ? Environment({"HF_ENDPOINT"})
                                                  : arguments.endpoint);
  request.set_proxy(Environment({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}));
  if (!arguments.ca_file.empty()) request.set_ca_file(ResolvePath(arguments.ca_file));
  // A second pull of the same watches the first.
  request.set_request_id(absl::StrCat("seek model pull ", arguments.repository, " ", arguments.name,
                                      " ", request.endpoint()));
  return request;
}

absl::StatusOr<ExitCode> Pull(Cli& cli, const PullArguments& arguments) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.ConnectOrStart());
  ABSL_ASSIGN_OR_RETURN(Operation operation, client->PullModel(PullRequestOf(arguments)));
  ABSL_ASSIGN_OR_RETURN(const FollowedOperation followed,
                        FollowOperation(cli, *client, std::move(operation)));
  if (followed.interrupted && !followed.last.has_response()) {
    cli.output->Note("stopped; what was downloaded is kept: run the same command to go on");
    return ExitCode::kInterrupted;
  }
  ABSL_ASSIGN_OR_RETURN(const auto response, ResultOf<v1::PullModelResponse>(followed.last));
  const std::string name = ModelIdOf(response.model());
  if (cli.output->json()) {
    cli.output->WriteJson({{"model", name},
                           {"commit", response.commit()},
                           {"was_there", response.was_there()},
                           {"files", response.file_count()},
                           {"bytes", response.bytes()},
                           {"elapsed_us", response.elapsed_us()}});
    return ExitCode::kOk;
  }
  cli.output->WriteLine(absl::StrCat(
      OneLine(name), response.was_there() ? ": was here already, every file as recorded, " : ": ",
      FormatCounted(response.file_count(), "file"), ", ", FormatBytes(response.bytes()),
      ", commit ", OneLine(response.commit())));
  TellHowToUse(cli, response.model());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Use(Cli& cli, const UseArguments& arguments) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  v1::UseModelRequest request;
  request.set_collection(cli.collection_name());
  request.set_model(ModelName(arguments.model));
  request.set_validate_only(arguments.check_only);
  request.set_request_id(
      absl::StrCat("seek model use ", cli.options.collection, " ", arguments.model));
  ABSL_ASSIGN_OR_RETURN(Operation operation, client->UseModel(request));
  ABSL_ASSIGN_OR_RETURN(const FollowedOperation followed,
                        FollowOperation(cli, *client, std::move(operation)));
  if (followed.interrupted && !followed.last.has_response()) {
    cli.output->Note("stopped; the collection keeps its model. Run the same command to go on");
    return ExitCode::kInterrupted;
  }
  ABSL_ASSIGN_OR_RETURN(const auto response, ResultOf<v1::IndexFolderResponse>(followed.last));
  if (cli.output->json()) {
    Json json = ToJson(response);
    json["collection"] = cli.options.collection;
    json["model"] = arguments.model;
    json["moved"] = response.moved();
    cli.output->WriteJson(json);
    return ExitCode::kOk;
  }
  const std::string collection = OneLine(cli.options.collection);
  const std::string model = OneLine(arguments.model);
  if (arguments.check_only) {
    cli.output->WriteLine(absl::StrCat(collection, ": can be moved to ", model));
    return ExitCode::kOk;
  }
  const double seconds = static_cast<double>(response.elapsed_us()) * 1e-6;
  cli.output->WriteLine(absl::StrCat(
      collection, response.moved() ? " uses " : " used ", model,
      response.moved() ? absl::StrCat(" now: ", FormatCount(response.chunks_embedded()),
                                      " chunks in ", FormatDuration(seconds))
                       : " already"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Bench(Cli& cli, const BenchArguments& arguments) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.ConnectOrStart());
  Output& output = *cli.output;
  v1::BenchmarkModelRequest request;
  request.set_name(ModelName(arguments.model));
  request.set_device(arguments.device);
  for (const int32_t length : arguments.lengths) request.add_lengths(length);
  for (const int32_t rows : arguments.batch_rows) request.add_batch_rows(rows);
  Json rows = Json::array();
  const auto on_row = [&](const v1::BenchmarkModelResponse& row) {
    if (output.json()) {
      rows.push_back({{"device", row.device()},
                      {"length", row.length()},
                      {"batch_rows", row.batch_rows()},
                      {"rows_per_second", row.rows_per_second()}});
      return;
    }
    output.WriteLine(absl::StrFormat("%-14s %4d tokens, %4d at once %10.0f chunks/s",
                                     OneLine(row.device()), row.length(), row.batch_rows(),
                                     row.rows_per_second()));
  };
  ABSL_RETURN_IF_ERROR(client->BenchmarkModel(request, on_row));
  if (output.json()) output.WriteJson({{"model", arguments.model}, {"rows", rows}});
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Remove(Cli& cli, const std::string& model) {
  ABSL_ASSIGN_OR_RETURN(const auto client, cli.Connect());
  v1::DeleteModelRequest request;
  request.set_name(ModelName(model));
  ABSL_RETURN_IF_ERROR(client->DeleteModel(request));
  if (cli.output->json()) {
    cli.output->WriteJson({{"removed", model}});
  } else {
    cli.output->WriteLine(absl::StrCat(OneLine(model), ": removed"));
  }
  return ExitCode::kOk;
}

// A subcommand with arguments; `declare` names them.
template <typename Arguments, typename Declare>
void AddWith(CLI::App* parent, Cli& cli, const char* name, const char* description,
             absl::StatusOr<ExitCode> (*run)(Cli&, const Arguments&), const Declare& declare) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = parent->add_subcommand(name, description);
  declare(command, arguments.get());
  command->callback([&cli, arguments, run] {
    cli.run = [arguments, run](Cli& c) { return run(c, *arguments); };
  });
}

void DeclarePull(CLI::App* command, PullArguments* arguments) {
  command
      ->add_option("repository", arguments->repository,
                   "ORG/NAME, or ORG/NAME@REVISION: a branch, a tag or a commit")
      ->required();
  command->add_option("--name", arguments->name, "What it is called here; default: NAME");
  command
      ->add_option("--hub", arguments->endpoint,
                   "A mirror of the hub [HF_ENDPOINT]; proxy: [https_proxy]")
      ->type_name("URL");
  command->add_option("--ca-file", arguments->ca_file, "Root certificates, PEM")->type_name("FILE");
}

void DeclareBench(CLI::App* command, BenchArguments* arguments) {
  command->add_option("model", arguments->model, "The model")->required();
  command->add_option("--device", arguments->device, "cpu, cuda, cuda:N or mps");
  command->add_option("--lengths", arguments->lengths, "Tokens of an input")->delimiter(',');
  command->add_option("--at-once", arguments->batch_rows, "Inputs encoded at once")->delimiter(',');
}

}  // namespace

void AddModelCommand(CLI::App& app, Cli& cli) {
  CLI::App* model = app.add_subcommand("model", "Encoders: list, add, download, measure, switch");
  model->require_subcommand(1);
  AddAction(model, cli, "list", "Which there are, and which collections use them", List);
  AddWith<AddArguments>(model, cli, "add", "Take a model's folder over", Add,
                        [](CLI::App* command, AddArguments* arguments) {
                          command->add_option("folder", arguments->folder, "The folder")
                              ->required()
                              ->type_name("DIR");
                          command->add_option("--name", arguments->name,
                                              "What it is called here; default: as the folder");
                        });
  AddWith<PullArguments>(model, cli, "pull", "Download a model from a hub", Pull, DeclarePull);
  AddWith<UseArguments>(
      model, cli, "use", "Move the collection (-c) to a model; searches go on meanwhile", Use,
      [](CLI::App* command, UseArguments* arguments) {
        command->add_option("model", arguments->model, "The model")->required();
        command->add_flag("--check", arguments->check_only, "Only check that it could be done");
      });
  AddWith<BenchArguments>(model, cli, "bench", "How fast a model is on this machine", Bench,
                          DeclareBench);
  AddWith<std::string>(model, cli, "rm", "Remove a model that was added and no collection uses",
                       Remove, [](CLI::App* command, std::string* name) {
                         command->add_option("model", *name, "The model")->required();
                       });
}

}  // namespace seekd::client
