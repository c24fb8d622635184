#!/usr/bin/env python3
"""Every rule of lint.py can fail, and a clean tree passes."""

import pathlib
import tempfile
import unittest

import include_rules
import lint


def guarded(path, body=""):
    guard = "SEEKD_" + path.upper().replace("/", "_").replace(".", "_") + "_"
    return f"#ifndef {guard}\n#define {guard}\n{body}\n#endif  // {guard}\n"


def dependencies_page():
    return "# Dependencies\n" + "".join(f"- `{head}`\n" for head in include_rules.THIRD_PARTY)


class LintTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("docs/dependencies.md", dependencies_page())

    def write(self, path, text):
        file = pathlib.Path(self.folder.name, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def findings(self):
        return [(path, rule) for path, _, rule, _ in lint.run(self.folder.name)]

    def expect(self, path, text, rule):
        self.write(path, text)
        self.assertIn((path, rule), self.findings())

    def test_clean_tree(self):
        self.write("core/base/a.h", guarded("core/base/a.h", "#include <vector>"))
        self.write("core/store/b.cc", '#include "core/base/a.h"\n#include <rocksdb/db.h>\n')
        self.write("server/c.cc", '#include "seekd/v1/search.pb.h"\n#include <sys/un.h>\n')
        self.write("README.md", "# A b\n[x](docs/dependencies.md#dependencies) [y](#a-b)\n")
        self.assertEqual(self.findings(), [])

    def test_layers_inside_core(self):
        self.expect("core/base/a.cc", '#include "core/store/store.h"\n', "includes")
        self.expect("core/text/a.cc", '#include "core/graph/graph_view.h"\n', "includes")
        self.expect("core/search/a.cc", '#include "core/index/generation.h"\n', "includes")

    def test_layers_between_folders(self):
        self.expect("core/collection/a.cc", '#include "embedding_service/e.h"\n', "includes")
        self.expect("embedding_service/a.cc", '#include "server/s.h"\n', "includes")
        self.expect("server/a.cc", '#include "client/c.h"\n', "includes")
        self.expect("client/a.cc", '#include "core/text/utf8.h"\n', "includes")
        self.expect("client/b.cc", '#include "nowhere/x.h"\n', "includes")

    def test_heavy_libraries_have_one_place(self):
        self.expect("core/index/a.cc", "#include <grpcpp/grpcpp.h>\n", "includes")
        self.expect("core/index/b.cc", "#include <rocksdb/db.h>\n", "includes")
        self.expect("core/index/c.cc", "#include <spdlog/spdlog.h>\n", "includes")
        self.expect("server/d.cc", "#include <torch/torch.h>\n", "includes")
        self.expect("embedding_service/e.cc", "#include <ATen/ATen.h>\n", "includes")
        self.expect("core/graph/f.cc", "#include <asio/post.hpp>\n", "includes")
        self.expect("embedding_service/g.cc", "#include <grpcpp/grpcpp.h>\n", "includes")
        self.expect("embedding_service/h.cc", '#include "tei/v1/tei.pb.h"\n', "includes")
        self.expect("embedding_service/remote/i.cc", "#include <torch/torch.h>\n", "includes")

    def test_unknown_library(self):
        self.expect("core/base/a.cc", "#include <boost/any.hpp>\n", "includes")

    def test_torch_stays_in_few_files(self):
        self.assertLessEqual(len(include_rules.TORCH_FILES), 6)
        self.assertLessEqual(len(include_rules.TEST_TORCH_FILES), 2)

    def test_guards(self):
        self.expect("core/base/a.h", "#pragma once\n", "guards")
        self.expect("core/base/b.h", guarded("core/base/b.h") + "int x;\n", "guards")

    def test_words(self):
        for number, text in enumerate(("registry.npm" + "js.org", "see /wo" + "rk/main", "// TO" + "DO",
                                       "as issue" + " 12 says")):
            self.expect(f"docs/page{number}.md", text + "\n", "words")

    def test_data_may_say_anything(self):
        self.write("tests/golden/text.jsonl", "TO" + "DO\n")
        self.assertEqual(self.findings(), [])

    def test_length(self):
        self.expect("core/base/long.cc", "int a;\n" * (lint.MAX_SOURCE_LINES + 1), "length")

    def test_links(self):
        self.expect("docs/a.md", "[x](missing.md)\n", "links")
        self.expect("docs/b.md", "[x](dependencies.md#no-such-heading)\n", "links")

    def test_dependencies_page(self):
        self.write("docs/dependencies.md", "# Dependencies\n")
        self.assertIn(("docs/dependencies.md", "dependencies"), self.findings())


if __name__ == "__main__":
    unittest.main()
