"""Runs the Autobahn test suite against the connection layer of `chat-client`. The example `echo-client` echoes what
Autobahn's server sends. `make test-conformance` runs these tests.
"""

import os
import subprocess
import tempfile
import unittest

from suite import KOSOKU, LIMIT, NOT_RUN, Conforms, ids, read_reports, retry_on_delay

PROGRAMS = os.environ.get("PROGRAMS", "target/release")


def run_suite():
    with tempfile.TemporaryDirectory() as folder:
        command = [*KOSOKU, "-m", "fuzzingserver", "-o", folder, "127.0.0.1:0"]
        for case in NOT_RUN:
            command += ["-x", case]
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        try:
            url = server.stderr.readline().split()[-1]
            subprocess.run([f"{PROGRAMS}/examples/echo-client", url], stdin=subprocess.DEVNULL, timeout=LIMIT)
            # By the time the server exits, it has written the reports. Its exit code is 1, because the client refuses
            # messages that are too large.
            server.stderr.read()
            server.wait(LIMIT)
        finally:
            server.kill()
            server.wait(LIMIT)
            server.stderr.close()
        return read_reports(folder)


class ClientConforms(Conforms, unittest.TestCase):
    end = "client"

    # Messages of 4 MiB and more. The client accepts messages of up to 1 MiB, and answers a longer message
    # with Close 1009.
    too_large = frozenset(
        [*ids("9.1", [4, 5, 6]), *ids("9.2", [4, 5, 6]), *ids("9.3", range(1, 10)), *ids("9.4", range(1, 10))]
    )

    @classmethod
    def setUpClass(cls):
        cls.reports = retry_on_delay(run_suite, cls.too_large)


if __name__ == "__main__":
    unittest.main()
