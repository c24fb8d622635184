// grpc.health.v1.Health/Check, the standard health service, without its proto
// file: the request is empty and the answer one enum.
#ifndef SEEKD_CLIENT_HEALTH_CHECK_H_
#define SEEKD_CLIENT_HEALTH_CHECK_H_

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace seekd::client {

// Whether a serialized grpc.health.v1.HealthCheckResponse says SERVING.
bool SaysServing(std::string_view health_check_response);

// OK when the whole server is SERVING, UNAVAILABLE when it says otherwise.
absl::Status CheckServing(const std::shared_ptr<grpc::Channel>& channel,
                          grpc::ClientContext* context);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_HEALTH_CHECK_H_
