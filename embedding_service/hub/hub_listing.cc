#include "embedding_service/hub/hub_listing.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "embedding_service/config_reader.h"
#include "embedding_service/hub/hub_address.h"

namespace seekd {
namespace {

using nlohmann::json;

constexpr size_t kMaxPathBytes = 512;
constexpr size_t kSha256Digits = 64;
constexpr size_t kSha1Digits = 40;

absl::Status BadListing(const std::string& where, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", what));
}

absl::StatusOr<uint64_t> SizeOf(const json& object, const std::string& name,
                                const std::string& where) {
  const json* size = ConfigReader(object, where).Find("size");
  if (size != nullptr && size->is_number_unsigned() && *size <= kMaxHubFileBytes) {
    return size->get<uint64_t>();
  }
  return BadListing(where, absl::StrCat("\"size\" of \"", name, "\" is ",
                                        size == nullptr ? "missing" : ShowJson(*size),
                                        ", expected a number of bytes up to ", kMaxHubFileBytes));
}

absl::StatusOr<std::string> HashOf(const std::string& hash, size_t digits, const std::string& name,
                                   const std::string& where) {
  if (IsLowerHex(hash, digits)) return hash;
  return BadListing(where, absl::StrCat("the hash of \"", name, "\" is ", ShowJson(hash),
                                        ", expected ", digits, " hexadecimal digits"));
}

// Sizes and hashes of large file storage stand in an object of their own; "blobId" is then that
// of the pointer, not of the file.
absl::StatusOr<HubFile> ParseFile(const json& object, const std::string& where) {
  if (!object.is_object()) return BadListing(where, "\"siblings\" holds something else than files");
  ConfigReader reader(object, where);
  HubFile file;
  file.name = reader.RequiredString("rfilename");
  const std::string blob = reader.OptionalString("blobId");
  ABSL_RETURN_IF_ERROR(reader.status());
  ABSL_RETURN_IF_ERROR(CheckFileName(file.name, where));
  const json* lfs = reader.Find("lfs");
  if (lfs == nullptr) {
    ABSL_ASSIGN_OR_RETURN(file.size, SizeOf(object, file.name, where));
    if (blob.empty()) return file;
    ABSL_ASSIGN_OR_RETURN(file.git_blob, HashOf(blob, kSha1Digits, file.name, where));
    return file;
  }
  if (!lfs->is_object()) return BadListing(where, "\"lfs\" is not an object");
  ConfigReader lfs_reader(*lfs, where);
  const std::string sha256 = lfs_reader.RequiredString("sha256");
  ABSL_RETURN_IF_ERROR(lfs_reader.status());
  ABSL_ASSIGN_OR_RETURN(file.size, SizeOf(*lfs, file.name, where));
  ABSL_ASSIGN_OR_RETURN(file.sha256, HashOf(sha256, kSha256Digits, file.name, where));
  return file;
}

}  // namespace

const HubFile* HubListing::Find(std::string_view name) const {
  const auto it = std::find_if(files.begin(), files.end(),
                               [&](const HubFile& file) { return file.name == name; });
  return it == files.end() ? nullptr : &*it;
}

absl::Status CheckFileName(std::string_view name, const std::string& where) {
  const absl::string_view text(name.data(), name.size());
  bool sound = name.size() <= kMaxPathBytes && std::none_of(name.begin(), name.end(), [](char c) {
                 return c == '\\' || absl::ascii_iscntrl(c);
               });
  for (const absl::string_view part : absl::StrSplit(text, '/')) {
    sound = sound && !part.empty() && part != "." && part != "..";
  }
  if (sound) return absl::OkStatus();
  return BadListing(where, absl::StrCat("a file is named \"", absl::CHexEscape(text.substr(0, 100)),
                                        "\", expected a path inside the repository"));
}

absl::StatusOr<HubListing> ParseHubListing(std::string_view text, const std::string& where) {
  ABSL_ASSIGN_OR_RETURN(const json root, ParseConfigObject(text, where));
  ConfigReader reader(root, where);
  HubListing listing;
  listing.commit = reader.RequiredString("sha");
  ABSL_RETURN_IF_ERROR(reader.status());
  if (!IsLowerHex(listing.commit, kCommitDigits)) {
    return BadListing(
        where, absl::StrCat("\"sha\" is ", ShowJson(listing.commit), ", expected a commit of ",
                            kCommitDigits, " hexadecimal digits"));
  }
  const json* siblings = reader.Find("siblings");
  if (siblings == nullptr || !siblings->is_array()) {
    return BadListing(where, "expected a list of files \"siblings\"");
  }
  std::set<std::string> names;
  for (const json& object : *siblings) {
    ABSL_ASSIGN_OR_RETURN(HubFile file, ParseFile(object, where));
    if (!names.insert(file.name).second) {
      return BadListing(where, absl::StrCat("\"", file.name, "\" is listed twice"));
    }
    listing.files.push_back(std::move(file));
  }
  return listing;
}

}  // namespace seekd
