"""The building blocks of the page's tests: a server, a terminal client, and a window with the page."""

import os
import signal
import subprocess
import time
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PROGRAMS = os.environ.get("PROGRAMS", "target/release")
LIMIT = 120  # a condition that takes more than this many seconds to come true has failed; a busy machine is slow
PANES = ["polling", "long", "websocket"]


class Server:
    def __init__(self, address="127.0.0.1:0", *options):
        end = time.monotonic() + LIMIT
        # The port may be in use for a moment, for example by the outgoing connection of another program.
        while not (line := self.start(address, options)):
            if time.monotonic() > end:
                raise AssertionError(f"no server at {address} within {LIMIT} s")
            time.sleep(0.1)
        self.websocket_url = line.split()[-1]
        self.address = urlsplit(self.websocket_url).netloc
        self.url = f"http://{self.address}/"

    def start(self, address, options):
        """Starts the server and returns the first line that it prints. The line is empty if the server has ended."""
        self.process = subprocess.Popen(
            [f"{PROGRAMS}/chat-server", "--listen", address, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        line = self.process.stdout.readline()
        if not line:
            self.process.stdout.close()
            self.process.wait(LIMIT)
        return line

    def post(self, name, text):
        urlopen(Request(f"{self.url}lines?name={name}", text.encode()), timeout=LIMIT).close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(LIMIT)
        self.process.stdout.close()


class Terminal:
    """The terminal client, with pipes for its input and its output."""

    def __init__(self, server, name, *options):
        self.process = subprocess.Popen(
            [f"{PROGRAMS}/chat-client", server.websocket_url, "--name", name, "--no-reconnect", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def leave(self):
        """Closes the client's input. Returns all lines that the client has printed."""
        return self.process.communicate(timeout=LIMIT)[0].splitlines()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Page:
    """One window with the page."""

    def __init__(self, browser, url):
        self.browser = browser
        browser.switch_to.new_window("window")
        self.window = browser.current_window_handle
        browser.get(url)
        self.until("the page is connected", lambda: self.state().startswith("connected as") and self.member_names())

    def find(self, id):
        self.browser.switch_to.window(self.window)
        return self.browser.find_element(By.ID, id)

    def run(self, script, *arguments):
        self.browser.switch_to.window(self.window)
        return self.browser.execute_script(script, *arguments)

    def until(self, what, condition):
        message = lambda: f"not within {LIMIT} s: {what}\nstate: {self.state()}\nlog: {self.log()}"
        # The page may replace an element while the condition looks at it.
        waiting = WebDriverWait(self.browser, LIMIT, poll_frequency=0.05, ignored_exceptions=[StaleElementReferenceException])
        try:
            return waiting.until(lambda _: condition())
        except Exception as error:
            raise AssertionError(message()) from error

    def state(self):
        return self.find("state").text

    def member_names(self):
        return self.run("return Array.from(document.querySelectorAll('#here li'), li => li.textContent)")

    def lines(self, id):
        """Returns the lines in a box, in order, each with its number and its text."""
        rows = self.run(
            "return Array.from(document.getElementById(arguments[0]).children,"
            " row => [row.children[0].textContent, row.children[1].textContent])", id)
        return [f"{number} {text}" for number, text in rows]

    def log(self):
        return self.lines("log")

    def says(self, id, end):
        """Returns the line in a box that ends with `end`, or None."""
        return next((line for line in self.lines(id) if line.endswith(end)), None)

    def cost(self, title):
        """Returns a row of the table: the values for polling, long polling, and WebSocket."""
        values = self.run(
            "const row = Array.from(document.querySelectorAll('#table tr')).find(row => row.cells[0].textContent === arguments[0]);"
            "return Array.from(row.querySelectorAll('data'), data => data.value)", title)
        return [float(value) if value else None for value in values]

    def say(self, text):
        self.find("text").send_keys(text, Keys.ENTER)

    def resize(self, width, height):
        size = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.until("the page has this width", lambda: self.run("return document.documentElement.clientWidth") == width)

    def take_name(self, name):
        field = self.find("name")
        field.clear()
        field.send_keys(name, Keys.ENTER)

    def poll_every_tenth(self):
        """Sets the shortest interval by keyboard: Home moves the slider to its left end."""
        self.find("interval").send_keys(Keys.HOME)
        self.until("the interval is 0.10 s", lambda: self.find("seconds").text == "0.10 s")

    def say_in_all_panes(self, text):
        self.say(text)
        for pane in PANES:
            self.until(f"{text!r} arrives in the pane {pane}", lambda: self.says(f"{pane}-lines", f": {text}"))

    def drawn(self):
        """Returns the labels of the drawings as they are now."""
        return self.run("""
            const labels = [], pen = CanvasRenderingContext2D.prototype, fillText = pen.fillText;
            pen.fillText = function (text) { labels.push(String(text)); };
            if (view() === 'timeline') drawTimeline(); else drawArrows();
            drawCosts();
            pen.fillText = fillText;
            return labels""")

    def until_drawn(self, *labels):
        self.until(f"the drawings have the labels {labels}", lambda: set(labels) <= set(self.drawn()))
