#include "embedding_service/hub/model_pull.h"

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "core/text/tokenizer.h"
#include "embedding_service/hub/file_digests.h"
#include "embedding_service/hub/hub_listing.h"
#include "embedding_service/hub/part_file.h"
#include "embedding_service/hub/pull_choice.h"
#include "embedding_service/hub/pull_folder.h"
#include "embedding_service/model_spec.h"

namespace seekd {
namespace {

constexpr uint64_t kMaxConfigFileBytes = 16 << 20;
constexpr uint64_t kMaxWeightsIndexBytes = 64 << 20;

// One pull whose folder is open.
class ModelPull {
 public:
  ModelPull(HubClient* client, const HubListing& listing, PullFolder folder,
            CancellationPtr cancellation, const PullProgressFn& progress)
      : client_(client),
        listing_(listing),
        folder_(std::move(folder)),
        cancellation_(std::move(cancellation)),
        meter_(progress) {}

  // `files` are what ChooseFiles chose.
  absl::StatusOr<ModelSource> Run(std::vector<HubFile> files);

 private:
  absl::Status Fetch(const HubFile& file);
  // Whether all of it is there from before, and the right content.
  absl::StatusOr<bool> AddIfThere(const HubFile& file);
  absl::StatusOr<FileDigests> Download(const HubFile& file);
  absl::Status CheckConfig() const;
  absl::Status CheckAllBut(const HubFile& weights, std::span<const HubFile> files) const;
  absl::StatusOr<std::vector<HubFile>> Shards() const;

  HubClient* const client_;
  const HubListing& listing_;
  PullFolder folder_;
  const CancellationPtr cancellation_;
  PullMeter meter_;
};

// Small files first: what they say may end a pull before the weights.
absl::StatusOr<ModelSource> ModelPull::Run(std::vector<HubFile> files) {
  for (const HubFile& file : files) meter_.Expect(file.size);
  ABSL_RETURN_IF_ERROR(folder_.CheckSpace(files));
  for (const HubFile& file : files) {
    if (&file == &files.back()) ABSL_RETURN_IF_ERROR(CheckAllBut(file, files));
    ABSL_RETURN_IF_ERROR(Fetch(file));
    if (file.name == kConfigName) ABSL_RETURN_IF_ERROR(CheckConfig());
  }
  if (files.back().name == kWeightsIndexName) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<HubFile> shards, Shards());
    for (const HubFile& shard : shards) meter_.Expect(shard.size);
    ABSL_RETURN_IF_ERROR(folder_.CheckSpace(shards));
    for (const HubFile& shard : shards) ABSL_RETURN_IF_ERROR(Fetch(shard));
  }
  return folder_.Finish();
}

absl::Status ModelPull::Fetch(const HubFile& file) {
  ABSL_ASSIGN_OR_RETURN(const bool there, AddIfThere(file));
  if (!there) {
    ABSL_ASSIGN_OR_RETURN(const FileDigests digests, Download(file));
    folder_.Add(file.name, digests);
  }
  meter_.Finish(file.name, file.size);
  return absl::OkStatus();
}

absl::StatusOr<bool> ModelPull::AddIfThere(const HubFile& file) {
  const std::string path = folder_.WhereIs(file.name);
  if (path.empty() || !file.has_hash() || folder_.BytesOf(file.name) != file.size) return false;
  ABSL_ASSIGN_OR_RETURN(const FileDigests digests, ComputeFileDigests(path, cancellation_));
  if (!CheckDigests(digests, file, path).ok()) return false;
  folder_.Add(file.name, digests);
  return true;
}

