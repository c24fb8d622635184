#!/usr/bin/env python3
"""Draws the tables of seekd-bench as SVG figures.

usage: plot.py OUT_FOLDER FILE.json...

Each FILE.json was written by a subcommand of seekd-bench (--json). A figure is drawn for every table
that has one: curves, dial, growth, calibration, hot, batches, degrees, visits, codes, baselines; other
tables are left alone. Needs matplotlib (Debian: python3-matplotlib).
"""
import argparse
import json
import pathlib

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of the backend)
from matplotlib.ticker import FixedLocator, NullFormatter  # noqa: E402

# Text stays text and ids do not depend on chance: small files that do not change without reason.
plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "seekd", "font.size": 9,
                     "axes.grid": True, "grid.alpha": 0.3, "figure.figsize": (6.4, 4)})


def groups(rows, *keys):
    """{values of the keys: rows}, in order of appearance."""
    found = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def draw_lines(lines, x, y, x_label, y_label, x_scale="linear", y_scale="linear"):
    for name, rows in lines.items():
        points = sorted((row[x], row[y]) for row in rows if row[x] is not None and row[y] is not None)
        if points:
            plt.plot(*zip(*points), marker="o", markersize=3, label=name)
    plt.xscale(x_scale)
    plt.yscale(y_scale)
    plt.xlabel(x_label)
    plt.ylabel(y_label)
    plt.legend(fontsize=7)


def draw_curves(rows):
    """On the pruned graph; of the fixed settings, the cheapest for each recall."""
    lines = {}
    rows = [row for row in rows if row["graph"] == "pruned"]
    for (code_bytes, strategy), some in groups(rows, "code_bytes", "strategy").items():
        if strategy.startswith("fixed"):
            known = [row for row in some if row["cost"] is not None]
            some = [min(equal, key=lambda row: row["cost"])
                    for equal in groups(known, "recall").values()]
        lines[f"{strategy}, {code_bytes:.0f}-byte codes"] = some
    draw_lines(lines, "cost", "recall", "rows recomputed per query", "recall", x_scale="log")
    plt.legend(fontsize=6, loc="lower right")


def by_strategy(rows, *keys):
    """groups by strategy and `keys`, whether or not a calibration has it scan."""
    return groups([{**row, "strategy": row["strategy"].removesuffix(" (scan)")} for row in rows],
                  "strategy", *keys)


def draw_dial(rows):
    least = 0.1  # a logarithmic axis has no place for no rows at all
    rows = [{**row, "cost_mean": max(row["cost_mean"], least)} for row in rows]
    lines = {f"{strategy}, k = {k:.0f}, target {target:.2f}": some
             for (strategy, k, target), some in by_strategy(rows, "k", "target").items()}
    draw_lines(lines, "share", "cost_mean", "index, % of the text",
               f"rows recomputed per query (at least {least})", y_scale="log")


def draw_growth(rows):
    lines = {strategy: some for (strategy,), some in by_strategy(rows).items()}
    draw_lines(lines, "nodes", "cost_mean", "chunks", "rows recomputed per query")
    plt.ylim(bottom=0)


def draw_hot(rows):
    """Rows held that were chosen by visits and their neighbours, by visits, by in-degree."""
    choices = {"": "visits and their neighbours", "_visits": "visits and in-degree",
               "_degree": "in-degree alone"}
    rows = [{**row, "held": 100 * row["held"]} for row in rows]
    for panel, (y, y_label) in enumerate([("hit_rate", "hit rate"),
                                          ("rows", "rows recomputed per query")], start=1):
        plt.subplot(1, 2, panel)
        lines = {name: [{"held": row["held"], y: row[y + choice]} for row in rows]
                 for choice, name in choices.items()}
        draw_lines(lines, "held", y, "% of the nodes held", y_label)
        plt.ylim(bottom=0)


def label_at(axis, places):
    """Labels a logarithmic axis at `places` alone."""
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter("{x:.0f}")
    axis.set_minor_formatter(NullFormatter())


