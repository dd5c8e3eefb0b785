"""Whole comparisons of firmware builds: `plugrig regress` on a simulated bench, whose builds may carry
a seeded defect. What it writes is read by programs of others.

usage: regress_test.py PLUGRIG SOURCE_DIR JUNIT_SCHEMA PART…
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import jsonschema
from junitparser import JUnitXml

PLUGRIG, SOURCE, SCHEMA, *PARTS = sys.argv[1:]

ENVIRONMENT = {**os.environ, "PLUGRIG_SECRET_WIFI_PASSWORD": "correct horse",
               "PLUGRIG_SECRET_WEB_PASSWORD": "m4rked-web-Pa55word"}
POWER = "power.as_found.P"


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Bench:
    """Three slots of the simulated bench, a store, and the builds that are made for it."""

    def __init__(self, folder):
        self.folder = folder
        self.store = self.path("records.sqlite")
        self.good = self.build("good.bin")

    def path(self, name):
        return os.path.join(self.folder, name)

    def build(self, name, *defects, size="628 KiB"):
        made = subprocess.run(
            [PLUGRIG, "twin", "--make-firmware", self.path(name), "--firmware-size", size,
             *(word for defect in defects for word in ("--defect", defect))],
            capture_output=True, text=True, check=False)
        check(made.returncode == 0, made.stdout + made.stderr)
        return self.path(name)

    def command(self, *more, seed=3, sequence="regression.yaml"):
        return [PLUGRIG, "regress", os.path.join(SOURCE, "sequences", sequence),
                "--bench", os.path.join(SOURCE, "fixtures/demo-4.yaml"),
                "--slots", "S1,S2,S3", "--control", "none", "--set", "wifi_ssid=bench",
                "--factor", "0", "--seed", str(seed), "--repeat", "2", "--most", "3",
                "--store", self.store, *more]

    def run(self, command, expected):
        ran = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
        check(ran.returncode == expected, f"ended with {ran.returncode} instead of {expected}:\n"
              + ran.stdout + ran.stderr)
        return ran.stdout

    def asks(self, question):
        with sqlite3.connect(self.store) as records:
            return records.execute(question).fetchall()

    def written(self, name):
        """The file of this name that the last run wrote."""
        reports = self.path("reports")
        runs = [os.path.join(reports, run, name) for run in os.listdir(reports)]
        return max((file for file in runs if os.path.exists(file)), key=os.path.getmtime)


def failed_cases(bench):
    """Names of the failures in the JUnit file of the last run, which keeps to the schema."""
    file = bench.written("regress.xml")
    read = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, file],
                          capture_output=True, text=True, check=False)
    check(read.returncode == 0, read.stderr)
    return [case.name for suite in JUnitXml.fromfile(file) for case in suite
            if any(type(result).__name__ == "Failure" for result in case.result)]


def defect(bench):
    """A build whose power is 0.3 % off is named, by quantity and build, in every document."""
    bad = bench.build("bad.bin", "power_gain=0.3%")
    said = bench.run(bench.command("--baseline", bench.good, "--candidate", bad), 1)
    check("REGRESSION" in said, said)
    with open(bench.written("regress.json"), encoding="utf-8") as file:
        document = json.load(file)
    with open(os.path.join(SOURCE, "reports/schema/regress.schema.json"), encoding="utf-8") as file:
        jsonschema.validate(document, json.load(file))
    failed = failed_cases(bench)
    check(failed and all(POWER in name or "energy" in name for name in failed), f"{failed}")
    check(any(POWER in name for name in failed), f"{failed}")
    with open(bench.written("regress.html"), encoding="utf-8") as file:
        page = file.read()
    check("<svg" in page and POWER in page and "bad.bin" in page, "the page lacks something")
    for secret in ("m4rked-web-Pa55word", "correct horse"):
        check(secret not in page and secret not in said and secret not in json.dumps(document),
              "a secret was shown")
    with open(bench.store + ".trend.jsonl", encoding="utf-8") as file:
        check(len(file.readlines()) == 1, "one line a run")
    print("failed:", *failed, sep="\n  ")
    judged_again(bench, document)


def judged_again(bench, document):
    """The page can be made again from the store alone, also with known failures told afterwards."""
    run = document["title"]
    report = [PLUGRIG, "report", run, "--store", bench.store, "--out", bench.path("again")]
    for build in os.listdir(bench.store + ".builds"):
        os.remove(os.path.join(bench.store + ".builds", build))
    said = bench.run(report, 1)
    check("REGRESSION" in said, said)
    with open(bench.path(f"again/{run}/regress.json"), encoding="utf-8") as file:
        check(json.load(file) == document, "it says something else than at first")
    with open(bench.store + ".trend.jsonl", encoding="utf-8") as file:
        check(len(file.readlines()) == 1, "a run is one point of its trend")
    with open(bench.path("known.yaml"), "w", encoding="utf-8") as file:
        file.write("quarantine:\n" + "".join(
            f"  - {{quantity: {name}, reason: known, owner: somebody, expires: 2999-12-31}}\n"
            for name in ("power.as_found.P", "energy.error")))
    bench.run([*report, "--quarantine", bench.path("known.yaml")], 0)


def same(bench):
    """A build against itself is no regression, whatever the bench's noise."""
    said = bench.run(
        bench.command("--baseline", bench.good, "--candidate", bench.good, "--same", seed=8), 0)
    check("REGRESSION" not in said, said)
    check(not failed_cases(bench), "the document says otherwise")


