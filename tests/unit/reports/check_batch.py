"""Reads the documents of a batch with parsers that others wrote, and counts what they say."""

import csv
import html.parser
import pathlib
import sys
import xml.etree.ElementTree

folder = pathlib.Path(sys.argv[1])

root = xml.etree.ElementTree.parse(folder / "batch.junit.xml").getroot()
assert root.tag == "testsuites", root.tag
(suite,) = root.findall("testsuite")
cases = suite.findall("testcase")
counts = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error", "skipped")}
for element in (root, suite):
    assert int(element.get("tests")) == len(cases)
    assert int(element.get("failures")) == counts["failure"]
    assert int(element.get("errors")) == counts["error"]
assert int(suite.get("skipped")) == counts["skipped"]
for attribute in ("name", "time", "timestamp", "hostname"):
    assert suite.get(attribute) is not None, attribute
for case in cases:
    assert case.get("name") and case.get("classname") and float(case.get("time")) >= 0
    assert len(list(case)) <= 1, "one outcome a unit"
    for outcome in case:
        assert outcome.get("message") or outcome.text, "an outcome says why"
print(f"junit {len(cases)} tests {counts['failure']} failures {counts['error']} errors "
      f"{counts['skipped']} skipped")

with open(folder / "batch.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file, strict=True))
for row in rows:
    assert None not in row and None not in row.values(), row
    for value in row.values():
        assert not value.startswith(("=", "+", "-", "@")), "a spreadsheet would compute: " + value
print(f"csv {len(rows)} units {sum(row['verdict'] == 'PASS' for row in rows)} PASS")


class Page(html.parser.HTMLParser):
    """Every element is closed in its turn; no scripts."""

    empty = {"meta", "link", "br"}

    def __init__(self):
        super().__init__()
        self.open = []
        self.table = ""
        self.units = 0

    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "iframe", "img", "object"), tag
        if tag in self.empty:
            return
        self.open.append(tag)
        if tag == "table":
            self.table = dict(attributes).get("id", "")
        if tag == "tr" and "tbody" in self.open and self.table == "units":
            self.units += 1

    def handle_startendtag(self, tag, attributes):
        assert tag not in ("script", "iframe", "img", "object"), tag

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open[-3:])
        self.open.pop()


page = Page()
page.feed((folder / "batch.html").read_text(encoding="utf-8"))
page.close()
assert not page.open, page.open
print(f"html {page.units} units")
