#!/usr/bin/env python3
"""Damaged files are detected and named, never read as data; indexing again heals."""

import os
import shutil
import unittest

from harness import DaemonTest, LIMIT, MODEL, ledger, seek

FILES = 300


def flip(file, offset):
    data = bytearray(file.read_bytes())
    data[offset] ^= 0xFF
    # A new file: the daemon may have the old one mapped.
    temporary = file.with_name(file.name + ".new")
    temporary.write_bytes(data)
    temporary.rename(file)


class DamageTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.write_many(FILES)
        self.running = self.daemon().start()
        seek(self.running, "index", self.docs)

    def failure(self, *arguments):
        done = seek(self.running, *arguments, check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertTrue(self.running.alive(), self.running.log()[-2000:])
        return done.stderr

    def check_named_then_healed(self, name):
        self.assertIn(name, self.failure("search", "copper lantern harbour"))
        self.assertIn(name, seek(self.running, "status", check=False).stdout)
        seek(self.running, "index", self.docs)
        self.assertEqual(len(self.search(self.running, "copper lantern harbour")), 10)

    def test_damaged_while_stopped(self):
        for name in ("graph.bin", "codes.bin", "nodes.bin", "MANIFEST"):
            with self.subTest(name):
                self.running.stop()
                file = self.running.generation() / name
                flip(file, file.stat().st_size // 2)
                self.running.start()
                self.check_named_then_healed(name)

    def test_missing_file(self):
        self.running.stop()
        (self.running.generation() / "codes.bin").unlink()
        self.running.start()
        self.check_named_then_healed("codes.bin")

    def test_corrupt_current(self):
        for content in (b"gen-4711\n", b"\0\xff/../..", b""):
            with self.subTest(content):
                self.running.stop()
                current = self.running.generation().parent / "CURRENT"
                current.write_bytes(content)
                self.running.start()
                self.check_named_then_healed("CURRENT")

    def test_truncated_while_mapped(self):
        # A mapped page beyond the file's end is a SIGBUS, not a read error. (The rest of a last page
        # reads as zeros.)
        os.truncate(self.running.generation() / "codes.bin", 0)
        self.check_named_then_healed("codes.bin")

    def test_documents_survive_a_lost_index(self):
        self.running.stop()
        shutil.rmtree(self.running.generation().parent)
        self.running.start()
        self.assertEqual(ledger(self.running)["documents"], FILES)
        seek(self.running, "index", self.docs)
        self.assertEqual(len(self.search(self.running, "copper lantern harbour")), 10)


class ModelDamageTest(DaemonTest):
    def start_with_damage(self, damage):
        model = self.folder / "model"
        shutil.copytree(MODEL, model)
        damage(model)
        daemon = self.daemon("--model", str(model)).launch()
        code = daemon.process.wait(LIMIT)
        self.assertGreater(code, 0, "an error, not a crash")
        return daemon.log()

    def test_truncated_weights(self):
        log = self.start_with_damage(lambda model: os.truncate(model / "model.safetensors", 1000))
        self.assertIn("model.safetensors", log)

    def test_damaged_header(self):
        log = self.start_with_damage(lambda model: flip(model / "model.safetensors", 7))
        self.assertIn("model.safetensors", log)

    def test_damaged_tokenizer(self):
        log = self.start_with_damage(lambda model: flip(model / "tokenizer.json", 0))
        self.assertIn("tokenizer.json", log)

    def test_damaged_codebooks(self):
        log = self.start_with_damage(lambda model: flip(model / "codebooks.bin", 1 << 20))
        self.assertIn("codebooks.bin", log)

    def test_missing_configuration(self):
        log = self.start_with_damage(lambda model: (model / "config.json").unlink())
        self.assertIn("config.json", log)


if __name__ == "__main__":
    unittest.main()
