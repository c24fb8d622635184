#!/usr/bin/env python3
"""The daemon's manners: locks, sockets, signals, TCP."""

import json
import pathlib
import re
import signal
import socket
import stat
import subprocess
import unittest

from harness import Daemon, DaemonTest, LIMIT, SEEK, environment, eventually, seek, seek_json


class DaemonManners(DaemonTest):
    def test_socket_and_folders_are_private(self):
        daemon = self.daemon().start()
        self.assertEqual(stat.S_IMODE(daemon.socket.stat().st_mode) & 0o077, 0)
        self.assertEqual(stat.S_IMODE(daemon.data.stat().st_mode), 0o700)

    def test_sigterm_drains(self):
        self.write_topics()
        daemon = self.daemon().start()
        seek(daemon, "index", self.docs)
        self.assertEqual(daemon.stop(), 0, daemon.log())
        self.assertFalse(daemon.socket.exists())
        daemon.start()
        self.assertFinds(daemon, "when to prune roses", "roses.md")

    def test_sigint_ends_it_too(self):
        daemon = self.daemon().start()
        daemon.process.send_signal(signal.SIGINT)
        self.assertEqual(daemon.process.wait(LIMIT), 0)

    def test_batch_profile_is_measured_once(self):
        def profile(daemon):
            model = seek_json(daemon, "status")["model"]
            return model if model["batch_rows"] > 0 else None

        daemon = self.daemon().start()
        measured = eventually("a batch profile", lambda: profile(daemon))
        self.assertEqual(measured["device"], "cpu")
        self.assertLessEqual(measured["batch_rows"], 256)
        self.assertGreater(measured["rows_per_second"], 0)
        self.assertAlmostEqual(measured["us_per_row"] * measured["rows_per_second"], 1e6, delta=1e3)
        self.assertIn("rows a second", seek(daemon, "status").stdout)
        file = daemon.data / "batch_profile.json"
        kept = file.read_text()
        daemon.stop()
        daemon.start()
        self.assertEqual(eventually("the kept profile", lambda: profile(daemon)), measured)
        self.assertEqual(file.read_text(), kept)
        daemon.stop()
        file.write_text(kept[:-20])
        daemon.start()
        eventually("a new profile", lambda: profile(daemon))
        self.assertIsInstance(json.loads(file.read_text()), dict)

    def test_second_daemon_on_the_same_data(self):
        first = self.daemon().start()
        second = Daemon(self.folder)
        second.socket = self.folder / "run" / "second.sock"
        second.log_file = self.folder / "second.log"
        second.launch()
        self.assertNotEqual(second.process.wait(LIMIT), 0)
        self.assertIn(str(first.data), second.log())
        seek(first, "status")

    def test_second_daemon_on_the_same_socket(self):
        first = self.daemon().start()
        second = Daemon(self.folder)
        second.data = self.folder / "other-data"
        second.log_file = self.folder / "second.log"
        second.launch()
        self.assertNotEqual(second.process.wait(LIMIT), 0)
        self.assertEqual(seek_json(first, "status")["collections"], [])

    def test_stale_socket_is_replaced(self):
        daemon = self.daemon().start()
        daemon.kill()
        self.assertTrue(daemon.socket.exists())
        daemon.start()
        seek(daemon, "status")

    def test_nothing_listens_on_the_network(self):
        daemon = self.daemon().start()
        inodes = {link.readlink().name for link in self.descriptors(daemon)}
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            for line in pathlib.Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":  # LISTEN
                    self.assertNotIn(f"socket:[{fields[9]}]", inodes)

    def descriptors(self, daemon):
        folder = pathlib.Path(f"/proc/{daemon.process.pid}/fd")
        if not folder.exists():
            self.skipTest("needs /proc")
        return [entry for entry in folder.iterdir() if entry.is_symlink()]

    def test_tcp_needs_the_token(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        address = f"127.0.0.1:{port}"
        daemon = self.daemon("--listen", address).start()
        tokens = list(daemon.data.rglob("*token*")) + list(daemon.socket.parent.glob("*token*"))
        self.assertEqual(len(tokens), 1)
        self.assertEqual(stat.S_IMODE(tokens[0].stat().st_mode), 0o600)
        self.assertEqual(self.over_tcp(address, tokens[0]).returncode, 0)
        wrong = self.folder / "wrong"
        wrong.write_text("0" * 64 + "\n")
        wrong.chmod(0o600)
        refused = self.over_tcp(address, wrong)
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stderr.lower(), "token|unauthenticated")

    def over_tcp(self, address, token):
        return subprocess.run([SEEK, "--address", address, "--token-file", str(token), "status"],
                              capture_output=True, text=True, timeout=LIMIT, check=False,
                              env=environment(HOME=str(self.folder)))

    def test_query_text_is_not_logged(self):
        self.write_topics()
        daemon = self.daemon().start()
        seek(daemon, "index", self.docs)
        seek(daemon, "search", "xylophone zanzibar")
        daemon.stop()
        self.assertNotRegex(daemon.log(), re.compile("xylophone|zanzibar|outward facing", re.I))


if __name__ == "__main__":
    unittest.main()
