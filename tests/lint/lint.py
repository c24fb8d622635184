#!/usr/bin/env python3
"""Checks what compilers do not: who includes what, and that documents stay true.

    tests/lint/lint.py [--root FOLDER] [--only RULE]

Reads every file git knows or would add. Prints "path:line: [rule] message" and
exits 1 when a rule is broken. Standard library only.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

import include_rules

MAX_SOURCE_LINES = 500
CPP = (".h", ".cc")
SOURCES = CPP + (".py", ".js", ".sh", ".proto", ".cmake")
# Data, not prose or code: rules about words do not apply.
DATA = ("embedding_service/models/", "tests/golden/", "tests/data/")
GENERATED = ("package-lock.json",)


def tracked_files(root):
    """Paths below `root` that git tracks or would add, as posix strings."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        out = subprocess.run(command, check=True, capture_output=True).stdout
        names = out.decode("utf-8", "surrogateescape").split("\0")
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive
        names = [str(p.relative_to(root)) for p in pathlib.Path(root).rglob("*")]
        names = [n for n in names if not n.startswith(("build", ".git/")) and "node_modules" not in n]
    return sorted(n for n in set(names) if n and os.path.isfile(os.path.join(root, n)))


class Tree:
    """The files of one checkout, read once."""

    def __init__(self, root):
        self.root = root
        self.paths = tracked_files(root)
        self._texts = {}

    def text(self, path):
        """Content of `path`; '' when it is not UTF-8 text."""
        if path not in self._texts:
            data = pathlib.Path(self.root, path).read_bytes()
            try:
                self._texts[path] = "" if b"\0" in data else data.decode("utf-8")
            except UnicodeDecodeError:
                self._texts[path] = ""
        return self._texts[path]

    def lines(self, path):
        return enumerate(self.text(path).splitlines(), 1)

    def with_suffix(self, *suffixes):
        return [p for p in self.paths if p.endswith(suffixes)]


GENERATED_HEADERS = ("kserve/", "seekd/v1/", "tei/v1/")  # from proto/
OWN_INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
OTHER_INCLUDE = re.compile(r"\s*#\s*include\s+<([^>]+)>")


def check_includes(tree):
    for path in tree.with_suffix(*CPP):
        for number, line in tree.lines(path):
            if match := OWN_INCLUDE.match(line):
                included = match.group(1)
                # Abseil is quoted by habit; generated headers are ours.
                if included.split("/")[0] in include_rules.THIRD_PARTY:
                    message = include_rules.check_third_party(path, included)
                elif included.startswith(GENERATED_HEADERS):
                    message = include_rules.check_own(path, "proto/" + included)
                else:
                    message = include_rules.check_own(path, included)
            elif match := OTHER_INCLUDE.match(line):
                message = include_rules.check_third_party(path, match.group(1))
            else:
                continue
            if message:
                yield path, number, message


def check_guards(tree):
    for path in tree.with_suffix(".h"):
        guard = "SEEKD_" + re.sub(r"[^A-Z0-9]", "_", path.upper()) + "_"
        text = tree.text(path)
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            yield path, 1, f"include guard {guard} is missing"
        elif not text.rstrip().endswith(f"#endif  // {guard}"):
            yield path, len(text.splitlines()), f"must end with '#endif  // {guard}'"


# Spelled in parts so that this file passes its own check.
REGISTRY_HOSTS = [
    r"registry\.(npm" + r"js|yarn" + r"pkg)\.", r"\bpy" + r"pi\.org", r"files\.python" + r"hosted",
    r"\bcrates" + r"\.io", r"\bdeb\.deb" + r"ian\.org", r"deb\.node" + r"source", r"proxy\.gol" + r"ang",
    r"\bgh" + r"cr\.io", r"docker\." + r"io", r"\bconda\.ana" + r"conda",
]
WORDS = [
    (re.compile("|".join(REGISTRY_HOSTS)), "names the host of a package registry"),
    (re.compile(r"(?<![\w.\-])/(wo" + r"rk|ro" + r"ot)/"), "names a path of one machine"),
    (re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"), "unfinished work belongs in no file"),
    (re.compile(r"(?i)\bissue" + r"s? +#?\d"), "a file must make sense without the tracker"),
]


def check_words(tree):
    for path in tree.paths:
        if path.startswith(DATA) or path.endswith(GENERATED):
            continue
        for number, line in tree.lines(path):
            for pattern, message in WORDS:
                if pattern.search(line):
                    yield path, number, f"{message}: {line.strip()[:80]}"


def check_length(tree):
    for path in tree.with_suffix(*SOURCES):
        count = len(tree.text(path).splitlines())
        if count > MAX_SOURCE_LINES:
            yield path, count, f"{count} lines; split at {MAX_SOURCE_LINES}"


LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE_SPAN = re.compile(r"`[^`]*`")


def heading_anchors(text):
    """The anchors GitHub gives the headings of a Markdown text."""
    anchors = set()
    for line in text.splitlines():
        if match := re.match(r"#+\s+(.*)", line):
            slug = re.sub(r"[^\w\- ]", "", match.group(1).strip().lower()).replace(" ", "-")
            anchors.add(slug)
    return anchors


def outside_code(tree, path):
    fenced = False
    for number, line in tree.lines(path):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, CODE_SPAN.sub("", line)


def check_links(tree):
    for path in tree.with_suffix(".md"):
        if path.startswith(DATA) and "models/" not in path:
            continue
        for number, line in outside_code(tree, path):
            for target in LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                file = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
                if not os.path.exists(os.path.join(tree.root, file)):
                    yield path, number, f"link to {target}: no such file"
                elif anchor and file.endswith(".md") and anchor not in heading_anchors(tree.text(file)):
                    yield path, number, f"link to {target}: no such heading"


def check_dependencies_documented(tree):
    """Each library of the include table has its line in docs/dependencies.md."""
    page = "docs/dependencies.md"
    if page not in tree.paths:
        yield page, 1, "missing"
        return
    text = tree.text(page)
    for head in include_rules.THIRD_PARTY:
        if f"`{head}`" not in text:
            yield page, 1, f"does not explain the library whose headers start with `{head}`"


RULES = {
    "includes": check_includes,
    "guards": check_guards,
    "words": check_words,
    "length": check_length,
    "links": check_links,
    "dependencies": check_dependencies_documented,
}


def run(root, only=None):
    """All findings as (path, line, rule, message), in a stable order."""
    tree = Tree(root)
    findings = []
    for rule, check in RULES.items():
        if only is None or rule == only:
            findings += [(path, line, rule, message) for path, line, message in check(tree)]
    return sorted(findings)


def main():
    here = pathlib.Path(__file__).resolve()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=str(here.parents[2]))
    parser.add_argument("--only", choices=sorted(RULES))
    arguments = parser.parse_args()
    findings = run(arguments.root, arguments.only)
    for path, line, rule, message in findings:
        print(f"{path}:{line}: [{rule}] {message}")
    print(f"lint: {len(findings)} findings" if findings else "lint: clean")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
