"""Headless Chromium, driven by its own chromedriver."""

import itertools
import json
import re
import shutil
import tempfile
import unittest
from urllib.parse import urlsplit

from selenium import webdriver

from harness import LIMIT, Page, Server

# The beginning of the message that Chromium itself writes to the console when a request fails. The rest depends on
# whether the server has already stopped.
FAILED_REQUEST = re.compile(r"Failed to load resource: |WebSocket connection to '[^']*' failed: ")
MARKS = itertools.count(1)

CHROMIUM_FLAGS = """
    --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --force-prefers-reduced-motion --window-size=1400,1000
""".split()


def start_browser(user_data):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in [*CHROMIUM_FLAGS, f"--user-data-dir={user_data}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # With this path, Selenium does not search for a driver or download one.
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    browser = webdriver.Chrome(options=options, service=service)
    browser.set_script_timeout(LIMIT)
    browser.set_page_load_timeout(LIMIT)
    return browser


class InChromium(unittest.TestCase):
    """All tests of a class share one browser. Each test has its own server and its own pages."""

    @classmethod
    def setUpClass(cls):
        user_data = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(user_data.cleanup)
        cls.browser = start_browser(user_data.name)
        cls.addClassCleanup(cls.browser.quit)
        cls.first_window = cls.browser.current_window_handle

    def setUp(self):
        self.server = Server()
        self.servers = [self.server]
        self.hosts = {self.server.address}
        self.windows = set()
        self.events = []
        self.errors()  # discards the last messages of an earlier test's windows
        self.addCleanup(lambda: self.servers[-1].stop())

    def tearDown(self):
        self.addCleanup(self.close_windows)
        self.assertEqual(self.errors(), [], "the console has errors")
        self.assertEqual(self.requests_elsewhere(), [], "the page has sent requests to other hosts")

    def close_windows(self):
        for window in self.browser.window_handles:
            if window != self.first_window:
                self.browser.switch_to.window(window)
                self.browser.close()
        self.browser.switch_to.window(self.first_window)

    def page(self, name=None, url=None):
        page = Page(self.browser, url or self.server.url)
        self.windows.add(page.window)
        if name:
            page.take_name(name)
            page.until("the page has its name", lambda: page.state().startswith(f"connected as {name},"))
        return page

    def errors(self):
        """Returns the errors and warnings that the console has received since the last call. Some arrive late: see `all_errors`."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def all_errors(self, page):
        """Returns all errors that the page has caused so far. The console is ordered, so they come before a new mark."""
        mark, errors = f"mark {next(MARKS)}", []
        page.run("console.warn(arguments[0])", mark)
        page.until("the mark is in the console", lambda: errors.extend(self.errors()) or any(mark in error for error in errors))
        return [error for error in errors if mark not in error]

    def errors_but_failed_requests(self, page):
        return [error for error in self.all_errors(page) if not FAILED_REQUEST.search(error)]

    def network(self):
        """Returns the network events that the browser has logged in this test, as (method, parameters)."""
        for entry in self.browser.get_log("performance"):
            entry = json.loads(entry["message"])
            if entry["webview"] in self.windows:
                self.events.append((entry["message"]["method"], entry["message"]["params"]))
        return self.events

    def urls(self):
        """Returns the URLs that the pages of this test have requested."""
        urls = [parameters["request"]["url"] for method, parameters in self.network() if method == "Network.requestWillBeSent"]
        urls += [parameters["url"] for method, parameters in self.network() if method == "Network.webSocketCreated"]
        self.assertTrue(urls, "the network log is empty")
        return [urlsplit(url) for url in urls if not url.startswith("data:")]

    def requests_elsewhere(self):
        return [url for url in self.urls() if url.netloc not in self.hosts]
