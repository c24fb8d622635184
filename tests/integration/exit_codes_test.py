#!/usr/bin/env python3
"""Exit codes of seek, Ctrl-C, and errors that say what to do."""

import json
import signal
import subprocess
import unittest

from harness import (DaemonTest, INTERRUPTED, LIMIT, NO_HITS, REFUSED, SEEK, UNREACHABLE, USAGE,
                     environment, eventually, seek)


class ExitCodesTest(DaemonTest):
    def code(self, daemon, *arguments):
        done = seek(daemon, *arguments, check=False)
        if done.returncode != 0:
            self.assertTrue(done.stderr.strip(), f"{arguments} failed without a word")
        return done.returncode

    def test_no_daemon(self):
        self.assertEqual(self.code(self.daemon(), "status"), UNREACHABLE)

    def test_usage(self):
        daemon = self.daemon()
        self.assertEqual(self.code(daemon, "no-such-command"), USAGE)
        self.assertEqual(self.code(daemon, "search"), USAGE)
        self.assertEqual(self.code(daemon, "search", "x", "--no-such-option"), USAGE)

    def test_not_found(self):
        daemon = self.daemon().start()
        self.assertEqual(self.code(daemon, "search", "x", "-c", "missing"), REFUSED)
        self.write_topics()
        seek(daemon, "index", self.docs)
        self.assertEqual(self.code(daemon, "get", "/no/such/document"), REFUSED)

    def test_invalid_argument(self):
        daemon = self.daemon().start()
        self.write_topics()
        seek(daemon, "index", self.docs)
        self.assertIn(self.code(daemon, "search", ""), (USAGE, REFUSED))
        self.assertIn(self.code(daemon, "index", self.folder / "nowhere"), (USAGE, REFUSED))

    def test_no_hits(self):
        daemon = self.daemon().start()
        self.write_topics()
        seek(daemon, "index", self.docs)
        (self.folder / "empty").mkdir()
        seek(daemon, "index", self.folder / "empty", "-c", "empty")
        done = seek(daemon, "search", "roses", "-c", "empty", check=False)
        self.assertEqual(done.returncode, NO_HITS)

    def test_errors_are_json_when_asked(self):
        daemon = self.daemon().start()
        done = seek(daemon, "search", "x", "-c", "missing", "--json", check=False)
        self.assertEqual(done.returncode, REFUSED)
        error = json.loads(done.stdout or done.stderr)
        self.assertIn("error", error)

    def test_ctrl_c_cancels_the_run(self):
        self.write_many(1500, paragraphs=6)
        daemon = self.daemon().start()
        running = subprocess.Popen([SEEK, "--socket", str(daemon.socket), "index", str(self.docs)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=environment(HOME=str(self.folder)))
        eventually("the run has begun",
                   lambda: running.poll() is not None or list(daemon.data.glob("collections/*")))
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=LIMIT)
        self.assertEqual(running.returncode, INTERRUPTED)
        self.assertTrue(daemon.alive())
        # The run has ended or ends soon: another one is accepted and completes.
        seek(daemon, "index", self.docs)


if __name__ == "__main__":
    unittest.main()
