#!/usr/bin/env python3
"""Several models: added, measured, removed, missing, in memory one at a time."""

import shutil
import unittest

from harness import INTERNAL, LIMIT, REFUSED, eventually, ledger, seek, seek_json
from tiny_models import DEFAULT, ModelsTest, write_json, write_narrow_model, write_tiny_bert

NARROW_BYTES = 32000 * 64 * 2
DEFAULT_BYTES = 4 * NARROW_BYTES

MODEL_JSON = {"name", "is_default", "is_added", "folder", "family", "disk_bytes", "health",
              "collections", "fingerprint", "dimensions", "device", "is_loaded", "weight_bytes",
              "repository", "commit", "remote"}


class ManageTest(ModelsTest):
    def test_a_folder_becomes_a_model(self):
        daemon = self.daemon().start()
        self.assertIn(f"* {DEFAULT}", seek(daemon, "model", "list").stdout)
        said = seek(daemon, "model", "add", self.narrow)
        self.assertIn("narrow: added", said.stdout)
        self.assertIn("seek -c COLLECTION model use narrow", said.stderr)
        # Links to files, as the cache of a hub's own client has them.
        linked = self.folder / "linked"
        linked.mkdir()
        for file in self.narrow.iterdir():
            (linked / file.name).symlink_to(file)
        added = seek_json(daemon, "model", "add", "linked/", "--name", "second.model_2")
        self.assertEqual(set(added), MODEL_JSON)
        listed = seek(daemon, "model", "list").stdout.splitlines()
        self.assertEqual([line.split()[:2] for line in listed],
                         [["narrow", "model2vec"], ["second.model_2", "model2vec"], ["*", DEFAULT]])
        models = self.models(daemon)
        self.assertEqual(models["second.model_2"], added)
        self.assertTrue(models[DEFAULT]["is_default"])
        self.assertFalse(models[DEFAULT]["is_added"])
        self.assertEqual((added["is_default"], added["is_added"]), (False, True))
        self.assertEqual(added["folder"], str(daemon.data / "models/second.model_2"))
        self.assertGreater(added["disk_bytes"], NARROW_BYTES)
        self.assertEqual(added["health"], {"code": "OK", "message": ""})
        self.assertEqual((added["fingerprint"], added["is_loaded"]), ("", False))
        shutil.rmtree(self.narrow)
        self.write_topics()
        seek(daemon, "index", self.docs)
        seek(daemon, "model", "use", "narrow")
        self.assertFinds(daemon, "when to prune roses", "roses.md")

    def test_names(self):
        daemon = self.daemon().start()
        seek(daemon, "model", "add", self.narrow)
        for name in ("narrow", DEFAULT):
            taken = self.failure(daemon, "model", "add", self.narrow, "--name", name)
            self.assertEqual(taken["code"], "ALREADY_EXISTS")
            self.assertIn("choose another name", taken["message"])
        for name in ("a/b", "..", ".hidden", "a b", "x" * 97, "ünicode"):
            bad = self.failure(daemon, "model", "add", self.narrow, "--name", name)
            self.assertEqual(bad["code"], "INVALID_ARGUMENT", name)
            self.assertEqual(bad["field_violations"][0]["field"], "model_id")
        self.write_topics()
        seek(daemon, "index", self.docs)
        for command in ("use", "bench", "rm"):
            bad = self.failure(daemon, "model", command, "a/b")
            self.assertEqual(bad["code"], "INVALID_ARGUMENT", command)
            unknown = self.failure(daemon, "model", command, "other")
            self.assertEqual((unknown["code"], unknown["reason"]), ("NOT_FOUND", "MODEL_NOT_FOUND"))
            self.assertIn(f"there are: narrow, {DEFAULT}", unknown["message"])
        unknown = self.failure(daemon, "model", "use", "narrow", "-c", "elsewhere")
        self.assertEqual(unknown["reason"], "COLLECTION_NOT_FOUND")

    def test_what_is_no_model_is_refused_and_leaves_nothing(self):
        def truncate(folder):
            with open(folder / "model.safetensors", "r+b") as file:
                file.truncate(NARROW_BYTES // 2)

        def rename_family(folder):
            write_json(folder / "config.json", {"model_type": "roberta"})

        daemon = self.daemon().start()
        for name, spoil, code, words in [
                ("short", truncate, "DATA_LOSS", "model.safetensors"),
                ("wordless", lambda f: (f / "tokenizer.json").unlink(), "NOT_FOUND", "tokenizer.json"),
                ("nameless", lambda f: (f / "config.json").unlink(), "NOT_FOUND", "config.json"),
                ("stranger", rename_family, "INVALID_ARGUMENT", "roberta"),
                ("gone", shutil.rmtree, "NOT_FOUND", "gone")]:
            folder = self.folder / name
            shutil.copytree(self.narrow, folder)
            spoil(folder)
            exit_code = INTERNAL if code == "DATA_LOSS" else REFUSED
            refused = self.failure(daemon, "model", "add", folder, code=exit_code)
            self.assertEqual(refused["code"], code, name)
            self.assertIn(words, refused["message"])
            self.assertIn(str(folder), refused["message"])
            self.assertNotIn(str(daemon.data), refused["message"])
            self.assertEqual(list(daemon.data.glob("models/*")), [])
        self.assertEqual(set(self.models(daemon)), {DEFAULT})

    def test_only_what_nobody_uses_is_removed(self):
        self.write_topics()
        daemon = self.daemon().start()
        seek(daemon, "index", self.docs, "-c", "notes")
        seek(daemon, "model", "add", self.narrow)
        seek(daemon, "model", "use", "narrow", "-c", "notes")
        self.assertEqual(self.models(daemon)["narrow"]["collections"], ["notes"])
        used = self.failure(daemon, "model", "rm", "narrow")
        self.assertEqual((used["code"], used["reason"]), ("FAILED_PRECONDITION", "MODEL_IN_USE"))
        self.assertIn("collections/notes", used["message"])
        not_added = self.failure(daemon, "model", "rm", DEFAULT)
        self.assertEqual(not_added["code"], "FAILED_PRECONDITION")
        self.assertFinds(daemon, "oil of an engine", "engine.txt", "-c", "notes")

        seek(daemon, "model", "use", DEFAULT, "-c", "notes")
        self.assertEqual(seek_json(daemon, "model", "rm", "narrow"), {"removed": "narrow"})
        self.assertEqual(set(self.models(daemon)), {DEFAULT})
        self.assertFalse((daemon.data / "models/narrow").exists())
        self.assertTrue(self.narrow.exists())
        seek(daemon, "model", "add", self.narrow)
        seek(daemon, "model", "use", "narrow", "-c", "notes")
        self.assertFinds(daemon, "oil of an engine", "engine.txt", "-c", "notes")

    def test_how_fast_a_model_is(self):
        write_tiny_bert(self.folder / "tiny")
        daemon = self.daemon("--precision", "fp32").start()
        seek(daemon, "model", "add", "tiny")
        bench = seek_json(daemon, "model", "bench", "tiny", "--lengths", "8,16", "--at-once", "1,4")
        self.assertEqual(bench["model"], "tiny")
        self.assertEqual([(row["length"], row["batch_rows"]) for row in bench["rows"]],
                         [(8, 1), (8, 4), (16, 1), (16, 4)])
        for row in bench["rows"]:
            self.assertEqual(set(row), {"device", "length", "batch_rows", "rows_per_second"})
            self.assertEqual(row["device"], "cpu")
            self.assertGreater(row["rows_per_second"], 0)
        # Of the usual lengths those that it takes.
        usual = seek(daemon, "model", "bench", "tiny", "--at-once", "2", "--device", "cpu")
        self.assertEqual(len(usual.stdout.splitlines()), 1)
        self.assertIn("32 tokens,    2 at once", usual.stdout)
        for flag, value, field, words in [
                ("--lengths", "0", "lengths", "1 to 62"), ("--lengths", "63", "lengths", "1 to 62"),
                ("--lengths", ",".join(["8"] * 17), "lengths", "at most 16"),
                ("--at-once", "-1", "batch_rows", "1 to 1024"),
                ("--at-once", "1025", "batch_rows", "1 to 1024"),
                ("--device", "gpu", "device", "cuda:N")]:
            bad = self.failure(daemon, "model", "bench", "tiny", f"{flag}={value}")
            self.assertEqual((bad["code"], bad["reason"]), ("INVALID_ARGUMENT", "INVALID_FIELD"))
            self.assertEqual(bad["field_violations"][0]["field"], field)
            self.assertIn(words, bad["message"])
        absent = self.failure(daemon, "model", "bench", "tiny", "--device", "cuda:120")
        self.assertIn("cuda:120 is not there: libtorch finds", absent["message"])
        table = self.failure(daemon, "model", "bench", DEFAULT, "--device", "cuda")
        self.assertIn("is computed on cpu, not on cuda:0", table["message"])


class AbsentModelTest(ModelsTest):
    """The folder of a model goes behind the daemon's back."""

    def setUp(self):
        super().setUp()
        self.write_topics()
        self.running = self.daemon().start()
        seek(self.running, "model", "add", self.narrow)
        for name in ("lost", "kept"):
            seek(self.running, "index", self.docs, "-c", name)
        seek(self.running, "model", "use", "narrow", "-c", "lost")
        self.running.stop()
        shutil.rmtree(self.running.data / "models/narrow")
        self.running.start()

    def check_found(self):
        self.assertFinds(self.running, "when to prune roses", "roses.md", "-c", "lost")
        self.assertEqual(ledger(self.running, "lost")["health"]["code"], "OK")
        self.assertEqual(seek_json(self.running, "index", self.docs, "-c", "lost")["unchanged"], 6)

    def test_it_is_said_what_to_do(self):
        daemon = self.running
        self.assertFinds(daemon, "when to prune roses", "roses.md", "-c", "kept")
        for command in (["search", "roses"], ["index", self.docs]):
            refused = self.failure(daemon, *command, "-c", "lost")
            self.assertEqual(refused["code"], "FAILED_PRECONDITION")
            for words in ("made with model narrow", "seek model add", "seek -c lost model use"):
                self.assertIn(words, refused["message"])
        health = ledger(daemon, "lost")["health"]
        self.assertEqual(health["code"], "FAILED_PRECONDITION")
        self.assertIn("made with model narrow", health["message"])
        self.assertIn("made with model narrow", daemon.log())
        self.assertEqual(ledger(daemon, "kept")["health"]["code"], "OK")
        self.assertEqual(seek_json(daemon, "ls", "-c", "lost")["documents"][0]["root"], str(self.docs))

    def test_a_model_that_is_here_rescues_it(self):
        seek(self.running, "model", "use", DEFAULT, "-c", "lost")
        self.check_found()

    def test_the_model_comes_back(self):
        seek(self.running, "model", "add", self.narrow)
        self.check_found()

    def test_another_model_of_that_name(self):
        seek(self.running, "model", "add", write_narrow_model(self.folder / "x", 48), "--name", "narrow")
        refused = self.failure(self.running, "search", "roses", "-c", "lost")
        self.assertIn("fingerprint", refused["message"])
        seek(self.running, "model", "use", "narrow", "-c", "lost")
        self.check_found()


class MemoryTest(ModelsTest):
    def loaded(self, daemon):
        return [name for name, model in self.models(daemon).items() if model["is_loaded"]]

    def test_one_model_in_memory_at_a_time(self):
        self.write_topics()
        daemon = self.daemon("--max-model-bytes", str(DEFAULT_BYTES + NARROW_BYTES // 2)).start()
        # The measurement in the background wants the default model.
        eventually("a batch profile", lambda: seek_json(daemon, "status")["model"]["batch_rows"])
        seek(daemon, "model", "add", self.narrow)
        for name in ("wide", "thin"):
            seek(daemon, "index", self.docs, "-c", name)
        seek(daemon, "model", "use", "narrow", "-c", "thin")
        for _ in range(3):
            self.assertFinds(daemon, "when to prune roses", "roses.md", "-c", "wide")
            self.assertEqual(self.loaded(daemon), [DEFAULT])
            self.assertFinds(daemon, "oil of an engine", "engine.txt", "-c", "thin")
            self.assertEqual(self.loaded(daemon), ["narrow"])
        self.assertEqual(self.models(daemon)["narrow"]["weight_bytes"] // 1000, NARROW_BYTES // 1000)
        self.assertIn("not in memory", seek(daemon, "model", "list").stdout)

    def test_a_limit_below_the_default_model(self):
        daemon = self.daemon("--max-model-bytes", "1000000").launch()
        self.assertEqual(daemon.process.wait(LIMIT), 1)
        self.assertRegex(daemon.log(), f"{DEFAULT} takes 16[0-9]* bytes .*1000000 .--max-model-bytes")

    def test_a_model_beyond_the_limit(self):
        self.write_topics()
        daemon = self.daemon("--model", str(self.narrow),
                             "--max-model-bytes", str(2 * NARROW_BYTES)).start()
        seek(daemon, "index", self.docs)
        refused = self.failure(daemon, "model", "use", DEFAULT)
        self.assertIn("--max-model-bytes", refused["message"])
        self.assertFinds(daemon, "when to prune roses", "roses.md")


if __name__ == "__main__":
    unittest.main()
