#!/usr/bin/env python3
"""Collections that move to another model: searched meanwhile, stopped, killed, deleted."""

import unittest

from harness import (INTERRUPTED, REFUSED, TOPICS, UNREACHABLE, RunningSeek, eventually, ledger, seek,
                     seek_json)
from tiny_models import DEFAULT, ModelsTest, write_prompts, write_tiny_bert

MANY = 300  # files, which take a slow model some seconds
SLOW_LAYERS = 8

REPORT_JSON = {"added", "updated", "unchanged", "deleted", "skipped", "chunks_embedded", "rebuilt", "moved",
               "elapsed_us", "collection", "model"}


class MoveTest(ModelsTest):
    """Moves that take a while, and what comes between."""

    # Word for word: that finds it with random weights, too.
    QUESTION = TOPICS["engine.txt"].strip()

    def prepare(self):
        self.write_topics()
        self.write_many(MANY)
        write_prompts(write_tiny_bert(self.folder / "slow", SLOW_LAYERS), query="", passage="")
        daemon = self.daemon("--precision", "fp32").start()
        seek(daemon, "index", self.docs, "--index-share", "0.2")
        seek(daemon, "model", "add", "slow")
        return daemon

    def store_bytes(self, daemon):
        return sum(f.stat().st_size for f in daemon.data.glob("store/*") if f.is_file())

    def begin_move(self, daemon):
        """`seek model use slow`, of which a part is done."""
        before = self.store_bytes(daemon)
        move = RunningSeek(daemon, "model", "use", "slow")
        eventually("a part of the move",
                   lambda: self.store_bytes(daemon) > before + 100_000 or not move.running())
        self.assertTrue(move.running(), "the move must not have ended")
        return move

    def check_old(self, daemon):
        self.assertEqual(self.model_of(daemon), DEFAULT)
        self.assertEqual(ledger(daemon)["documents"], MANY + 6)
        self.assertFinds(daemon, self.QUESTION, "engine.txt")

    def check_moved(self, daemon):
        self.assertEqual(self.model_of(daemon), "slow")
        line = ledger(daemon)
        self.assertEqual(line["documents"], MANY + 6)
        self.assertEqual((line["nodes"], line["pending"], line["deferred"]), (line["chunks"], 0, 0))
        self.assertEqual(line["health"]["code"], "OK")
        self.assertFinds(daemon, self.QUESTION, "engine.txt")
        self.assertEqual(self.models(daemon)["slow"]["collections"], ["default"])
        generations = list(daemon.generation().parent.glob("gen-*"))
        self.assertEqual(generations, [daemon.generation()])
        self.assertEqual(list(daemon.data.glob("collections/*")), [daemon.generation().parent])

    def finish_move(self, daemon):
        """Goes on with what was done."""
        report = seek_json(daemon, "model", "use", "slow")
        self.assertEqual(set(report), REPORT_JSON)
        self.assertEqual((report["collection"], report["model"]), ("default", "slow"))
        self.assertGreater(report["unchanged"], 0)
        self.assertGreater(report["added"], 0)
        self.assertEqual(report["unchanged"] + report["added"], MANY + 6)
        self.assertTrue(report["moved"])
        self.check_moved(daemon)

    def test_searches_answer_meanwhile(self):
        daemon = self.prepare()
        seek(daemon, "model", "use", "slow", "--check")
        self.check_old(daemon)
        chunks = ledger(daemon)["chunks"]
        text = seek(daemon, "get", self.docs / "engine.txt").stdout
        before = self.search(daemon, self.QUESTION)
        move = self.begin_move(daemon)
        self.assertEqual(self.search(daemon, self.QUESTION), before)
        while move.running():
            self.assertFinds(daemon, self.QUESTION, "engine.txt")
        done = move.finish()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("default uses slow now", done.stdout)

        self.check_moved(daemon)
        self.assertGreater(ledger(daemon)["chunks"], 2 * chunks, "cut anew for a shorter input")
        self.assertEqual(seek(daemon, "get", self.docs / "engine.txt").stdout, text)
        again = seek_json(daemon, "index", self.docs)
        self.assertEqual((again["unchanged"], again["chunks_embedded"]), (MANY + 6, 0))
        self.assertFalse(again["rebuilt"])
        already = seek_json(daemon, "model", "use", "slow")
        self.assertEqual((already["unchanged"], already["rebuilt"]), (MANY + 6, False))
        daemon.stop()
        daemon.start()
        self.check_moved(daemon)

    def test_interrupted(self):
        daemon = self.prepare()
        stopped = self.begin_move(daemon).interrupt().finish()
        self.assertEqual(stopped.returncode, INTERRUPTED)
        self.assertIn("Run the same command to go on", stopped.stderr)
        self.check_old(daemon)
        self.finish_move(daemon)

    def test_killed(self):
        daemon = self.prepare()
        move = self.begin_move(daemon)
        daemon.kill()
        self.assertNotEqual(move.finish().returncode, 0)
        daemon.start()
        self.check_old(daemon)
        self.finish_move(daemon)

    def test_killed_while_building(self):
        daemon = self.prepare()
        move = self.begin_move(daemon)
        eventually("a second generation", lambda: not move.running()
                   or len(list(daemon.data.glob("collections/*/gen-*"))) == 2)
        daemon.kill()
        self.assertNotEqual(move.finish().returncode, 0)
        daemon.start()
        self.check_old(daemon)
        seek(daemon, "model", "use", "slow")
        self.check_moved(daemon)

    def test_daemon_stopped(self):
        daemon = self.prepare()
        move = self.begin_move(daemon)
        self.assertEqual(daemon.stop(), 0, daemon.log())
        self.assertNotEqual(move.finish().returncode, 0)
        daemon.start()
        self.check_old(daemon)
        self.finish_move(daemon)

    def test_given_up(self):
        daemon = self.prepare()
        self.begin_move(daemon).interrupt().finish()
        self.assertFalse(seek_json(daemon, "model", "use", DEFAULT)["moved"])
        self.assertEqual(len(list(daemon.data.glob("collections/*"))), 1, "no successor is left")
        seek(daemon, "model", "rm", "slow")
        self.check_old(daemon)

    def test_two_at_once(self):
        daemon = self.prepare()
        seek(daemon, "index", self.docs / "chess", "-c", "notes")
        move = self.begin_move(daemon)
        busy = self.failure(daemon, "model", "use", "slow", "-c", "notes")
        self.assertIn("a collection is moving", busy["message"])
        in_use = self.failure(daemon, "model", "rm", "slow")
        self.assertEqual((in_use["code"], in_use["reason"]), ("FAILED_PRECONDITION", "MODEL_IN_USE"))
        self.assertIn('"default" is moving to', in_use["message"])
        same = seek(daemon, "model", "use", "slow")
        self.assertIn("default uses slow now", same.stdout, "the second watches the first")
        self.assertEqual(move.finish().returncode, 0)
        self.assertEqual(self.model_of(daemon), "slow")
        self.assertEqual(self.model_of(daemon, "notes"), DEFAULT)

    def test_deleted_meanwhile(self):
        daemon = self.prepare()
        move = self.begin_move(daemon)
        seek(daemon, "rm", "--all", "--yes")
        ended = move.finish()
        self.assertEqual(ended.returncode, REFUSED, ended.stderr)
        self.assertRegex(ended.stderr, "has been deleted|was cancelled")
        self.assertEqual(seek_json(daemon, "ls")["collections"], [])
        self.assertEqual(list(daemon.data.glob("collections/*")), [])
        seek(daemon, "model", "rm", "slow")
        seek(daemon, "index", self.docs)
        self.check_old(daemon)


if __name__ == "__main__":
    unittest.main()