// A part that DATA_LOSS is about goes: it would break the next pull, too.
absl::StatusOr<FileDigests> ModelPull::Download(const HubFile& file) {
  ABSL_ASSIGN_OR_RETURN(const std::string path, folder_.PartPath(file.name));
  ABSL_ASSIGN_OR_RETURN(PartFile part, PartFile::Open(path, file.size));
  // A whole one was found wrong before; one without a hash could be anything.
  if (part.complete() || !file.has_hash()) ABSL_RETURN_IF_ERROR(part.Restart());
  absl::StatusOr<FileDigests> digests = [&]() -> absl::StatusOr<FileDigests> {
    ABSL_RETURN_IF_ERROR(client_->Download(file, listing_.commit, &part,
                                           [&](uint64_t bytes) { meter_.At(file.name, bytes); }));
    ABSL_RETURN_IF_ERROR(part.Sync());
    ABSL_ASSIGN_OR_RETURN(FileDigests found, ComputeFileDigests(path, cancellation_));
    ABSL_RETURN_IF_ERROR(CheckDigests(found, file, path));
    return found;
  }();
  if (!absl::IsDataLoss(digests.status())) return digests;
  unlink(path.c_str());
  return absl::DataLossError(
      absl::StrCat(digests.status().message(), ". The part was deleted; pull again"));
}

// What a family does that is for a user to set up, never for a download; "": nothing.
std::string_view WhyNotPulled(ModelFamily family) {
  switch (family) {
    case ModelFamily::kRemote:
      return "such a model sends your text to a server. Write its folder yourself";
    case ModelFamily::kTorchScript:
      return "such a model is a program. Fetch it yourself, if you trust its makers, and add its "
             "folder";
    case ModelFamily::kStatic:
    case ModelFamily::kBert:
      return "";
  }
  return "";
}

// That seekd can run it, as far as config.json says, and may.
absl::Status ModelPull::CheckConfig() const {
  ABSL_ASSIGN_OR_RETURN(const std::string text,
                        ReadWholeFile(folder_.WhereIs(kConfigName), kMaxConfigFileBytes));
  const std::string where = absl::StrCat(kConfigName, " of ", client_->address().Describe());
  ABSL_ASSIGN_OR_RETURN(const ModelSpec spec, ParseModelSpec(text, where));
  const std::string_view why = WhyNotPulled(spec.family);
  if (why.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(where, ": \"model_type\" is \"",
                                                 std::string(FamilyName(spec.family)),
                                                 "\", which is not pulled: ", std::string(why)));
}

// That seekd can run it, as far as all but the weights say, which are most of a pull: read as the
// model's folder will be, out of a copy, since parts have other names.
absl::Status ModelPull::CheckAllBut(const HubFile& weights, std::span<const HubFile> files) const {
  ABSL_ASSIGN_OR_RETURN(const std::string copy, folder_.PartPath("CHECK"));
  ABSL_RETURN_IF_ERROR(RemoveTree(copy));
  for (const HubFile& file : files) {
    if (file.name == weights.name) continue;
    const std::filesystem::path to = std::filesystem::path(copy) / file.name;
    ABSL_RETURN_IF_ERROR(CreatePrivateFolder(to.parent_path().string()));
    std::error_code error;
    std::filesystem::copy_file(folder_.WhereIs(file.name), to, error);
    if (error) return absl::UnknownError(absl::StrCat(to.string(), ": ", error.message()));
  }
  absl::Status checked = LoadModelSpec(copy).status();
  if (checked.ok()) checked = Tokenizer::Load(copy).status();
  ABSL_RETURN_IF_ERROR(RemoveTree(copy));
  return absl::Status(
      checked.code(),
      absl::StrReplaceAll(checked.message(),
                          {{copy + "/", absl::StrCat(client_->address().Describe(), ", ")}}));
}

absl::StatusOr<std::vector<HubFile>> ModelPull::Shards() const {
  ABSL_ASSIGN_OR_RETURN(const std::string index,
                        ReadWholeFile(folder_.WhereIs(kWeightsIndexName), kMaxWeightsIndexBytes));
  return ChooseShards(listing_, index,
                      absl::StrCat(kWeightsIndexName, " of ", client_->address().Describe()));
}

