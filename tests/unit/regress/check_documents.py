"""Reads the documents of a comparison with programs that others wrote.

usage: check_documents.py SCHEMA FOLDER    prints what is wrong, nothing when all is well
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

import jsonschema


def check_json(schema_file, path):
    schema = json.loads(pathlib.Path(schema_file).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(path.read_text())
    for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
        yield f"regress.json: {list(error.absolute_path)}: {error.message}"


def check_junit(path):
    root = ElementTree.parse(path).getroot()
    if root.tag != "testsuites":
        yield f"junit: root is {root.tag}"
    for suite in root:
        cases = suite.findall("testcase")
        for name, found in (
            ("tests", len(cases)),
            ("failures", len(suite.findall("testcase/failure"))),
            ("errors", len(suite.findall("testcase/error"))),
            ("skipped", len(suite.findall("testcase/skipped"))),
        ):
            if int(suite.get(name)) != found:
                yield f"junit: {name} says {suite.get(name)}, there are {found}"


def main(schema_file, folder):
    folder = pathlib.Path(folder)
    for wrong in [*check_json(schema_file, folder / "regress.json"), *check_junit(folder / "junit.xml")]:
        print(wrong)


main(*sys.argv[1:])