def update(bench):
    """A build that takes garbage for an update; two builds must fit into the flash."""
    good = bench.build("small.bin", size="400 kB")
    bad = bench.build("careless.bin", "ota_accepts_wrong_image", size="400 kB")
    said = bench.run(bench.command("--baseline", good, "--candidate", bad,
                                   sequence="regression-update.yaml"), 1)
    check("plug.upgrade" in said and "REGRESSION" in said, said)
    failed = failed_cases(bench)
    check(failed and all("plug.upgrade" in name for name in failed), f"{failed}")


def two_steps(bench):
    """Builds that do not fit into the flash twice: over a minimal build, or not decided at all."""
    minimal = bench.build("minimal.bin", "minimal", size="280 kB")
    bad = bench.build("careless.bin", "ota_accepts_wrong_image")
    command = bench.command("--baseline", bench.good, "--candidate", bad,
                            sequence="regression-update.yaml")
    said = bench.run(command, 3)
    check("never passes 'update: plug.upgrade'" in said, said)
    said = bench.run([*command, "--set", f"minimal={minimal}"], 1)
    check("in two steps" in said and "plug.upgrade_wrong_image" in said, said)


def answers(bench):
    """A build that renames a key is found over the console as well as over HTTP."""
    bad = bench.build("bad.bin", "json_key_renamed")
    bench.run(bench.command("--baseline", bench.good, "--candidate", bad), 1)
    failed = failed_cases(bench)
    for step in ("console.answers", "plug.answers"):
        check(any(step in name for name in failed), f"{step} is not among {failed}")


def network(bench):
    """A build that restarts when it loses its network, which all slots lose together and in turn."""
    bad = bench.build("bad.bin", "wifi_loss_restarts")
    bench.run(bench.command("--baseline", bench.good, "--candidate", bad,
                            sequence="regression-network.yaml"), 1)
    failed = failed_cases(bench)
    check(failed and all("wifi" in name or "restarts" in name for name in failed), f"{failed}")


def power_cut(bench):
    """A build that has its settings out of flash while it fetches an update: only a power cut shows it."""
    good = bench.build("small.bin", size="400 kB")
    bad = bench.build("forgetful.bin", "ota_settings_in_ram", size="400 kB")
    said = bench.run(bench.command("--baseline", good, "--candidate", bad,
                                   sequence="regression-update.yaml"), 1)
    check("plug.upgrade_power_cut" in said and "REGRESSION" in said, said)
    for never in ("plug.upgrade_wrong_image", "plug.upgrade_interrupted"):
        check(never not in said, said)


