// The gRPC services of proto/seekd/v1, as callback services: each call is
// checked, handed to a WorkPool of `serving`, and answered from there.
// `serving` must outlive the services and the server they are registered with.
#ifndef SEEKD_SERVER_SERVICES_H_
#define SEEKD_SERVER_SERVICES_H_

#include <memory>

namespace grpc {
class Service;
}

namespace seekd {

class Serving;

std::unique_ptr<grpc::Service> MakeCollectionService(Serving* serving);
std::unique_ptr<grpc::Service> MakeDocumentService(Serving* serving);
std::unique_ptr<grpc::Service> MakeIndexService(Serving* serving);
std::unique_ptr<grpc::Service> MakeModelService(Serving* serving);
std::unique_ptr<grpc::Service> MakeOperationsService(Serving* serving);
std::unique_ptr<grpc::Service> MakeSearchService(Serving* serving);
std::unique_ptr<grpc::Service> MakeStatusService(Serving* serving);

}  // namespace seekd

#endif  // SEEKD_SERVER_SERVICES_H_
