"""The page in a real browser: headless Chromium, driven by its own chromedriver. `make test-browser` runs it.

Each test has a server and pages of its own. Nothing sleeps to synchronise: `Page.until` asks until something is so.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from urllib.parse import urlsplit
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PROGRAMS = os.environ.get("PROGRAMS", "target/release")
LIMIT = 30  # seconds until a condition that does not come true is a failure
PANES = ["polling", "long", "websocket"]
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
    # With the driver's path given, selenium looks for none, and downloads nothing.
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    browser = webdriver.Chrome(options=options, service=service)
    browser.set_script_timeout(LIMIT)
    browser.set_page_load_timeout(LIMIT)
    return browser


class Server:
    def __init__(self, address="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [f"{PROGRAMS}/chat-server", "--listen", address],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.websocket_url = self.process.stdout.readline().split()[-1]
        self.address = urlsplit(self.websocket_url).netloc
        self.url = f"http://{self.address}/"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(LIMIT)
        self.process.stdout.close()


class Terminal:
    """The terminal client, through pipes."""

    def __init__(self, server, name):
        self.process = subprocess.Popen(
            [f"{PROGRAMS}/chat-client", server.websocket_url, "--name", name, "--no-reconnect"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def leave(self):
        """Says that there is no more to say; tells all that was heard."""
        return self.process.communicate(timeout=LIMIT)[0].splitlines()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Page:
    """One window with the page."""

    def __init__(self, browser, server):
        self.browser = browser
        browser.switch_to.new_window("window")
        self.window = browser.current_window_handle
        browser.get(server.url)
        self.until("it is connected", lambda: self.state().startswith("connected as") and self.here())

    def find(self, id):
        self.browser.switch_to.window(self.window)
        return self.browser.find_element(By.ID, id)

    def run(self, script, *arguments):
        self.browser.switch_to.window(self.window)
        return self.browser.execute_script(script, *arguments)

    def until(self, what, condition):
        message = lambda: f"not within {LIMIT} s: {what}\nstate: {self.state()}\nlog: {self.log()}"
        waiting = WebDriverWait(self.browser, LIMIT, poll_frequency=0.05)
        try:
            return waiting.until(lambda _: condition())
        except Exception as error:
            raise AssertionError(message()) from error

    def state(self):
        return self.find("state").text

    def here(self):
        return self.run("return Array.from(document.querySelectorAll('#here li'), li => li.textContent)")

    def lines(self, id):
        """The lines in a box, as they came: number and text."""
        rows = self.run(
            "return Array.from(document.getElementById(arguments[0]).children,"
            " row => [row.children[0].textContent, row.children[1].textContent])", id)
        return [f"{number} {text}" for number, text in rows]

    def log(self):
        return self.lines("log")

    def says(self, id, end):
        """Whether a line with this end stands in a box; tells the line."""
        return next((line for line in self.lines(id) if line.endswith(end)), None)

    def cost(self, title):
        """A row of the table: polling, long polling, WebSocket."""
        values = self.run(
            "const row = Array.from(document.querySelectorAll('#table tr')).find(row => row.cells[0].textContent === arguments[0]);"
            "return Array.from(row.querySelectorAll('data'), data => data.value)", title)
        return [float(value) if value else None for value in values]

    def say(self, text):
        self.find("text").send_keys(text, Keys.ENTER)

    def take_name(self, name):
        field = self.find("name")
        field.clear()
        field.send_keys(name, Keys.ENTER)

    def poll_every_tenth(self):
        """By keyboard: Home is the slider's left end."""
        self.find("interval").send_keys(Keys.HOME)
        self.until("it says 0.10 s", lambda: self.find("seconds").text == "0.10 s")

    def say_heard_by_all_panes(self, text):
        self.say(text)
        for pane in PANES:
            self.until(f"{text!r} comes by {pane}", lambda: self.says(f"{pane}-lines", f": {text}"))