def slow(bench):
    """A build that shows power as a mean over some seconds is named by what it makes of a load step."""
    bad = bench.build("slow.bin", "slow_metering=3 s")
    said = bench.run(bench.command("--baseline", bench.good, "--candidate", bad), 1)
    worse = [line.split()[0] for line in said.splitlines() if line.endswith("worse")]
    check(worse and all(name.startswith("power.settling") for name in worse), said)


def ended(bench):
    return bench.asks("select count(*) from unit where ended_ms is not null")[0][0]


def killed(bench):
    """SIGKILL in the middle; what goes on has the same answer, and no trial is lost or done twice."""
    bad = bench.build("bad.bin", "power_gain=0.3%")
    run = subprocess.Popen(bench.command("--baseline", bench.good, "--candidate", bad),
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    until = time.monotonic() + 300
    while not (os.path.exists(bench.store) and _begun(bench) and ended(bench) >= 4):
        check(run.poll() is None and time.monotonic() < until, "it did not come to four trials")
        time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    run.wait()
    before = bench.asks("select unit_id, verdict from unit where ended_ms is not null")
    said = bench.run([PLUGRIG, "resume", "--store", bench.store, "--factor", "0"], 1)
    check("REGRESSION" in said and "good.bin" in said, said)
    after = dict(bench.asks("select unit_id, verdict from unit"))
    check(all(after[unit] == verdict for unit, verdict in before), "a finished trial was changed")
    trials = bench.asks(
        "select u.slot, b.value, k.value, count(*) from unit u "
        "join fact b on b.unit_id = u.unit_id and b.name = 'build' "
        "join fact k on k.unit_id = u.unit_id and k.name = 'build_block' "
        "where u.verdict in ('pass', 'fail') group by 1, 2, 3")
    check(len(trials) >= 12 and all(count == 1 for *_, count in trials), f"{trials}")
    check(len(bench.asks("select run_id from run")) == 1, "it is another run")


def _begun(bench):
    try:
        return bench.asks("select count(*) from unit")[0][0] > 0
    except sqlite3.OperationalError:
        return False


def bisect(bench):
    """The first of eight commits whose build is wrong; one in the middle does not build."""
    repository = bench.path("firmware")
    git = ["git", "-C", repository, "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "init", "-q", "-b", "main", repository], check=True)
    commits = []
    for number in range(8):
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", f"c{number}"], check=True)
        commits.append(subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True,
                                      check=True).stdout.strip())
    bench.build("wrong.bin", "json_key_renamed")
    made = bench.path("made")
    with open(bench.path("make.sh"), "w", encoding="utf-8") as script:
        # What a build of this commit is; and which were asked for.
        script.write(f"echo $1 >> {made}\ncase $1 in\n  {commits[3]}) exit 1;;\n")
        for commit in commits[5:]:
            script.write(f"  {commit}) echo {bench.path('wrong.bin')};;\n")
        script.write(f"  *) echo {bench.good};;\nesac\n")
    said = bench.run(bench.command("--repository", repository, "--good", commits[0], "--bad", "main",
                                   "--bisect-build", f"sh {bench.path('make.sh')} {{commit}}"), 0)
    check(f"first bad commit: {commits[5]}\n" in said, said)
    with open(made, encoding="utf-8") as file:
        tried = file.read().split()
    check(len(tried) <= 5, f"{len(tried)} builds")
    print(f"{len(tried)} builds of 8")


def main():
    parts = {part.__name__: part for part in (defect, slow, same, update, two_steps, power_cut, answers, network,
                                              killed, bisect)}
    check(PARTS and all(name in parts for name in PARTS), f"name parts: {' '.join(parts)}")
    for name in PARTS:
        with tempfile.TemporaryDirectory(prefix="plugrig-regress-") as folder:
            begin = time.monotonic()
            parts[name](Bench(folder))
            print(f"{name} done after {time.monotonic() - begin:.0f} s", flush=True)
    print("ok")


if __name__ == "__main__":
    main()
