// The program's and the API's versions. SEEKD_VERSION comes from the build.
#ifndef SEEKD_SERVER_VERSION_H_
#define SEEKD_SERVER_VERSION_H_

namespace seekd {

inline constexpr char kSeekdVersion[] = SEEKD_VERSION;
inline constexpr char kApiVersion[] = "v1";

}  // namespace seekd

#endif  // SEEKD_SERVER_VERSION_H_
