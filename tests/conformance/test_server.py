"""Runs the Autobahn test suite against `/echo`, which shares its code with the chat. `make test-conformance` runs these
tests.
"""

import os
import subprocess
import tempfile
import unittest
from urllib.parse import urlsplit

from suite import KOSOKU, LIMIT, NOT_RUN, Conforms, read_reports, retry_on_delay

PROGRAMS = os.environ.get("PROGRAMS", "target/release")
URL = os.environ.get("URL", "")
PARALLEL_CASES = 4


def run_suite(url):
    with tempfile.TemporaryDirectory() as folder:
        command = [*KOSOKU, "-m", "fuzzingclient", "-p", str(PARALLEL_CASES), "-o", folder, url]
        for case in NOT_RUN:
            command += ["-x", case]
        # Autobahn exits with 1 if a case failed. The reports name the failed cases.
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
        reports = read_reports(folder)
    if not reports:
        raise RuntimeError(f"Autobahn wrote no report: {done.stdout}{done.stderr}")
    return reports


class ServerConforms(Conforms, unittest.TestCase):
    end = "server"

    @classmethod
    def setUpClass(cls):
        if URL:
            cls.reports = retry_on_delay(lambda: run_suite(URL))
            return
        # The suite sends up to 16 MiB in one message, and thousands of messages without a pause.
        options = ["--listen", "127.0.0.1:0", "--max-message", str(16 << 20), "--lines-per-second", "0"]
        server = subprocess.Popen(
            [f"{PROGRAMS}/chat-server", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        try:
            address = urlsplit(server.stdout.readline().split()[-1]).netloc
            cls.reports = retry_on_delay(lambda: run_suite(f"ws://{address}/echo"))
        finally:
            server.terminate()
            server.wait(LIMIT)
            server.stdout.close()


if __name__ == "__main__":
    unittest.main()
