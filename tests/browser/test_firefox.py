"""Tests the page in Firefox, if it is installed."""

import time
import unittest

import firefox
from harness import LIMIT, PANES, Server


@unittest.skipUnless(firefox.path(), "Firefox is missing: type `sudo apt install firefox-esr` (Debian)")
class ThePageInFirefox(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.firefox = firefox.Firefox()
        self.addCleanup(self.firefox.quit)

    def until(self, what, page, expression):
        end = time.monotonic() + LIMIT
        while not self.firefox.run(page, expression):
            if time.monotonic() > end:
                state = self.firefox.run(page, "document.body.innerText")
                self.fail(f"not within {LIMIT} s: {what}\n{state}\n{self.firefox.errors}")

    def test_two_pages_chat_and_compare(self):
        anna, ben = (self.firefox.open(self.server.url) for _ in range(2))
        for page in (anna, ben):
            self.until("the page is connected", page, "chat.isLive && $('here').children.length === 2")
        self.firefox.run(anna, "$('text').focus()")
        self.firefox.press(anna, "hello from Firefox\ue007")
        for page in (anna, ben):
            self.until("the line arrives", page, "/: hello from Firefox/.test($('log').textContent)")
        # Firefox may treat a covered window as hidden, and a hidden page compares nothing.
        self.firefox.activate(anna)
        self.firefox.run(anna, "$('talk').click()")
        for pane in PANES:
            self.until(f"a line arrives in the pane {pane}", anna, f"/: test 1/.test($('{pane}-lines').textContent)")
        self.until("the page compares the techniques", anna, "$('words').textContent.startsWith('Polling costs')")
        for view in ("as-arrows", "as-timeline"):
            self.firefox.run(anna, f"$('{view}').click()")
            self.until("the chart is drawn", anna, "new Set($('chart').getContext('2d').getImageData(0, 0, 600, 200).data).size > 9")
        self.assertEqual(self.firefox.errors, [])
