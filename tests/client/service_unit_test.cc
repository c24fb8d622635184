#include "client/service_unit.h"

#include "tests/support/catch.h"

namespace seekd::client {
namespace {

CATCH_TEST_CASE("systemd: the golden unit") {
  const auto unit = RenderSystemdUnit({"/opt/seekd/bin/seekd", "--data", "/home/ada/my data"});
  CATCH_REQUIRE(unit.ok());
  CATCH_CHECK(*unit ==
              R"(# seekd as a user service. Installed by `seek service install`, which puts the
# absolute path of the program in; by hand: copy to ~/.config/systemd/user/, then
#   systemctl --user daemon-reload && systemctl --user enable --now seekd.service
[Unit]
Description=seekd, semantic search of your own files
# Three failures in a minute are no accident.
StartLimitIntervalSec=60
StartLimitBurst=3

[Service]
Type=notify
NotifyAccess=main
ExecStart="/opt/seekd/bin/seekd" "--data" "/home/ada/my data"
Restart=on-failure
RestartSec=2
# SIGTERM drains: running calls end, what was acknowledged is synced.
TimeoutStopSec=90
WatchdogSec=120
UMask=0077
LimitNOFILE=65536

# What a user's service manager can enforce without privileges. No
# MemoryDenyWriteExecute: the encoder's kernels are compiled at run time.
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
)");
}

CATCH_TEST_CASE("systemd: words cannot become syntax") {
  CATCH_CHECK(QuoteForSystemd("/usr/bin/seekd") == "\"/usr/bin/seekd\"");
  CATCH_CHECK(QuoteForSystemd("a\"b\\c") == "\"a\\\"b\\\\c\"");
  CATCH_CHECK(QuoteForSystemd("50%h $HOME") == "\"50%%h $$HOME\"");
  CATCH_CHECK_FALSE(RenderSystemdUnit({"/bin/seekd\nExecStartPost=/bin/evil"}).ok());
}

CATCH_TEST_CASE("launchd: arguments and log, escaped") {
  const auto agent = RenderLaunchdAgent({"/opt/a&b/seekd", "--socket", "/tmp/<s>"}, "/l/seekd.log");
  CATCH_REQUIRE(agent.ok());
  CATCH_CHECK(agent->find(R"(  <array>
    <string>/opt/a&amp;b/seekd</string>
    <string>--socket</string>
    <string>/tmp/&lt;s&gt;</string>
  </array>
)") != std::string::npos);
  CATCH_CHECK(agent->find("/usr/local/bin/seekd") == std::string::npos);
  CATCH_CHECK(agent->ends_with(R"(  <key>StandardOutPath</key>
  <string>/l/seekd.log</string>
  <key>StandardErrorPath</key>
  <string>/l/seekd.log</string>
</dict>
</plist>
)"));
  CATCH_CHECK(agent->find(std::string("<string>") + kLaunchdLabel + "</string>") !=
              std::string::npos);
  CATCH_CHECK_FALSE(RenderLaunchdAgent({"/bin/seekd"}, "/tmp/\x01").ok());
}

}  // namespace
}  // namespace seekd::client
