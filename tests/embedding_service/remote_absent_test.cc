// What a build without gRPC links instead of remote/.
#include "embedding_service/remote_loader.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("without remote models they are refused by name", "[remote]") {
  LoadedModel model;
  const absl::Status status = LoadRemote("/models/team", &model);
  CATCH_CHECK(status.code() == absl::StatusCode::kUnimplemented);
  CATCH_CHECK(status.message().find("/models/team") == 0);
  CATCH_CHECK(status.message().find("built without remote models") != std::string::npos);
}

}  // namespace
}  // namespace seekd
