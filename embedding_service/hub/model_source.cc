#include "embedding_service/hub/model_source.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/config_reader.h"
#include "embedding_service/hub/file_digests.h"
#include "embedding_service/hub/hub_address.h"
#include "embedding_service/hub/hub_listing.h"

namespace seekd {
namespace {

using nlohmann::json;

constexpr uint64_t kMaxSourceBytes = kMaxListingBytes;
constexpr size_t kRecordedDigits = 64;

absl::StatusOr<ModelSourceFile> ReadRecordedFile(const json& object, const std::string& where) {
  if (!object.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(where, ": expected a list of files"));
  }
  ConfigReader reader(object, where);
  ModelSourceFile file;
  file.name = reader.RequiredString("name");
  file.sha256 = reader.RequiredString("sha256");
  const json* size = reader.Find("size");
  if (size == nullptr || !size->is_number_unsigned() || *size > kMaxHubFileBytes ||
      !IsLowerHex(file.sha256, kRecordedDigits)) {
    reader.Fail(absl::StrCat("\"", file.name, "\": expected a size in bytes and a SHA-256 of ",
                             kRecordedDigits, " hexadecimal digits"));
  }
  ABSL_RETURN_IF_ERROR(reader.status());
  ABSL_RETURN_IF_ERROR(CheckFileName(file.name, where));
  file.size = size->get<uint64_t>();
  return file;
}

}  // namespace

uint64_t ModelSource::bytes() const {
  uint64_t sum = 0;
  for (const ModelSourceFile& file : files) sum += file.size;
  return sum;
}

absl::StatusOr<ModelSource> ReadModelSourceFile(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kMaxSourceBytes));
  ABSL_ASSIGN_OR_RETURN(const json root, ParseConfigObject(text, path));
  ConfigReader reader(root, path);
  ModelSource source;
  source.repository = reader.RequiredString("repository");
  source.revision = reader.RequiredString("revision");
  source.commit = reader.RequiredString("commit");
  source.endpoint = reader.RequiredString("endpoint");
  const json* files = reader.Find("files");
  if (files == nullptr || !files->is_array()) reader.Fail("expected a list \"files\"");
  ABSL_RETURN_IF_ERROR(reader.status());
  for (const json& object : *files) {
    ABSL_ASSIGN_OR_RETURN(ModelSourceFile file, ReadRecordedFile(object, path));
    source.files.push_back(std::move(file));
  }
  return source;
}

absl::StatusOr<ModelSource> ReadModelSource(const std::string& folder) {
  return ReadModelSourceFile(absl::StrCat(folder, "/", kModelSourceName));
}

absl::Status VerifyModelSource(const ModelSource& source, const std::string& folder,
                               const CancellationPtr& cancellation) {
  for (const ModelSourceFile& file : source.files) {
    const std::string path = absl::StrCat(folder, "/", file.name);
    const absl::StatusOr<FileDigests> found = ComputeFileDigests(path, cancellation);
    if (absl::IsNotFound(found.status())) {
      return absl::DataLossError(
          absl::StrCat(path, ": recorded in ", kModelSourceName, ", but missing"));
    }
    ABSL_RETURN_IF_ERROR(found.status());
    HubFile recorded;
    recorded.size = file.size;
    recorded.sha256 = file.sha256;
    ABSL_RETURN_IF_ERROR(CheckDigests(*found, recorded, path));
  }
  return absl::OkStatus();
}

absl::Status VerifyModelSource(const std::string& folder) {
  ABSL_ASSIGN_OR_RETURN(const ModelSource source, ReadModelSource(folder));
  return VerifyModelSource(source, folder, nullptr);
}

absl::Status WriteModelSource(const ModelSource& source, const std::string& path) {
  nlohmann::ordered_json root = {{"repository", source.repository},
                                 {"revision", source.revision},
                                 {"commit", source.commit},
                                 {"endpoint", source.endpoint},
                                 {"files", nlohmann::ordered_json::array()}};
  for (const ModelSourceFile& file : source.files) {
    root["files"].push_back({{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}});
  }
  return WriteFileAtomically(path, root.dump(2) + "\n");
}

}  // namespace seekd
