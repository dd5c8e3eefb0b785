"""A batch with units that pass, fail and end by the rig's fault: its JUnit file keeps to the schema.

batch_test.py PLUGRIG SOURCE SCHEMA
"""
import glob
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

PLUGRIG, SOURCE, SCHEMA = sys.argv[1:]


def validate(file):
    read = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, file],
                          capture_output=True, text=True, check=False)
    return read.returncode, read.stderr


with tempfile.TemporaryDirectory() as folder:
    image = os.path.join(folder, "tasmota.bin")
    subprocess.run([PLUGRIG, "twin", "--make-firmware", image], check=True, capture_output=True)
    ran = subprocess.run(
        [PLUGRIG, "run", os.path.join(SOURCE, "sequences/tasmota-flash.yaml"),
         "--bench", os.path.join(SOURCE, "fixtures/demo-8.yaml"), "--units", "8", "--factor", "0",
         "--set", "firmware=" + image, "--store", os.path.join(folder, "records.sqlite"),
         "--reports", folder],
        capture_output=True, text=True, check=False)
    files = glob.glob(os.path.join(folder, "**", "batch.junit.xml"), recursive=True)
    assert len(files) == 1, ran.stdout + ran.stderr
    code, said = validate(files[0])
    assert code == 0, said
    root = ET.parse(files[0]).getroot()
    for kind in ("failure", "error"):
        assert root.find(f".//{kind}") is not None, f"no {kind} among the units"

    # What does not keep to the schema is seen.
    root.find(".//testcase").attrib.pop("name")
    broken = os.path.join(folder, "broken.xml")
    ET.ElementTree(root).write(broken)
    code, said = validate(broken)
    assert code != 0 and "name" in said, said
