"""How often whole comparisons on the simulated bench are right: a build against itself, and against a
build with each seeded defect, with a new seed each time.

usage: counts_test.py PLUGRIG SOURCE_DIR [SAME [EACH [DEFECT…]]]

SAME comparisons of a build with itself, of which at most one in a hundred may find a regression, and
EACH with every defect (or those named), of which 99 in a hundred must find it and name it. Without
numbers: 300 and 100 when PLUGRIG_LONG is set (six hours on two cores), else two and one of each of the
defects that no part of regress_test.py looks for. One seed is one run: it fails always or never.
"""

import collections
import concurrent.futures
import os
import queue
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

PLUGRIG, SOURCE = sys.argv[1:3]
COUNTS, ONLY = sys.argv[3:5], sys.argv[5:]

# Defect, sequence, and what must be named: the start of a failed case.
REGRESSION, SOAK, UPDATE = "regression.yaml", "regression-soak.yaml", "regression-update.yaml"
NETWORK, BUTTON = "regression-network.yaml", "regression-button.yaml"
DEFECTS = [
    ("power_gain=0.3%", REGRESSION, ("power.as_found.P",)),
    ("low_current=5%", REGRESSION, ("power.as_found.I",)),
    ("boot_slower=1s", REGRESSION, ("boot.banner_time",)),
    ("relay_latency=100ms", REGRESSION, ("relay.latency",)),
    ("http_late=200ms", REGRESSION, ("plug.http_latency",)),
    ("json_key_renamed", REGRESSION, ("answers.missing_keys", "measure: plug.answers")),
    ("template_lost", REGRESSION, ("configure: tasmota.module",)),
    ("forgets_settings", REGRESSION, ("configure: tasmota.module",)),
    ("resets_under_load", REGRESSION, ("boot.restarts", "measure: power.")),
    ("watchdog_every=3min", REGRESSION, ("boot.restarts",)),
    ("slow_metering=4s", REGRESSION, ("power.settling_time",)),
    ("wifi_refusal_restarts", REGRESSION, ("configure: plug.wrong_password",)),
    ("heap_leak=200B", SOAK, ("soak.",)),
    ("ota_accepts_wrong_image", UPDATE, ("update: plug.upgrade",)),
    ("ota_settings_in_ram", UPDATE, ("update: plug.upgrade",)),
    ("wifi_slow_return=20s", NETWORK, ("wifi.return_time",)),
    ("wifi_loss_restarts", NETWORK, ("network: plug.wifi_loss", "boot.restarts")),
    ("button_dead", BUTTON, ("front: plug.button",)),
    ("button_slow=200ms", BUTTON, ("button.latency",)),
    ("led_inverted", BUTTON, ("front: plug.led", "led.wrong")),
    ("led_slow=300ms", BUTTON, ("led.latency",)),
]
SIZE = {UPDATE: "400 kB"}
MORE = {
    REGRESSION: ["--set", "wifi_ssid=bench", "--set", "smallest_load=25 W"],
    SOAK: ["--set", "wifi_ssid=bench", "--set", "soak_time=20 min"],
    UPDATE: ["--set", "wifi_ssid=bench"],
    NETWORK: ["--set", "wifi_ssid=bench"],
    BUTTON: [],
}


# A comparison in virtual time runs one thread after the other: on one CPU they hand over much faster.
CPUS = queue.SimpleQueue()
for cpu in os.sched_getaffinity(0):
    CPUS.put(cpu)


def stay():
    os.sched_setaffinity(0, {CPUS.get()})


def counts():
    """How many of each, and of which defects; empty = all."""
    if COUNTS:
        return int(COUNTS[0]), int(COUNTS[1]) if len(COUNTS) > 1 else 0, ONLY
    if os.environ.get("PLUGRIG_LONG"):
        return 300, 100, []
    return 2, 1, ["low_current", "boot_slower", "relay_latency", "http_late"]


def build(path, size, *defect):
    subprocess.run([PLUGRIG, "twin", "--make-firmware", path, "--firmware-size", size,
                    *(["--defect", *defect] if defect else [])], check=True, capture_output=True)
    return path


Answer = collections.namedtuple("Answer", "code named open said")


def said_by(folder):
    """Of the one comparison in `folder`: names of the failed cases, and how many were left open."""
    for where, _, files in os.walk(folder):
        if "regress.xml" in files:
            cases = list(ET.parse(os.path.join(where, "regress.xml")).getroot().iter("testcase"))
            failed = [case.get("name") for case in cases if case.find("failure") is not None]
            return failed, sum(case.find("skipped") is not None or case.find("error") is not None
                               for case in cases)
    return [], 0


def compared(seed, sequence, *defect):
    """What a comparison of a build with itself, or with one that has the defect, comes to."""
    with tempfile.TemporaryDirectory(prefix="plugrig-counts-") as folder:
        size = SIZE.get(sequence, "628 KiB")
        images = [build(os.path.join(folder, "a.bin"), size),
                  build(os.path.join(folder, "b.bin"), size, *defect)]
        ran = subprocess.run(
            [PLUGRIG, "regress", os.path.join(SOURCE, "sequences", sequence), "--same",
             "--baseline", images[0], "--candidate", images[1],
             "--bench", os.path.join(SOURCE, "fixtures/demo-4.yaml"), "--factor", "0",
             "--seed", str(seed), *MORE[sequence], "--store", os.path.join(folder, "records.sqlite")],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PLUGRIG_SECRET_WIFI_PASSWORD": "correct horse"})
        return Answer(ran.returncode, *said_by(folder), ran.stdout + ran.stderr)


def main():
    same, each, only = counts()
    bad = []
    with concurrent.futures.ThreadPoolExecutor(CPUS.qsize(), initializer=stay) as pool:
        ended = list(pool.map(lambda seed: compared(seed, REGRESSION), range(1000, 1000 + same)))
        alarms = {1000 + i: answer.named for i, answer in enumerate(ended) if answer.code == 1}
        broken = [answer.said for answer in ended if answer.code not in (0, 1)]
        still_open = sum(answer.code == 0 and answer.open > 0 for answer in ended)
        print(f"a build against itself: {len(alarms)} of {same} with a regression, "
              f"{still_open} with something open", flush=True)
        if len(alarms) > same / 100 or broken:
            bad += [str(alarms), *broken]
        for defect, sequence, names in DEFECTS if each else ():
            if only and defect.partition("=")[0] not in only:
                continue
            ended = list(pool.map(lambda seed: compared(seed, sequence, defect),
                                  range(2000, 2000 + each)))
            missed = {2000 + i: (answer.code, answer.named) for i, answer in enumerate(ended)
                      if answer.code != 1
                      or not any(name.startswith(names) for name in answer.named)}
            print(f"{defect}: {each - len(missed)} of {each} found and named", flush=True)
            if len(missed) > each / 100:
                bad.append(f"{defect}: {missed}")
    print(*bad, sep="\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
