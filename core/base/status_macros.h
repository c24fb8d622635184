// ABSL_RETURN_IF_ERROR and ABSL_ASSIGN_OR_RETURN under upstream's names, for
// Abseil releases that do not ship absl/status/status_macros.h yet.
#ifndef SEEKD_CORE_BASE_STATUS_MACROS_H_
#define SEEKD_CORE_BASE_STATUS_MACROS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#if __has_include("absl/status/status_macros.h")
#include "absl/status/status_macros.h"
#endif

#ifndef ABSL_RETURN_IF_ERROR
#define ABSL_RETURN_IF_ERROR(expr)                                                      \
  do {                                                                                  \
    if (absl::Status seekd_status_ = (expr); !seekd_status_.ok()) return seekd_status_; \
  } while (false)
#endif

#ifndef ABSL_ASSIGN_OR_RETURN
#define SEEKD_CONCAT_INNER_(a, b) a##b
#define SEEKD_CONCAT_(a, b) SEEKD_CONCAT_INNER_(a, b)
#define SEEKD_ASSIGN_OR_RETURN_(tmp, lhs, expr)  \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = std::move(tmp).value()
#define ABSL_ASSIGN_OR_RETURN(lhs, expr) \
  SEEKD_ASSIGN_OR_RETURN_(SEEKD_CONCAT_(seekd_statusor_, __LINE__), lhs, expr)
#endif

// The same two inside a coroutine, where `return` is `co_return`.
#define SEEKD_CO_RETURN_IF_ERROR(expr)                                                     \
  do {                                                                                     \
    if (absl::Status seekd_status_ = (expr); !seekd_status_.ok()) co_return seekd_status_; \
  } while (false)
#define SEEKD_CO_ASSIGN_OR_RETURN(lhs, expr) \
  SEEKD_CO_ASSIGN_OR_RETURN_(SEEKD_CO_CONCAT_(seekd_co_statusor_, __LINE__), lhs, expr)
#define SEEKD_CO_CONCAT_INNER_(a, b) a##b
#define SEEKD_CO_CONCAT_(a, b) SEEKD_CO_CONCAT_INNER_(a, b)
#define SEEKD_CO_ASSIGN_OR_RETURN_(tmp, lhs, expr)  \
  auto tmp = (expr);                                \
  if (!tmp.ok()) co_return std::move(tmp).status(); \
  lhs = std::move(tmp).value()

#endif  // SEEKD_CORE_BASE_STATUS_MACROS_H_
