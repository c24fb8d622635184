// Lists that come in pages (https://google.aip.dev/158), read to their end.
#ifndef SEEKD_CLIENT_PAGES_H_
#define SEEKD_CLIENT_PAGES_H_

#include "absl/status/status.h"
#include "core/base/status_macros.h"

namespace seekd::client {

// Calls `list` (request -> StatusOr<Response>) page by page and `on_page` with each.
template <typename Request, typename List, typename OnPage>
absl::Status ForEachPage(Request request, const List& list, const OnPage& on_page) {
  request.set_page_size(1000);
  do {
    ABSL_ASSIGN_OR_RETURN(const auto response, list(request));
    on_page(response);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_PAGES_H_
