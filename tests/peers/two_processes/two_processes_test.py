"""`plugrig twin` in one process, plugrig's other commands in others: RFC 2217, real time.

usage: two_processes_test.py PLUGRIG SOURCE_DIR
"""

import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile

PLUGRIG, SOURCE = sys.argv[1:3]

TWIN_BENCH = """\
bench: two processes
slots:
  - slot: F1
    kind: flash
    uart: {twin: true}
    lines: {wiring: dtr-rts-two-transistor}
    twin: {seed: 31}
  - slot: F2
    kind: flash
    uart: {twin: true}
    lines: {wiring: power-cycled}
    twin: {seed: 32}
"""

SEQUENCE = """\
sequence: short
variables: {firmware: {type: file}}
stages:
  - stage: flash
    mains: off
    steps:
      - flash.identify: {chip: ESP8285, flash: 1 MB}
      - flash.erase: {range: settings}
      - flash.write: {image: "{{firmware}}"}
        retries: 1
      - flash.verify: {image: "{{firmware}}"}
      - boot.wait: {within: 20 s}
clean_up:
  - slot.power_cycle: {off: 100 ms}
"""


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def remote_bench(ports):
    wirings = {"F1": "dtr-rts-two-transistor", "F2": "power-cycled"}
    text = "bench: remote\nslots:\n"
    for slot, port in ports.items():
        text += (
            f"  - slot: {slot}\n    kind: flash\n    uart: {{rfc2217: '127.0.0.1:{port}'}}\n"
            f"    lines: {{wiring: {wirings[slot]}}}\n"
        )
    return text


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def plugrig(*arguments):
    done = subprocess.run([PLUGRIG, *arguments], capture_output=True, text=True,
                          errors="replace", timeout=120)
    return done.returncode, done.stdout + done.stderr


def run_both(folder, bench, firmware):
    store = os.path.join(folder, "records.sqlite")
    code, said = plugrig(
        "run", os.path.join(folder, "short.yaml"), "--bench", bench, "--store", store,
        "--set", f"firmware={firmware}",
    )
    check(code == 0, f"run ended with {code}:\n{said}")
    with sqlite3.connect(store) as records:
        verdicts = records.execute("select slot, verdict from unit order by slot").fetchall()
    check(verdicts == [("F1", "pass"), ("F2", "pass")], f"{verdicts}")


def stop_with(folder, bench, firmware, signal_number, expected_code):
    """A stop in the middle of a write: the code, the verdict, and clean-up that ran."""
    store = os.path.join(folder, f"stopped-{expected_code}.sqlite")
    run = subprocess.Popen(
        [PLUGRIG, "run", os.path.join(folder, "short.yaml"), "--bench", bench, "--slots", "F2",
         "--store", store, "--set", f"firmware={firmware}"],
        stdout=subprocess.PIPE, text=True,
    )
    said = ""
    for line in run.stdout:
        said += line
        # The whole image is in flash already, so the erase of the settings is what can be met.
        if "flash.erase: erasing" in line or "flash.erase" in line and "pass" not in line:
            run.send_signal(signal_number)
            break
    said += run.stdout.read()
    code = run.wait(timeout=60)
    check(code == expected_code, f"signal {signal_number} gave {code}:\n{said}")
    with sqlite3.connect(store) as records:
        verdicts = records.execute("select verdict from unit").fetchall()
        cleaned = records.execute(
            "select count(*) from attempt where step = 'slot.power_cycle' and verdict = 'pass'"
        ).fetchone()
    check(verdicts == [("aborted",)], f"{verdicts}:\n{said}")
    check(cleaned == (1,), f"clean-up did not run:\n{said}")


def by_hand(folder, bench, firmware):
    slot = ["--bench", bench, "--slot", "F1"]
    code, said = plugrig("identify", *slot)
    check(code == 0 and re.search(r"ESP8285 ..:..:..:..:..:..", said), said)

    backup = os.path.join(folder, "backup.bin")
    part = ["--range", "0+0x20000"]
    code, said = plugrig("backup", backup, *slot, *part)
    check(code == 0, said)
    with open(backup, "rb") as kept, open(firmware, "rb") as image:
        original = kept.read()
        check(original == image.read(0x20000), "the backup differs from what was written")
    check(stat.S_IMODE(os.stat(backup).st_mode) == 0o600, "a backup must be its owner's alone")
    code, said = plugrig("backup", backup, *slot, *part)
    check(code == 3 and "file.write" in said, f"a backup was written over: {said}")

    # Other bytes in, the backup back: the flash is what it was, byte for byte.
    changed = bytearray(original)
    for at in range(0x2000, 0x6000, 7):
        changed[at] ^= 0xA5
    other = os.path.join(folder, "other.bin")
    with open(other, "wb") as file:
        file.write(changed)
    code, said = plugrig("restore", other, *slot)
    check(code == 0, said)
    code, said = plugrig("verify", backup, *slot)
    check(code == 1 and "esp.verify.mismatch" in said, f"the change was not seen: {said}")
    code, said = plugrig("restore", backup, *slot)
    check(code == 0, said)
    code, said = plugrig("verify", backup, *slot)
    check(code == 0, said)

    code, said = plugrig("console", *slot, "--for", "3")
    check(code == 0 and "Tasmota Version" in said, f"console: {said}")


def main():
    with tempfile.TemporaryDirectory(prefix="plugrig-two-") as folder:
        firmware = os.path.join(folder, "firmware.bin")
        code, said = plugrig("twin", "--make-firmware", firmware)
        check(code == 0, said)
        write(os.path.join(folder, "short.yaml"), SEQUENCE)
        twin_bench = write(os.path.join(folder, "twin.yaml"), TWIN_BENCH)
        twin = subprocess.Popen([PLUGRIG, "twin", "--bench", twin_bench], stdout=subprocess.PIPE,
                                text=True)
        try:
            ports = {}
            for line in twin.stdout:
                found = re.match(r"(\w+): rfc2217://127\.0\.0\.1:(\d+) ", line)
                if found:
                    ports[found[1]] = int(found[2])
                if line.startswith("serving"):
                    break
            check(set(ports) == {"F1", "F2"}, f"{ports}")
            bench = write(os.path.join(folder, "remote.yaml"), remote_bench(ports))
            run_both(folder, bench, firmware)
            by_hand(folder, bench, firmware)
            stop_with(folder, bench, firmware, signal.SIGINT, 130)
            stop_with(folder, bench, firmware, signal.SIGTERM, 4)
        finally:
            twin.send_signal(signal.SIGINT)
            said = twin.stdout.read()
            code = twin.wait(timeout=30)
        check(code == 0 and "of real time" in said, f"the twin ended with {code}: {said}")
        print(said, end="")
    print("ok")


if __name__ == "__main__":
    main()