class ThePage(unittest.TestCase):
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
        self.windows = set()
        self.events = []
        self.addCleanup(lambda: self.servers[-1].stop())

    def tearDown(self):
        self.addCleanup(self.close_windows)
        self.assertEqual(self.errors(), [], "errors in the console")
        self.assertEqual(self.requests_elsewhere(), [], "requests to anywhere else")

    def close_windows(self):
        for window in self.browser.window_handles:
            if window != self.first_window:
                self.browser.switch_to.window(window)
                self.browser.close()
        self.browser.switch_to.window(self.first_window)

    def page(self, name=None):
        page = Page(self.browser, self.server)
        self.windows.add(page.window)
        if name:
            page.take_name(name)
            page.until("it has its name", lambda: page.state().startswith(f"connected as {name},"))
        return page

    def errors(self):
        """What has been complained about in the console since the last call."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def network(self):
        """What the browser's own log has said about the network in this test, as (method, parameters)."""
        for entry in self.browser.get_log("performance"):
            entry = json.loads(entry["message"])
            if entry["webview"] in self.windows:
                self.events.append((entry["message"]["method"], entry["message"]["params"]))
        return self.events

    def requests_elsewhere(self):
        urls = [parameters["request"]["url"] for method, parameters in self.network() if method == "Network.requestWillBeSent"]
        urls += [parameters["url"] for method, parameters in self.network() if method == "Network.webSocketCreated"]
        self.assertIn(self.server.url, urls, "the log is not there")
        return [url for url in urls if urlsplit(url).netloc != self.server.address and not url.startswith("data:")]

    def test_two_pages_and_a_terminal_chat_with_each_other(self):
        anna, ben = self.page("anna"), self.page("ben")
        tom = Terminal(self.server, "tom")
        self.addCleanup(tom.kill)
        for page in (anna, ben):
            page.until("all are here", lambda: sorted(page.here()) == ["anna", "ben", "tom"])
        anna.say("hello from a page")
        ben.say("hello from another")
        tom.say("hello from a terminal")
        said = ["anna: hello from a page", "ben: hello from another", "tom: hello from a terminal"]
        for page in (anna, ben):
            for line in said:
                page.until(f"it shows {line}", lambda: page.says("log", line))
        heard = tom.leave()
        for line in said:
            # The same line has the same number everywhere.
            self.assertIn(anna.says("log", line), heard)
            self.assertEqual(anna.says("log", line), ben.says("log", line))
        anna.until("tom is gone from the list", lambda: "tom" not in anna.here())

    def test_each_pane_shows_a_line_and_its_delay(self):
        anna, ben = self.page("anna"), self.page("ben")
        ben.say("seen in three ways")
        lines = [anna.until(f"{pane} shows it", lambda: anna.says(f"{pane}-lines", "ben: seen in three ways")) for pane in PANES]
        self.assertEqual(len(set(lines)), 1, "one line has one number")
        anna.until("delays are shown", lambda: None not in anna.cost("Delay, last line"))

    def test_bytes_per_line_are_ordered(self):
        page = self.page()
        page.poll_every_tenth()
        page.find("reset").click()
        for number in range(5):
            empty = page.cost("… without a line")[0]
            page.until("polling has asked in vain, twice", lambda: page.cost("… without a line")[0] >= empty + 2)
            page.say_heard_by_all_panes(f"line {number}")
        page.until("all are in the table", lambda: min(page.cost("Lines")) >= 5)
        polling, long, websocket = page.cost("Bytes per line")
        self.assertGreater(polling, long)
        self.assertGreater(long, websocket)
        polling, long, websocket = page.cost("Requests")
        self.assertGreater(polling, long)
        self.assertGreater(long, websocket)
        self.assertEqual(websocket, 1)

    def test_what_it_comes_to_is_said_in_words(self):
        page = self.page()
        self.assertTrue(page.find("words").text.startswith("Say something"))
        page.say_heard_by_all_panes("something")
        page.until("it compares", lambda: page.find("words").text.startswith("Compared with WebSocket"))
        page.find("pause").click()  # so that nothing more comes in between

        def says_what_the_table_says():
            words = page.find("words").text
            polling, long, websocket = page.cost("Bytes per line")
            ratios = (f"by polling has cost {polling / websocket:.1f} times", f"by long polling {long / websocket:.1f} times")
            return all(ratio in words for ratio in ratios)

        page.until("it says what the table says", says_what_the_table_says)

    def test_another_interval_counts_from_zero_and_a_reset_too(self):
        page = self.page()
        page.say_heard_by_all_panes("before")
        page.until("it is counted", lambda: page.cost("Lines") == [1, 1, 1])
        page.poll_every_tenth()
        self.assertEqual(page.find("half").text, "0.05 s")
        page.until("no line is counted", lambda: page.cost("Lines") == [0, 0, 0])
        # What is under way still counts: the long poll that waits, and the handshake.
        self.assertEqual(page.cost("Requests")[1:], [1, 1])
        self.assertTrue(page.says("polling-lines", "before"), "the lines are still there")
        page.say_heard_by_all_panes("after")
        page.until("it is counted", lambda: page.cost("Lines") == [1, 1, 1])
        page.find("reset").click()
        page.until("no line is counted", lambda: page.cost("Lines") == [0, 0, 0])
        self.assertEqual(page.lines("polling-lines"), [])

    def test_what_the_page_counts_is_what_the_browser_has_sent_and_received(self):
        page = self.page()
        # Not by the slider, which would count from zero.
        page.run("$('interval').value = -1; hurry()")
        page.say_heard_by_all_panes("count me")
        page.until("there is something to count", lambda: page.cost("Requests")[0] >= 10)
        page.find("pause").click()
        sent, received, lines = 0, 0, set()
        # The last request was ended by the pause; its end is in the log when it has been seen.
        page.until("the log is complete", lambda: any(method == "Network.loadingFailed" for method, _ in self.network()))
        for method, parameters in self.network():
            id = parameters.get("requestId")
            if method == "Network.requestWillBeSent" and "/lines?" in parameters["request"]["url"]:
                lines.add(id)
                sent += len(f"GET {parameters['request']['url'].removeprefix(self.server.url)} HTTP/1.1\r\n") + 1 + 2
            elif method == "Network.loadingFinished" and id in lines:
                received += parameters["encodedDataLength"]
        for method, parameters in self.network():
            if method == "Network.requestWillBeSentExtraInfo" and parameters["requestId"] in lines:
                sent += sum(len(f"{name}: {value}\r\n") for name, value in parameters["headers"].items())
        for title, bytes in (("Sent", sent), ("Received", received)):
            http = lambda: sum(page.cost(title)[:2])
            page.until(f"{title} is about {bytes}, not {http()}", lambda: abs(http() - bytes) < 0.02 * bytes)

    def test_the_handshake_is_as_long_as_the_page_says(self):
        page = self.page()
        log = dict(self.network())
        request = log["Network.webSocketWillSendHandshakeRequest"]["request"]["headers"]
        answer = log["Network.webSocketHandshakeResponseReceived"]["response"]["headersText"]
        target = page.run("return chat.socket.url").removeprefix(self.server.websocket_url)
        up = len(f"GET /{target} HTTP/1.1\r\n\r\n") + sum(len(f"{name}: {value}\r\n") for name, value in request.items())
        counted = page.run("return chat.handshake")
        self.assertAlmostEqual(counted["up"], up, delta=0.02 * up)
        self.assertEqual(counted["down"], len(answer))

    def test_html_shows_as_text(self):
        page = self.page()
        html = "<img src=/nowhere onerror=alert(1)><b>bold</b>"
        page.say_heard_by_all_panes(html)
        page.take_name("<b>x</b>")
        page.until("the name is refused", lambda: any("you keep your name" in line for line in page.log()))
        # No server of ours lets such a name pass; the page would show it all the same.
        page.run("show($('log'), parse('7 <img/src=/nowhere/onerror=alert(1)>: hello'))")
        self.assertEqual(page.log()[-1], "7 <img/src=/nowhere/onerror=alert(1)>: hello")
        self.assertEqual(page.run("return document.querySelectorAll('main img, main .lines b').length"), 0)

    def test_the_browser_keeps_to_the_policy_and_runs_no_handler_within_the_markup(self):
        page = self.page()
        page.run("document.body.insertAdjacentHTML('beforeend', '<button id=foreign onclick=\"document.title = 1\">x</button>')")
        page.run("$('foreign').click()")
        complaints = []
        page.until("it complains", lambda: complaints.extend(self.errors()) or complaints)
        self.assertTrue(all("Content Security Policy" in complaint for complaint in complaints), complaints)
        self.assertEqual(page.browser.title, "blocking-chat")

    def test_it_comes_back_after_the_server_was_restarted(self):
        anna = self.page("anna")
        anna.say_heard_by_all_panes("before")
        self.assertEqual(self.errors(), [])
        before = anna.state()
        self.server.stop()
        anna.until("it says that it is not connected", lambda: anna.state().startswith("not connected"))
        # What is typed meanwhile is neither sent nor lost.
        anna.say("typed too early")
        self.assertEqual(anna.find("text").get_property("value"), "typed too early")
        self.assertFalse(anna.find("test").is_enabled())
        anna.find("text").clear()
        self.servers.append(Server(self.server.address))
        anna.until("it is back", lambda: anna.state().startswith("connected as anna,") and anna.state() != before)
        anna.until("it says what happened", lambda: any("the server was restarted" in line for line in anna.log()))
        anna.say_heard_by_all_panes("after")
        # That nobody answered in between is what the browser itself puts into the console, and nothing else may be there.
        self.assertEqual([error for error in self.errors() if "net::ERR_" not in error], [])

    def test_it_works_where_a_page_may_store_nothing(self):
        page = self.page()
        refuse = "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
        page.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": refuse})
        page.browser.refresh()
        page.until("it is connected again", lambda: page.state().startswith("connected as") and page.here())
        page.say_heard_by_all_panes("nothing is stored")

    def test_a_gap_in_the_numbers_is_shown(self):
        page = self.page()
        page.run("missed($('log'), 3, parse('6 anna: late'))")
        self.assertEqual(page.log()[-1], "* 2 lines missed")

    def test_it_fits_a_phone_and_everything_has_a_name(self):
        page = self.page()
        size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), 390)
        for control in page.browser.find_elements(By.CSS_SELECTOR, "button, input, canvas, table, [role], [tabindex]"):
            if control.is_displayed() and control.get_attribute("role") != "status":
                self.assertTrue(control.accessible_name, control.get_attribute("outerHTML"))


class TheCounters(unittest.TestCase):
    """Not a page, but a matter of Python as well: the parser of Prometheus itself."""

    def test_prometheus_can_read_the_counters(self):
        server = Server()
        self.addCleanup(server.stop)
        with urlopen(server.url + "metrics", timeout=LIMIT) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        self.assertEqual({family.type for family in families}, {"counter", "gauge"})
        requests = next(family for family in families if family.name == "chat_requests")
        values = {sample.labels["technique"]: sample.value for sample in requests.samples}
        self.assertEqual(values, dict.fromkeys(["polling", "long_polling", "post", "websocket", "page"], 0) | {"other": 1})


if __name__ == "__main__":
    unittest.main(verbosity=2)
