"""Drives Firefox through WebDriver BiDi (W3C). Firefox itself implements it, so geckodriver is not needed. Debian has no package of it."""

import itertools
import json
import queue
import shutil
import subprocess
import tempfile
import threading

import websocket

LIMIT = 120  # how many seconds an answer may take; the first start of a profile is slow
PREFERENCES = """
user_pref("app.normandy.enabled", false);
user_pref("app.update.auto", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.safebrowsing.provider.mozilla.updateURL", "");
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
"""


def path():
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        with open(f"{self.profile.name}/user.js", "w") as preferences:
            preferences.write(PREFERENCES)
        self.process = subprocess.Popen(
            [path(), "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", self.profile.name],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        self.socket = websocket.create_connection(f"{self.address()}/session", timeout=LIMIT, suppress_origin=True)
        self.ids = itertools.count(1)
        self.errors = []
        self.command("session.new", capabilities={})
        self.command("session.subscribe", events=["log.entryAdded"])

    def address(self):
        """Returns the address that Firefox prints on stderr. A thread reads and discards the rest, so that the pipe never fills."""
        found = queue.Queue()

        def read():
            for line in self.process.stderr:
                if "WebDriver BiDi listening on " in line:
                    found.put(line.split()[-1])
        threading.Thread(target=read, daemon=True).start()
        return found.get(timeout=LIMIT)

    def command(self, method, **parameters):
        id = next(self.ids)
        self.socket.send(json.dumps({"id": id, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") == "log.entryAdded" and message["params"]["level"] in ("warn", "error"):
                self.errors.append(message["params"]["text"])
            if message.get("id") == id:
                if message["type"] == "error":
                    raise AssertionError(f"{method}: {message['message']}")
                return message["result"]

    def open(self, url):
        context = self.command("browsingContext.create", type="window")["context"]
        self.command("browsingContext.navigate", context=context, url=url, wait="complete")
        return context

    def run(self, context, expression):
        """Evaluates an expression in the page and returns its value, passed as JSON."""
        outcome = self.command("script.evaluate", expression=f"JSON.stringify({expression})", target={"context": context}, awaitPromise=False)
        if outcome["type"] == "exception":
            raise AssertionError(outcome["exceptionDetails"]["text"])
        return json.loads(outcome["result"].get("value", "null"))

    def activate(self, context):
        self.command("browsingContext.activate", context=context)

    def press(self, context, keys):
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.command("input.performActions", context=context, actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def quit(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(LIMIT)
        self.process.stderr.close()
        self.profile.cleanup()