PulledModel Pulled(const ModelSource& source, const HubAddress& address, bool was_there) {
  PulledModel pulled;
  pulled.repository = source.repository;
  pulled.revision = address.revision;
  pulled.commit = source.commit;
  pulled.bytes = source.bytes();
  pulled.files = static_cast<uint32_t>(source.files.size());
  pulled.was_there = was_there;
  return pulled;
}

// None: no pull was finished there.
absl::StatusOr<std::optional<ModelSource>> FinishedPull(const std::string& folder) {
  absl::StatusOr<ModelSource> source = ReadModelSource(folder);
  if (absl::IsNotFound(source.status())) return std::nullopt;
  ABSL_RETURN_IF_ERROR(source.status());
  return *std::move(source);
}

// Whether `finished` is `commit` of the repository, unchanged. FAILED_PRECONDITION where it is
// another model.
absl::StatusOr<bool> IsThere(const ModelSource& finished, const HubAddress& address,
                             const std::string& commit, const std::string& folder,
                             const CancellationPtr& cancellation) {
  if (finished.repository != address.repository || finished.commit != commit) {
    return absl::FailedPreconditionError(absl::StrCat(
        folder, ": holds ", finished.repository, " at commit ", finished.commit, ", asked for was ",
        address.repository, " at ", commit, ". Pull it under another name, or remove this one"));
  }
  const absl::Status verified = VerifyModelSource(finished, folder, cancellation);
  if (!verified.ok() && !absl::IsDataLoss(verified)) return verified;
  return verified.ok();
}

}  // namespace

absl::StatusOr<PulledModel> internal::PullModelWith(const PullRequest& request,
                                                    const std::string& folder,
                                                    const CancellationPtr& cancellation,
                                                    const PullProgressFn& progress,
                                                    const PullLimits& limits) {
  ABSL_ASSIGN_OR_RETURN(const HubAddress address,
                        MakeHubAddress(request.repository, request.revision, request.endpoint));
  ABSL_ASSIGN_OR_RETURN(const std::optional<ModelSource> finished, FinishedPull(folder));
  if (finished && finished->commit == address.revision) {
    ABSL_ASSIGN_OR_RETURN(const bool there,
                          IsThere(*finished, address, address.revision, folder, cancellation));
    if (there) return Pulled(*finished, address, /*was_there=*/true);
  }
  ABSL_ASSIGN_OR_RETURN(
      HubClient client,
      HubClient::Create(address, {request.proxy, request.ca_file, limits.https, cancellation},
                        limits.retry));
  ABSL_ASSIGN_OR_RETURN(const HubListing listing, client.List());
  if (finished) {
    ABSL_ASSIGN_OR_RETURN(const bool there,
                          IsThere(*finished, address, listing.commit, folder, cancellation));
    if (there) return Pulled(*finished, address, /*was_there=*/true);
  }
  ABSL_ASSIGN_OR_RETURN(std::vector<HubFile> files, ChooseFiles(listing, address.Describe()));
  ABSL_ASSIGN_OR_RETURN(
      PullFolder pull_folder,
      PullFolder::Open(
          folder, {address.repository, address.revision, listing.commit, address.endpoint, {}}));
  ModelPull pull(&client, listing, std::move(pull_folder), cancellation, progress);
  ABSL_ASSIGN_OR_RETURN(const ModelSource source, pull.Run(std::move(files)));
  return Pulled(source, address, /*was_there=*/false);
}

absl::StatusOr<PulledModel> PullModel(const PullRequest& request, const std::string& folder,
                                      const CancellationPtr& cancellation,
                                      const PullProgressFn& progress) {
  return internal::PullModelWith(request, folder, cancellation, progress, {});
}

bool IsPulled(const std::string& folder) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::path(folder) / kModelSourceName, error) ||
         std::filesystem::exists(std::filesystem::path(folder) / kPullMarkerName, error);
}

}  // namespace seekd