def draw_batches(rows):
    lines = {strategy: some for (strategy,), some in by_strategy(rows).items()}
    for panel, (y, y_label) in enumerate([("cost", "rows recomputed per query"),
                                          ("rounds_mean", "rounds per query")], start=1):
        plt.subplot(1, 2, panel)
        draw_lines(lines, "batch_rows", y, "most rows per round", y_label, x_scale="log",
                   y_scale="log")
        label_at(plt.gca().xaxis, sorted({row["batch_rows"] for row in rows}))
        if panel == 2:
            plt.gca().get_legend().remove()  # the same lines


def draw_codes(rows):
    """A panel for each recall: bytes with the codebook's share against candidates."""
    keys = [key for key in rows[0] if key.startswith("candidates_")]
    _, panels = plt.subplots(1, len(keys), sharey=True, squeeze=False, figsize=(9, 4))
    for panel, key in zip(panels[0], keys):
        plt.sca(panel)
        lines = {kind: some for (kind,), some in groups(rows, "kind").items()}
        draw_lines(lines, "bytes", key, "bytes per chunk", "candidates", x_scale="log",
                   y_scale="log")
        plt.title("recall " + key.removeprefix("candidates_"), fontsize=9)
        label_at(panel.xaxis, [20, 30, 40, 60, 100, 150])
        label_at(panel.yaxis, [3, 10, 30, 100, 300, 1000])
        panel.label_outer()
        panel.get_legend().remove()
    panels[0][-1].legend(fontsize=7)


def draw_calibration(rows):
    for (k,), some in groups(rows, "k").items():
        plt.plot([row["target"] for row in some], [row["recall"] for row in some], marker="o",
                 markersize=3, label=f"k = {k:.0f}")
    ends = [min(row["target"] for row in rows), max(row["target"] for row in rows)]
    plt.plot(ends, ends, color="grey", linestyle="--", label="target")
    plt.xlabel("recall target")
    plt.ylabel("recall on unseen queries")
    plt.legend(fontsize=7)


def draw_bars(rows, names, x_label, y_label):
    """A group of bars for each row: its first column says what it is."""
    keys = [key for key in rows[0] if key in names]
    width = 0.8 / len(keys)
    for i, key in enumerate(keys):
        plt.bar([at + i * width for at in range(len(rows))], [row[key] for row in rows], width,
                label=names[key])
    first = next(iter(rows[0]))
    plt.xticks(range(len(rows)), [f"{row[first]:.0f}" if isinstance(row[first], float) else row[first]
                                   for row in rows])
    plt.xlabel(x_label)
    plt.ylabel(y_label)
    plt.legend(fontsize=7)


def draw_degrees(rows):
    names = {key: key.removesuffix(" out") for key in rows[0] if key.endswith(" out")}
    draw_bars(rows, names, "out-degree", "% of the nodes")


def draw_visits(rows):
    draw_bars(rows, {"exact": "exact", "frugal": "frugal"},
              "tenth of the nodes, by in-degree, highest first", "% of all recomputations")


def draw_baselines(rows):
    """Bytes against rows recomputed; recall is in the legend, for not all reach the target."""
    markers = "os^vD*Pp<>Xhd"
    for i, row in enumerate(rows):
        plt.plot(row["share"], max(row["recomputed_mean"], 0.5), markers[i % len(markers)],
                 label=f"{row['index']}: {row['recall']:.2f}")
    plt.xscale("log")
    plt.yscale("log")
    plt.xlabel("index, % of the text")
    plt.ylabel("rows recomputed per query (none: drawn at 0.5)")
    plt.legend(fontsize=6, title="index: recall", title_fontsize=6)


FIGURES = {"curves": draw_curves, "dial": draw_dial, "growth": draw_growth,
           "calibration": draw_calibration, "degrees": draw_degrees, "visits": draw_visits,
           "baselines": draw_baselines, "hot": draw_hot, "batches": draw_batches,
           "codes": draw_codes}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for file in options.files:
        for name, table in json.loads(file.read_text(encoding="utf-8"))["tables"].items():
            if name not in FIGURES or not table["rows"]:
                continue
            plt.figure()
            FIGURES[name](table["rows"])
            plt.tight_layout()
            path = options.out / f"{name}.svg"
            plt.savefig(path, metadata={"Date": None})
            plt.close()
            print(path)


if __name__ == "__main__":
    main()
