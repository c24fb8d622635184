#!/usr/bin/env python3
"""kill -9 at any moment: nothing acknowledged is lost, the next run completes."""

import json
import subprocess
import unittest

from harness import DaemonTest, SEEK, environment, eventually, ledger, seek, seek_json

FILES = 1200


class CrashTest(DaemonTest):
    def begin_index(self, daemon):
        return subprocess.Popen([SEEK, "--socket", str(daemon.socket), "index", str(self.docs)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, env=environment(HOME=str(self.folder)))

    def kill_when(self, daemon, ready):
        running = self.begin_index(daemon)
        eventually("the moment to kill", lambda: running.poll() is not None or ready())
        daemon.kill()
        running.communicate()
        return running.returncode

    def store_bytes(self, daemon):
        return sum(f.stat().st_size for f in daemon.data.glob("store/*") if f.is_file())

    def check_recovers(self, daemon):
        daemon.start()
        seek(daemon, "status")
        seek_json(daemon, "index", self.docs)
        self.assertEqual(ledger(daemon)["documents"], FILES)
        self.assertEqual(len(self.search(daemon, "copper lantern harbour")), 10)
        generations = list(daemon.generation().parent.glob("gen-*"))
        self.assertEqual(generations, [daemon.generation()], "leftovers are removed")
        self.assertEqual(daemon.stop(), 0)

    def test_killed_while_reading(self):
        self.write_many(FILES)
        daemon = self.daemon().start()
        code = self.kill_when(daemon, lambda: self.store_bytes(daemon) > 300_000)
        self.assertNotEqual(code, 0, "the index run must not have ended before the kill")
        self.check_recovers(daemon)

    def test_killed_while_building(self):
        self.write_many(FILES)
        daemon = self.daemon().start()
        self.kill_when(daemon, lambda: list(daemon.data.glob("collections/*/gen-*")))
        self.check_recovers(daemon)

    def test_acknowledged_documents_survive(self):
        daemon = self.daemon().start()
        lines = [json.dumps({"_id": f"note-{i}", "title": "", "text": f"Note number {i} about the sea."})
                 for i in range(50)]
        file = self.folder / "notes.jsonl"
        file.write_text("\n".join(lines) + "\n")
        seek(daemon, "import", file, "-c", "notes")
        daemon.kill()
        daemon.start()
        self.assertEqual(ledger(daemon, "notes")["documents"], 50)
        self.assertTrue(seek_json(daemon, "search", "the sea", "-c", "notes")["hits"])
        self.assertIn("Note number 7 about", seek(daemon, "get", "note-7", "-c", "notes").stdout)

    def test_what_found_no_room_in_the_pending_buffer_survives(self):
        """Killed with deferred chunks: counted at the start, then built without being asked."""
        self.write_many(FILES)
        daemon = self.daemon("--max-pending-bytes", "20000").start()
        code = self.kill_when(daemon, lambda: list(daemon.data.glob("collections/*/gen-*")))
        self.assertNotEqual(code, 0, "the index run must not have ended before the kill")
        daemon.start()
        eventually("the background build", lambda: "built what was deferred" in daemon.log())
        line = ledger(daemon)
        self.assertEqual(line["deferred"], 0)
        self.assertEqual(line["documents"], FILES)
        self.assertEqual(line["nodes"], line["chunks"])
        self.assertEqual(line["pending"], 0)
        self.assertEqual(len(self.search(daemon, "copper lantern harbour")), 10)
        self.assertEqual(seek_json(daemon, "index", self.docs)["unchanged"], FILES)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
