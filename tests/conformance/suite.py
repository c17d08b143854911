"""What the Autobahn test suite expects of either end of a WebSocket, and what its reports must contain.

Where a peer must fail the connection, Autobahn accepts an end without a Close (RFC 6455, 7.1.7). Our server and client
promise more: a Close with the right code. So these tests compare the codes in Autobahn's reports.
"""

import json
import pathlib
import sys

KOSOKU = [sys.executable, "-c", "from kosoku._cli import main; main()"]
LIMIT = 600  # the time limit of the whole suite in seconds; it takes about 5
TRIES = 3  # the maximum number of runs if a case fails: Autobahn waits one second for each reply, and a machine may be busy

# Sections 12 and 13 test compression, which neither the server nor the client supports.
NOT_RUN = ["12.*", "13.*"]

# In these cases, Autobahn prefers that the peer fail the connection before the frame with the invalid byte is complete. The
# RFC does not require that.
NOT_STRICT = {"6.4.3", "6.4.4"}

# Cases that Autobahn reports without a verdict: data after a Close, and Close codes that the RFC leaves undefined.
INFORMATIONAL = {"7.1.6", "7.13.1", "7.13.2"}


def ids(section, numbers):
    return [f"{section}.{number}" for number in numbers]


# The cases in which the peer must fail the connection, grouped by the Close code (RFC 6455, 7.4.1).
MUST_FAIL = {
    1002: [
        "2.5",
        *ids("3", range(1, 8)),
        *ids("4.1", range(1, 6)),
        *ids("4.2", range(1, 6)),
        *ids("5", [1, 2, *range(9, 19)]),
        *ids("7.3", [2, 6]),
        *ids("7.9", range(1, 10)),
    ],
    1007: [
        *ids("6.3", [1, 2]),
        *ids("6.4", range(1, 5)),
        *ids("6.6", [1, 3, 4, 6, 8, 10]),
        *ids("6.8", [1, 2]),
        *ids("6.10", [1, 2, 3]),
        "6.11.5",
        *ids("6.12", range(1, 9)),
        *ids("6.13", range(1, 6)),
        *ids("6.14", range(1, 11)),
        "6.15.1",
        *ids("6.16", [1, 2, 3]),
        *ids("6.17", range(1, 6)),
        *ids("6.18", range(1, 6)),
        *ids("6.19", range(1, 6)),
        *ids("6.20", range(1, 8)),
        *ids("6.21", range(1, 9)),
        "7.5.1",
    ],
}


def read_reports(folder):
    """Returns the reports in a folder, keyed by case."""
    reports = [json.loads(path.read_text()) for path in pathlib.Path(folder).glob("*_case_*.json")]
    return {report["id"]: report for report in reports}


def retry_on_delay(run, too_large=frozenset()):
    """Runs the suite, and runs it again if a case failed. Returns the last reports. A fault of the peer fails in every run."""
    for _ in range(TRIES):
        reports = run()
        others = [report for case, report in reports.items() if case not in too_large]
        if all("FAILED" not in (report["behavior"], report["behaviorClose"]) and report["wasClean"] for report in others):
            break
    return reports


class Conforms:
    """The tests of either end. A subclass sets `end`, `reports`, and `too_large`: the cases above its size limit."""

    maxDiff = None
    too_large = frozenset()

    def cases(self, key, value):
        found = {case for case, report in self.reports.items() if report[key] == value}
        return found - self.too_large

    def test_no_case_failed(self):
        passed = self.cases("behavior", "OK") & self.cases("behaviorClose", "OK")
        passed |= NOT_STRICT & self.cases("behavior", "NON-STRICT")
        passed |= INFORMATIONAL & self.cases("behavior", "INFORMATIONAL")
        total = self.reports.keys() - self.too_large
        print(f"\nAutobahn against the {self.end}: {len(passed)} / {len(total)} cases passed", file=sys.stderr)
        self.assertEqual(total - passed, set())
        self.assertEqual(self.cases("behavior", "NON-STRICT"), NOT_STRICT)
        self.assertEqual(len(self.reports), 301, "cases are missing")

    def test_failed_connections_get_the_right_close_code(self):
        expected = {case: code for code, cases in MUST_FAIL.items() for case in cases}
        self.assertEqual(len(expected), 117)
        expected.update(dict.fromkeys(self.too_large, 1009))
        found = {case: self.reports[case]["remoteCloseCode"] for case in expected}
        right = sum(found[case] == code for case, code in expected.items())
        print(f"\nthe {self.end} must fail the connection in {len(expected)} cases: {right} have the right Close code", file=sys.stderr)
        self.assertEqual(found, expected)

    def test_every_other_close_is_echoed_with_its_code(self):
        must_fail = {case for cases in MUST_FAIL.values() for case in cases}
        others = self.reports.keys() - must_fail - INFORMATIONAL - self.too_large
        sent = {case: self.reports[case]["localCloseCode"] for case in others}
        # The reply to a Close without a code has no code either (RFC 6455, 7.1.5).
        self.assertEqual({case: self.reports[case]["remoteCloseCode"] for case in others}, sent)

    def test_every_connection_ends_cleanly(self):
        self.assertEqual(self.cases("wasClean", False), set())
        self.assertEqual(self.cases("wasServerConnectionDropTimeout", True), set())
