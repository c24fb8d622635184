#!/usr/bin/env python3
"""`seek index` again: what changed goes in, what vanished goes out, the rest stays."""

import os
import unittest

from harness import DaemonTest, TOPICS, WORDS, ledger, seek, seek_json


class ReconcileTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.write_topics()
        self.running = self.daemon().start()
        self.index()

    def index(self):
        return seek_json(self.running, "index", self.docs)

    def counts(self):
        answer = self.index()
        return {name: answer[name] for name in ("added", "updated", "unchanged", "deleted")}

    def expect(self, **changed):
        counts = {"added": 0, "updated": 0, "deleted": 0, **changed}
        found = self.counts()
        found.pop("unchanged")
        self.assertEqual(found, counts)

    def test_nothing_changed(self):
        self.assertEqual(self.counts(), {"added": 0, "updated": 0, "deleted": 0,
                                         "unchanged": len(TOPICS)})

    def test_a_changed_share_rebuilds_once(self):
        self.write("words.txt", " ".join(WORDS * 200))  # text for a few rows
        self.index()
        before = ledger(self.running)
        self.assertEqual(before["granted_index_share"], 0.05)
        shares = ("--index-share", "0.5", "--hot-share", "0.25")
        checked = seek_json(self.running, "index", self.docs, "--check", *shares)
        self.assertFalse(checked["rebuilt"])
        self.assertEqual(ledger(self.running)["granted_index_share"], 0.05)
        answer = seek_json(self.running, "index", self.docs, *shares)
        self.assertTrue(answer["rebuilt"])
        self.assertEqual(answer["unchanged"], len(TOPICS) + 1)
        after = ledger(self.running)
        self.assertGreater(after["generation"], before["generation"])
        self.assertEqual((after["granted_index_share"], after["granted_hot_share"]), (0.5, 0.25))
        self.assertLessEqual(after["hot_bytes"], 0.25 * after["text_bytes"])
        self.assertGreater(after["hot_rows"], 0)
        self.assertEqual(after["used_hot_share"], after["hot_bytes"] / after["text_bytes"])
        self.assertFalse(self.index()["rebuilt"])
        self.assertFinds(self.running, "when to prune roses", "roses.md")

    def test_a_bad_share_is_refused(self):
        for share in ("1.5", "-0.1", "much"):
            answer = seek(self.running, "index", self.docs, "--index-share", share, check=False)
            self.assertEqual(answer.returncode, 2, share)
            self.assertIn("--index-share", answer.stderr)

    def test_touch_embeds_nothing(self):
        os.utime(self.docs / "roses.md", (2000000000, 2000000000))
        self.assertEqual(self.index()["chunks_embedded"], 0)
        self.assertFinds(self.running, "when to prune roses", "roses.md")

    def test_edit(self):
        self.write("roses.md", "# Penguins\n\nPenguins huddle together against the antarctic cold.\n")
        self.expect(updated=1)
        self.assertFinds(self.running, "how do penguins keep warm", "roses.md")
        texts = [hit["text"] for hit in self.search(self.running, "when to prune roses")]
        self.assertFalse(any("outward facing bud" in text for text in texts))

    def test_add_and_delete(self):
        self.write("new/owl.txt", "Owls hunt mice at night and turn their heads far.\n")
        (self.docs / "engine.txt").unlink()
        self.expect(added=1, deleted=1)
        self.assertFinds(self.running, "what do owls hunt", "new/owl.txt")
        documents = {hit["document"] for hit in self.search(self.running, "motor oil")}
        self.assertNotIn(str(self.docs / "engine.txt"), documents)

    def test_rename_and_move_embed_nothing(self):
        (self.docs / "archive").mkdir()
        (self.docs / "roses.md").rename(self.docs / "archive/flowers.md")
        answer = self.index()
        self.assertEqual(answer["chunks_embedded"], 0)
        self.assertFinds(self.running, "when to prune roses", "archive/flowers.md")

    def test_copies_share_their_chunks(self):
        before = ledger(self.running)["chunks"]
        self.write("copy.md", TOPICS["roses.md"])
        self.expect(added=1)
        self.assertEqual(ledger(self.running)["chunks"], before)
        (self.docs / "roses.md").unlink()
        self.expect(deleted=1)
        self.assertFinds(self.running, "when to prune roses", "copy.md")

    def test_newly_ignored_files_go(self):
        self.write(".seekignore", "chess/\n")
        self.assertEqual(self.index()["deleted"], 1)
        documents = {hit["document"] for hit in self.search(self.running, "sicilian defence")}
        self.assertNotIn(str(self.docs / "chess/opening.rst"), documents)

    def test_a_file_that_becomes_binary_is_listed(self):
        self.write("roses.md", b"\0\1\2\0")
        self.index()
        self.assertEqual(ledger(self.running)["skipped"], 1)

    @unittest.skipIf(os.geteuid() == 0, "root reads everything")
    def test_an_unreadable_file_is_listed(self):
        self.write("private.txt", "nobody may read this").chmod(0)
        self.index()
        self.assertEqual(ledger(self.running)["skipped"], 1)


if __name__ == "__main__":
    unittest.main()
