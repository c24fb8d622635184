// Which files of a repository a pull takes: those that seekd reads, the model card and the licence.
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_PULL_CHOICE_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_PULL_CHOICE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/hub/hub_listing.h"

namespace seekd {

inline constexpr char kConfigName[] = "config.json";
inline constexpr char kWeightsName[] = "model.safetensors";
inline constexpr char kWeightsIndexName[] = "model.safetensors.index.json";

// config.json first, the weights last: kWeightsName, else kWeightsIndexName, whose shards
// ChooseShards finds. `where` names the listing in errors: INVALID_ARGUMENT says what is missing,
// and which weights there are instead.
absl::StatusOr<std::vector<HubFile>> ChooseFiles(const HubListing& listing,
                                                 const std::string& where);

// The files that the content of kWeightsIndexName names, in order of their names.
// INVALID_ARGUMENT: no index, a name in another folder, one that the listing lacks.
absl::StatusOr<std::vector<HubFile>> ChooseShards(const HubListing& listing, std::string_view index,
                                                  const std::string& where);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_PULL_CHOICE_H_
