#!/usr/bin/env python3
"""seek model pull, from a hub on this machine."""

import json
import subprocess
import sys
import unittest

from harness import (INTERNAL, INTERRUPTED, LIMIT, REFUSED, SOURCE, UNREACHABLE, DaemonTest,
                     RunningSeek, eventually, seek, seek_json)
from tiny_models import write_narrow_model

HUB_SERVER = SOURCE / "tests/embedding_service/hub/hub_server.py"
REPOSITORY = "someone/narrow-en"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = "model.safetensors"
PULL_JSON = {"model", "commit", "was_there", "files", "bytes", "elapsed_us"}


class Hub:
    """The test hub with one repository, a process of its own."""

    def __init__(self, root):
        self.root = root
        write_narrow_model(root / REPOSITORY)
        (root / REPOSITORY / "README.md").write_text("A narrow model.\n")
        (root / REPOSITORY / "pytorch_model.bin").write_bytes(b"not read")
        (root / "commit").write_text(COMMIT)
        self.process = subprocess.Popen([sys.executable, str(HUB_SERVER), str(root)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ports = json.loads(self.process.stdout.readline())
        self.address = f"127.0.0.1:{ports['hub']}"
        self.proxy = f"http://127.0.0.1:{ports['proxy']}"
        self.roots = ports["roots"]

    def fail(self, *faults):
        (self.root / "faults.json").write_text(json.dumps(faults))

    def requests(self):
        file = self.root / "requests"
        return file.read_text().splitlines() if file.exists() else []

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(LIMIT)
            self.process.stdout.close()


class PullTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.hub = Hub(self.folder / "hub")
        self.addCleanup(self.hub.stop)
        self.running = self.daemon().start()

    def arguments(self, what=REPOSITORY):
        return ["model", "pull", what, "--hub", f"https://{self.hub.address}",
                "--ca-file", self.hub.roots]

    def pull(self, what=REPOSITORY, **kwargs):
        return seek_json(self.running, *self.arguments(what), **kwargs)

    def failure(self, what=REPOSITORY, code=REFUSED):
        done = seek(self.running, *self.arguments(what), "--json", check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stderr.splitlines()[-1])["error"]

    def models(self):
        return {each["name"]: each for each in seek_json(self.running, "model", "list")["models"]}

    def part(self):
        """Of the weights, while they are downloaded."""
        return self.running.data / "models" / ".new-narrow-en" / (WEIGHTS + ".part")

    def test_pulled_and_used_without_a_network(self):
        said = seek(self.running, *self.arguments())
        self.assertIn(f"narrow-en: 4 files, 4.6 MB, commit {COMMIT}", said.stdout)
        self.assertIn("model use narrow-en", said.stderr)
        model = self.models()["narrow-en"]
        self.assertEqual((model["repository"], model["commit"]), (REPOSITORY, COMMIT))
        self.assertTrue(model["is_added"])
        again = self.pull()
        self.assertEqual(set(again), PULL_JSON)
        self.assertEqual((again["model"], again["commit"], again["was_there"], again["files"]),
                         ("narrow-en", COMMIT, True, 4))
        self.assertIn("was here already", seek(self.running, *self.arguments()).stdout)

        self.hub.stop()
        self.running.stop()
        self.running.start()
        self.assertTrue(self.pull(f"{REPOSITORY}@{COMMIT}")["was_there"])
        self.assertEqual(self.failure(code=UNREACHABLE)["code"], "UNAVAILABLE")
        self.write_topics()
        seek(self.running, "index", self.docs)
        seek(self.running, "model", "use", "narrow-en")
        self.assertFinds(self.running, "when to prune roses", "roses.md")
        self.assertEqual(set(self.models()["narrow-en"]["collections"]), {"default"})

    def test_interrupted_and_resumed(self):
        self.hub.fail({"on": "cdn", "path": WEIGHTS, "do": "hold", "after": 1_000_000})
        pull = RunningSeek(self.running, *self.arguments())
        eventually("a part of the weights",
                   lambda: (self.part().exists() and self.part().stat().st_size == 1_000_000)
                   or not pull.running())
        stopped = pull.interrupt().finish()
        self.assertEqual(stopped.returncode, INTERRUPTED, stopped.stderr)
        self.assertIn("run the same command to go on", stopped.stderr)
        self.assertNotIn("narrow-en", self.models())
        self.hub.fail()
        self.running.stop()
        self.running.start()
        self.assertFalse(self.pull()["was_there"])
        weights = [line for line in self.hub.requests() if line.startswith("cdn")]
        self.assertEqual([line.split()[-1] for line in weights], ["-", "bytes=1000000-"])
        self.assertIn("narrow-en", self.models())

    def test_given_up(self):
        self.hub.fail({"on": "cdn", "path": WEIGHTS, "do": "hold", "after": 1_000_000})
        pull = RunningSeek(self.running, *self.arguments())
        eventually("the weights", lambda: self.part().exists() or not pull.running())
        add = ["model", "add", self.hub.root / REPOSITORY]
        for command in (["model", "rm", "narrow-en"], add):
            refused = seek(self.running, *command, check=False)
            self.assertEqual(refused.returncode, REFUSED)
            self.assertIn("is being pulled", refused.stderr)
        self.assertEqual(pull.interrupt().finish().returncode, INTERRUPTED)
        seek(self.running, "model", "rm", "narrow-en")
        self.assertFalse(self.part().parent.exists())
        seek(self.running, *add)

    def test_a_connection_that_breaks(self):
        """Resumed by itself after a second; then progress is shown."""
        self.hub.fail({"on": "cdn", "path": WEIGHTS, "do": "drop", "after": 1_000_000, "times": 1})
        done = seek(self.running, *self.arguments())
        self.assertIn("downloading:", done.stderr)
        self.assertIn("/4 files", done.stderr)

    def test_other_content_than_listed(self):
        self.hub.fail({"on": "cdn", "path": WEIGHTS, "do": "flip"})
        lost = self.failure(code=INTERNAL)
        self.assertEqual(lost["code"], "DATA_LOSS")
        self.assertIn(WEIGHTS, lost["message"])
        self.assertFalse(self.part().exists())
        self.assertNotIn("narrow-en", self.models())
        self.hub.fail()
        self.pull()

    def damage(self):
        """Of the pulled weights: they can be loaded, and are another model's."""
        weights = self.running.data / "models" / "narrow-en" / WEIGHTS
        content = bytearray(weights.read_bytes())
        content[-1000] ^= 1
        weights.write_bytes(content)

    def test_a_repair_that_fails_can_be_tried_again(self):
        self.pull()
        self.damage()
        self.hub.fail({"on": "cdn", "path": WEIGHTS, "do": "flip"})
        self.failure(code=INTERNAL)
        self.hub.fail()
        self.assertFalse(self.pull()["was_there"])
        self.assertTrue(self.pull()["was_there"])

    def test_a_repaired_model_brings_its_collection_back(self):
        self.write_topics()
        self.pull()
        seek(self.running, "index", self.docs)
        seek(self.running, "model", "use", "narrow-en")
        self.running.stop()
        self.damage()
        self.running.start()
        missing = seek(self.running, "search", "roses", "--json", check=False)
        self.assertEqual(missing.returncode, REFUSED, missing.stderr)
        self.assertEqual(self.models()["narrow-en"]["collections"], [])
        self.assertFalse(self.pull()["was_there"])
        self.assertFinds(self.running, "when to prune roses", "roses.md")

    def test_what_cannot_be_pulled(self):
        self.hub.fail({"on": "hub", "path": "/api/models/someone/unknown", "do": "status", "code": 404})
        unknown = self.failure("someone/unknown")
        self.assertEqual(unknown["code"], "NOT_FOUND")
        self.assertIn("someone/unknown", unknown["message"])
        for name in ("no-owner", "a/b/c", "someone/", "/narrow-en"):
            with self.subTest(name):
                self.assertEqual(self.failure(name)["code"], "INVALID_ARGUMENT")
        bad = self.failure(REPOSITORY + "@a b")
        self.assertEqual(bad["code"], "INVALID_ARGUMENT")
        seek(self.running, "model", "add", self.hub.root / REPOSITORY)
        taken = self.failure()
        self.assertEqual(taken["code"], "ALREADY_EXISTS")
        self.assertIn("choose another name", taken["message"])
        named = seek_json(self.running, *self.arguments(), "--name", "second")
        self.assertEqual(named["model"], "second")

    def test_another_commit_needs_another_name(self):
        self.pull()
        later = COMMIT[::-1]
        (self.hub.root / "commit").write_text(later)
        self.assertTrue(self.pull(f"{REPOSITORY}@{COMMIT}")["was_there"])
        moved = self.failure()
        self.assertEqual(moved["code"], "FAILED_PRECONDITION")
        self.assertIn("another name", moved["message"])
        self.assertEqual(seek_json(self.running, *self.arguments(), "--name", "later")["commit"], later)

    def test_a_hub_that_is_not_trusted(self):
        done = seek(self.running, "model", "pull", REPOSITORY, "--hub", f"https://{self.hub.address}",
                    "--json", check=False)
        self.assertEqual(done.returncode, REFUSED)
        self.assertIn("certificate", json.loads(done.stderr)["error"]["message"])
        plain = seek(self.running, "model", "pull", REPOSITORY, "--hub",
                     f"http://{self.hub.address}", "--json", check=False)
        self.assertIn("https", json.loads(plain.stderr)["error"]["message"])

    def test_hub_and_proxy_of_the_environment(self):
        command = ["model", "pull", REPOSITORY, "--ca-file", self.hub.roots]
        seek(self.running, *command, variables={"HF_ENDPOINT": f"https://{self.hub.address}",
                                                "https_proxy": self.hub.proxy})
        proxied = [line for line in self.hub.requests() if line.startswith("proxy")]
        self.assertIn(f"proxy {self.hub.address}", proxied)
        self.assertIn("narrow-en", self.models())


if __name__ == "__main__":
    unittest.main()
