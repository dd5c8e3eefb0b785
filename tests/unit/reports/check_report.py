"""Reads what a report's writers made with programs that know nothing of them.

check_report.py SCHEMA FOLDER: FOLDER holds unit.json, report.html and samples.csv.
Prints what is wrong, a line each; nothing when all is well.
"""
import csv
import html.parser
import json
import pathlib
import sys

import jsonschema

VOID = {"meta", "link", "br", "img", "input", "hr"}
SVG_EMPTY = {"rect", "line", "circle", "path"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack, self.wrong, self.tables, self.plots, self.texts = [], [], {}, [], []
        self.table = self.row = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        for name, value in attributes.items():
            if name.startswith("on"):
                self.wrong.append(f"handler {name} on <{tag}>")
            outside = value and value.split(":")[0] in ("http", "https", "file", "ftp", "javascript")
            if name in ("src", "href", "data", "action", "srcset") and (outside or not value.startswith("data:")):
                self.wrong.append(f"<{tag} {name}={value!r}> asks for something outside")
        if tag in ("script", "iframe", "object", "embed", "form", "base"):
            self.wrong.append(f"<{tag}> on the page")
        if tag == "table":
            self.table = attributes.get("data-series") or attributes.get("id") or attributes.get("class")
            self.tables.setdefault(self.table, [])
        if tag == "tr" and self.table is not None:
            self.row = []
        if tag in ("td", "th") and self.row is not None:
            self.row.append("")
        if tag == "svg":
            self.plots.append({"circle": 0, "path": 0, "bar": 0})
        if self.plots and tag in ("circle", "path"):
            self.plots[-1][tag] += 1
        if self.plots and tag == "line" and attributes.get("class", "").startswith("bar"):
            self.plots[-1]["bar"] += 1
        if tag not in VOID | SVG_EMPTY:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID | SVG_EMPTY:
            return
        if not self.stack or self.stack.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")
        if tag == "tr" and self.row is not None:
            self.tables[self.table].append(self.row)
            self.row = None

    def handle_data(self, data):
        self.texts.append(data)
        if self.row:
            self.row[-1] += data


def shown_number(text):
    return float(text.split()[0].replace("+", ""))


def check_points(page, document):
    for item in document["series"]:
        if item["superseded"]:
            continue
        series = item["calibration"]["series"]
        rows = page.tables.get(series["name"], [])[1:]
        if len(rows) != len(series["points"]):
            yield f"{series['name']}: {len(rows)} rows for {len(series['points'])} points"
            continue
        for row, point in zip(rows, series["points"]):
            U = point["uncertainty"]["expanded"]
            error = point["plug"] - point["reference"] if point["nominal_W"] == 0 else point["error_percent"]
            absolute = U if point["nominal_W"] == 0 else U / 100 * abs(point["reference"])
            for name, text, value, tolerance in (("plug", row[2], point["plug"], absolute),
                                                 ("reference", row[3], point["reference"], absolute),
                                                 ("error", row[4], error, U), ("U", row[5], U, U)):
                # Two digits of U: the place is a tenth of it at most.
                if abs(shown_number(text) - value) > 0.06 * tolerance:
                    yield f"{series['name']} {point['quantity']}: {name} {text} is not {value}"
            if row[9].strip() != point["decision"].replace("_", " ").replace("none", "–"):
                yield f"decision {row[9]} is not {point['decision']}"


def check_samples(text, document):
    rows = list(csv.DictReader(text.splitlines()))
    expected = [(s["calibration"]["series"]["name"], sample["plug"], sample["reference"])
                for s in document["series"] for p in s["calibration"]["series"]["points"]
                for sample in p["samples"]]
    got = [(r["series"], float(r["plug"]), float(r["reference"])) for r in rows]
    if got != expected:
        yield "samples.csv and unit.json differ"


def main(schema_file, folder):
    folder = pathlib.Path(folder)
    schema = json.loads(pathlib.Path(schema_file).read_text())
    document = json.loads((folder / "unit.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    wrong = [f"unit.json {error.json_path}: {error.message}" for error in validator.iter_errors(document)]
    page = Page()
    page.feed((folder / "report.html").read_text(encoding="utf-8"))
    page.close()
    wrong += page.wrong
    if page.stack:
        wrong.append(f"never closed: {page.stack}")
    text = " ".join(page.texts)
    if document["unit"]["verdict_shown"] not in text:
        wrong.append("the verdict is not on the page")
    if ("NOT A CERTIFICATE" in text) == document["certificate"]["granted"]:
        wrong.append("page and unit.json differ about the certificate")
    wrong += check_points(page, document)
    if any(plot["circle"] + plot["path"] == 0 for plot in page.plots):
        wrong.append("a plot without points")
    if document["series"] and len(page.plots) != 3:
        wrong.append(f"{len(page.plots)} plots")
    wrong += check_samples((folder / "samples.csv").read_text(encoding="utf-8"), document)
    print("\n".join(wrong))


main(*sys.argv[1:])
