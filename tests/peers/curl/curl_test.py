"""curl against the web server of a twin's plug."""

import contextlib
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rfc2217"))

from peer_tools import LIMIT, check, check_equal, run, running  # noqa: E402

SERVER = sys.argv[1]


@contextlib.contextmanager
def plug():
    pipe = subprocess.PIPE
    with running(SERVER, stdin=pipe, stdout=pipe, text=True) as process:
        line = process.stdout.readline().strip()
        check(line.startswith("http "), f"the server said {line!r}")
        yield line[len("http "):]
        process.stdin.close()
        check_equal(process.wait(LIMIT), 0, "exit code of the server")


def curl(*arguments):
    """Status and body."""
    done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", "--retry", "5",
                           "--retry-connrefused", "--noproxy", "*", "--write-out", "\n%{http_code}",
                           *arguments], capture_output=True, text=True, timeout=LIMIT, check=False)
    check_equal(done.returncode, 0, f"exit code of curl ({done.stderr.strip()})")
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def command(url, text, *arguments):
    status, body = curl(*arguments, "--get", "--data-urlencode", f"cmnd={text}", f"{url}/cm")
    check_equal(status, 200, f"status of {text}")
    return json.loads(body)


def the_plug_tells_its_network():
    with plug() as url:
        network = command(url, "Status 5")["StatusNET"]
        check_equal(network["IPAddress"], "127.0.1.1", "address")
        check_equal(network["Mac"].count(":"), 5, "colons in the MAC")


def long_answers_come_whole_in_chunks():
    with plug() as url:
        status, head = curl("--include", f"{url}/cm?cmnd=Status%200")
        check_equal(status, 200, "status")
        check("transfer-encoding: chunked" in head.lower(), head)
        answer = command(url, "Status 0")
        check("StatusNET" in answer and "StatusFWR" in answer, str(answer)[:200])
        # Old clients know no chunks.
        check_equal(command(url, "Status 0", "--http1.0").keys(), answer.keys(), "members")


def the_relay_follows_and_many_may_ask():
    with plug() as url:
        check_equal(command(url, "Power On"), {"POWER": "ON"}, "answer")
        check_equal(command(url, "Power"), {"POWER": "ON"}, "state")
        start = time.monotonic()
        askers = [subprocess.Popen(["curl", "-sS", "--noproxy", "*", "--max-time", "20",
                                    f"{url}/cm?cmnd=Power"], stdout=subprocess.PIPE, text=True)
                  for _ in range(5)]
        for asker in askers:
            check_equal(json.loads(asker.communicate(timeout=LIMIT)[0]), {"POWER": "ON"}, "state")
        check(time.monotonic() - start < 20, "five answers took too long")


run([the_plug_tells_its_network, long_answers_come_whole_in_chunks,
     the_relay_follows_and_many_may_ask])
