#!/usr/bin/env python3
"""`seek index` again: what changed goes in, what vanished goes out, the rest stays."""

import os
import unittest

from harness import DaemonTest, TOPICS, ledger, seek_json


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
