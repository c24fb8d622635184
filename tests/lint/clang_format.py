#!/usr/bin/env python3
"""Checks the C++ sources against .clang-format; --fix rewrites them.

The result depends on the tool's version, so only version 14 counts. Without it
the check is skipped (exit 77, which ctest reports as skipped).
"""

import pathlib
import shutil
import subprocess
import sys

import lint

VERSION = "14."
SKIPPED = 77


def find_tool():
    for name in ("clang-format-14", "clang-format"):
        path = shutil.which(name)
        if path and f"version {VERSION}" in subprocess.run([path, "--version"], capture_output=True,
                                                           text=True, check=True).stdout:
            return path
    return None


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    tool = find_tool()
    if tool is None:
        print(f"clang-format {VERSION}x is not here: skipped")
        return SKIPPED
    files = [str(root / p) for p in lint.Tree(str(root)).with_suffix(*lint.CPP)]
    if "--fix" in sys.argv[1:]:
        return subprocess.run([tool, "-i", *files], check=False).returncode
    differing = [f for f in files if subprocess.run([tool, "--dry-run", "-Werror", f], check=False,
                                                    capture_output=True).returncode]
    for file in differing:
        print(f"{pathlib.Path(file).relative_to(root)}: not formatted")
    print(f"clang-format: {len(differing)} of {len(files)} files differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
