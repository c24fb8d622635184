#!/usr/bin/env python3
"""A daemon whose encoder is an inference server, which comes and goes."""

import json
import os
import shutil
import subprocess
import unittest

from harness import (DaemonTest, LIMIT, MODEL, OK, UNREACHABLE, environment, eventually, ledger,
                     seek, seek_json)

SERVE_MODEL = os.environ.get("SERVE_MODEL_PROGRAM", "")


class InferenceServer:
    """The test server with the default model behind it, a process of its own."""

    def __init__(self, port=0):
        self.process = subprocess.Popen([SERVE_MODEL, str(MODEL), str(port)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment())
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(LIMIT)
        self.process.stdout.close()


class RemoteModelTest(DaemonTest):
    def serve(self, port=0):
        server = InferenceServer(port)
        self.addCleanup(lambda: server.process.poll() is None and server.stop())
        return server

    def model(self, port, **settings):
        folder = self.folder / "remote-model"
        folder.mkdir()
        shutil.copy(MODEL / "tokenizer.json", folder)
        config = {"model_type": "remote", "url": f"127.0.0.1:{port}", "hidden_dim": 256,
                  "max_length": 500, **settings}
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    def index_and_search(self, **settings):
        server = self.serve()
        self.write_topics()
        daemon = self.daemon("--model", str(self.model(server.port, **settings))).start()
        seek(daemon, "index", self.docs)
        self.assertFinds(daemon, "when to prune roses", "roses.md")
        return server, daemon

    def test_kserve(self):
        self.index_and_search(protocol="kserve", model="encoder", special_tokens=False)

    def test_answers_are_those_of_the_local_model(self):
        _, daemon = self.index_and_search(protocol="tei")
        remote = self.search(daemon, "oil of an engine")
        daemon.stop()
        shutil.rmtree(daemon.data)
        local = self.daemon().start()
        seek(local, "index", self.docs)
        hits = self.search(local, "oil of an engine")
        self.assertEqual([hit["document"] for hit in remote], [hit["document"] for hit in hits])
        for ours, theirs in zip(remote, hits):
            self.assertAlmostEqual(ours["score"], theirs["score"], places=4)

    def test_it_is_said_where_text_goes(self):
        server, daemon = self.index_and_search(protocol="tei")
        address = f"tei at http://127.0.0.1:{server.port}"
        self.assertEqual(seek_json(daemon, "status")["model"]["remote"], address)
        self.assertIn("text is sent to " + address, seek(daemon, "status").stdout)
        self.assertIn(address, daemon.log())

    def test_a_collection_moves_to_it(self):
        self.write_topics()
        daemon = self.daemon().start()
        seek(daemon, "index", self.docs)
        server = self.serve()
        seek(daemon, "model", "add", self.model(server.port, protocol="tei"))
        seek(daemon, "model", "use", "remote-model")
        self.assertFinds(daemon, "when to prune roses", "roses.md")
        address = f"tei at http://127.0.0.1:{server.port}"
        self.assertIn("text is sent to " + address, seek(daemon, "status").stdout)
        self.assertIn("text is sent to " + address, seek(daemon, "model", "list").stdout)
        self.assertEqual(ledger(daemon)["remote"], address)
        self.assertIn(address, daemon.log())
        bench = seek(daemon, "model", "bench", "remote-model", check=False)
        self.assertIn("others use that server", bench.stderr)
        server.stop()
        daemon.stop()
        daemon.start()
        away = seek(daemon, "search", "roses", check=False)
        self.assertEqual(away.returncode, UNREACHABLE, away.stderr)
        self.assertIn("cannot be reached", daemon.log())

    def test_server_comes_and_goes(self):
        server, daemon = self.index_and_search(protocol="tei")
        server.stop()
        away = seek(daemon, "search", "sourdough starter", check=False)
        self.assertEqual(away.returncode, UNREACHABLE, away.stderr)
        self.assertIn(f"127.0.0.1:{server.port}", away.stderr)
        self.assertEqual(seek_json(daemon, "status")["model"]["health"]["code"], "UNAVAILABLE")

        daemon.stop()
        daemon.start()
        self.assertIn("cannot be reached", daemon.log())
        self.write("late.txt", "Lighthouses warn ships of rocks and shallow water.\n")
        stopped = seek(daemon, "index", self.docs, check=False)
        self.assertNotEqual(stopped.returncode, OK)

        self.serve(server.port)
        eventually("the server is found", lambda: seek(daemon, "search", "sourdough starter",
                                                       check=False).returncode == OK)
        seek(daemon, "index", self.docs)
        self.assertFinds(daemon, "beacon for ships near rocks", "late.txt")
        self.assertEqual(ledger(daemon)["skipped"], 0)

    def test_first_start_needs_the_server(self):
        server = self.serve()
        model = self.model(server.port, protocol="tei")
        server.stop()
        daemon = self.daemon("--model", str(model)).launch()
        self.assertNotEqual(daemon.process.wait(LIMIT), 0)
        self.assertIn("probe_rows.json", daemon.log())

    def test_plaintext_to_another_machine_is_refused(self):
        model = self.model(1, protocol="tei", url="gpu.invalid:80")
        daemon = self.daemon("--model", str(model)).launch()
        self.assertNotEqual(daemon.process.wait(LIMIT), 0)
        self.assertIn("allow_plaintext", daemon.log())


if __name__ == "__main__":
    unittest.main()
