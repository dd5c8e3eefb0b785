"""How often whole comparisons on the simulated bench are right: a build against itself, and against a
build with each seeded defect, with a new seed each time.

usage: counts_test.py PLUGRIG SOURCE_DIR [SAME [EACH]]

SAME comparisons of a build with itself, of which at most one in a hundred may find a regression, and
EACH with every defect, of which 99 in a hundred must find it and name it. Without numbers: 300 and 100
when PLUGRIG_LONG is set (a day on two cores), else nothing (ends with 77).
"""

import concurrent.futures
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

PLUGRIG, SOURCE, *COUNTS = sys.argv[1:]

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
    ("resets_under_load", REGRESSION, ("boot.restarts",)),
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


def counts():
    if COUNTS:
        return int(COUNTS[0]), int(COUNTS[1]) if len(COUNTS) > 1 else 0
    return (300, 100) if os.environ.get("PLUGRIG_LONG") else (0, 0)


def build(path, size, *defect):
    subprocess.run([PLUGRIG, "twin", "--make-firmware", path, "--firmware-size", size,
                    *(["--defect", *defect] if defect else [])], check=True, capture_output=True)
    return path


def named_by(folder):
    """Starts of the names of the failed cases, of the one comparison in `folder`."""
    for where, _, files in os.walk(folder):
        if "regress.xml" in files:
            cases = ET.parse(os.path.join(where, "regress.xml")).getroot().iter("testcase")
            return [case.get("name") for case in cases if case.find("failure") is not None]
    return []


def compared(seed, sequence, *defect):
    """Exit code, what is named, and what was printed."""
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
        return ran.returncode, named_by(folder), ran.stdout + ran.stderr


def main():
    same, each = counts()
    if not same and not each:
        print("nothing asked for: give numbers, or set PLUGRIG_LONG")
        return 77
    bad = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(compared, seed, REGRESSION) for seed in range(1000, 1000 + same)]
        ended = [run.result() for run in runs]
        alarms = [named for code, named, _ in ended if code == 1]
        broken = [said for code, _, said in ended if code not in (0, 1)]
        print(f"a build against itself: {len(alarms)} of {same} with a regression", flush=True)
        if len(alarms) > same / 100 or broken:
            bad += [str(alarms), *broken]
        for defect, sequence, names in DEFECTS:
            runs = [pool.submit(compared, seed, sequence, defect)
                    for seed in range(2000, 2000 + each)]
            ended = [run.result() for run in runs]
            found = sum(code == 1 and any(name.startswith(names) for name in named)
                        for code, named, _ in ended)
            print(f"{defect}: {found} of {each} found and named", flush=True)
            if found < 0.99 * each:
                bad.append(f"{defect}: {[(code, named) for code, named, _ in ended]}")
    print(*bad, sep="\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
