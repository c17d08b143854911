"""Tests the page in a real browser. `make test-browser` runs these tests.

Each test has its own server and its own pages. No test sleeps to synchronize: `Page.until` polls until a condition holds.
"""

import re
import unittest
from urllib.parse import urlsplit
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from selenium.webdriver.common.keys import Keys

from chromium import InChromium
from proxy import Proxy
from harness import LIMIT, PANES, Server, Terminal


class ThePage(InChromium):
    def test_two_pages_and_a_terminal_chat_together(self):
        anna, ben = self.page("anna"), self.page("ben")
        tom = Terminal(self.server, "tom")
        self.addCleanup(tom.kill)
        for page in (anna, ben):
            page.until("all three are present", lambda: sorted(page.member_names()) == ["anna", "ben", "tom"])
        anna.say("hello from a page")
        ben.say("hello from another")
        tom.say("hello from a terminal")
        said = ["anna: hello from a page", "ben: hello from another", "tom: hello from a terminal"]
        for page in (anna, ben):
            for line in said:
                page.until(f"the page shows {line}", lambda: page.says("log", line))
        printed = tom.leave()
        for line in said:
            # A line has the same number on both pages and in the terminal.
            self.assertIn(anna.says("log", line), printed)
            self.assertEqual(anna.says("log", line), ben.says("log", line))
        anna.until("tom is no longer in the list", lambda: "tom" not in anna.member_names())

    def test_every_pane_shows_the_line_and_its_delay(self):
        anna, ben = self.page("anna"), self.page("ben")
        ben.say("seen in three ways")
        lines = [anna.until(f"the pane {pane} shows the line", lambda: anna.says(f"{pane}-lines", "ben: seen in three ways")) for pane in PANES]
        self.assertEqual(len(set(lines)), 1, "the panes show different numbers")
        anna.until("delays are shown", lambda: None not in anna.cost("Delay, last line"))

    def test_polling_costs_most_and_websocket_least(self):
        page = self.page()
        page.poll_every_tenth()
        page.find("reset").click()
        for number in range(5):
            empty = page.cost("… without a line")[0]
            page.until("polling has received two more empty responses", lambda: page.cost("… without a line")[0] >= empty + 2)
            page.say_in_all_panes(f"line {number}")
        page.until("all lines are in the table", lambda: min(page.cost("Lines")) >= 5)
        polling, long, websocket = page.cost("Bytes per line")
        self.assertGreater(polling, long)
        self.assertGreater(long, websocket)
        polling, long, websocket = page.cost("Requests")
        self.assertGreater(polling, long)
        self.assertGreater(long, websocket)
        self.assertEqual(websocket, 1)

    def test_summary_states_the_ratios_of_the_table(self):
        page = self.page()
        self.assertTrue(page.find("words").text.startswith("Press “Keep talking”"))
        page.say_in_all_panes("something")
        page.until("the page compares the techniques", lambda: page.find("words").text.startswith("Polling costs"))
        page.find("pause").click()  # so that no more requests are counted

        def summary_agrees_with_the_table():
            words = page.find("words").text
            polling, long, websocket = page.cost("Bytes per line")
            ratios = (f"Polling costs {polling / websocket:.1f} times", f"Long polling costs {long / websocket:.1f} times")
            return all(ratio in words for ratio in ratios)

        page.until("the summary agrees with the table", summary_agrees_with_the_table)

    def test_new_interval_and_reset_restart_the_counters(self):
        page = self.page()
        page.say_in_all_panes("before")
        page.until("the line is counted", lambda: page.cost("Lines") == [1, 1, 1])
        page.poll_every_tenth()
        self.assertEqual(page.find("half").text, "0.05 s")
        page.until("no line is counted", lambda: page.cost("Lines") == [0, 0, 0])
        # Requests in progress still count: the waiting long poll and the WebSocket connection.
        page.until("both are counted", lambda: page.cost("Requests")[1:] == [1, 1])
        self.assertTrue(page.says("polling-lines", "before"), "the lines are gone")
        page.say_in_all_panes("after")
        page.until("the line is counted", lambda: page.cost("Lines") == [1, 1, 1])
        page.find("reset").click()
        page.until("no line is counted", lambda: page.cost("Lines") == [0, 0, 0])
        self.assertEqual(page.lines("polling-lines"), [])

    def test_page_counts_the_bytes_that_the_browser_logs(self):
        page = self.page()
        # This sets the interval without a slider event, because such an event would reset the
        # counters.
        page.run("$('interval').value = -1; endPause()")
        page.say_in_all_panes("count me")
        page.until("there is something to count", lambda: page.cost("Requests")[0] >= 10)
        page.find("pause").click()

        def counted_by_the_browser():
            """Returns how many bytes were sent and received, according to the browser's log. Some entries arrive late."""
            sent, received, lines = 0, 0, set()
            events = self.network()
            for method, parameters in events:
                id = parameters.get("requestId")
                if method == "Network.requestWillBeSent" and "/lines?" in parameters["request"]["url"]:
                    lines.add(id)
                    sent += len(f"GET {parameters['request']['url'].removeprefix(self.server.url)} HTTP/1.1\r\n") + 1 + 2
                elif method == "Network.loadingFinished" and id in lines:
                    received += parameters["encodedDataLength"]
            for method, parameters in events:
                if method == "Network.requestWillBeSentExtraInfo" and parameters["requestId"] in lines:
                    sent += sum(len(f"{name}: {value}\r\n") for name, value in parameters["headers"].items())
            return sent, received

        def both_count_the_same():
            counted = sum(page.cost("Sent")[:2]), sum(page.cost("Received")[:2])
            return all(abs(ours - theirs) < 0.02 * theirs for ours, theirs in zip(counted, counted_by_the_browser()))

        page.until("the page and the browser agree", both_count_the_same)

    def test_page_counts_the_handshake_that_the_browser_logs(self):
        page = self.page()
        shaken = "Network.webSocketHandshakeResponseReceived"
        page.until("the handshake is in the log", lambda: shaken in dict(self.network()))
        log = dict(self.network())
        request = log["Network.webSocketWillSendHandshakeRequest"]["request"]["headers"]
        answer = log[shaken]["response"]["headersText"]
        target = page.run("return chat.socket.url").removeprefix(self.server.websocket_url)
        up = len(f"GET /{target} HTTP/1.1\r\n\r\n") + sum(len(f"{name}: {value}\r\n") for name, value in request.items())
        counted = page.run("return chat.handshake")
        self.assertAlmostEqual(counted["up"], up, delta=0.02 * up)
        self.assertEqual(counted["down"], len(answer))

    def test_html_is_shown_as_text(self):
        page = self.page()
        html = "<img src=/nowhere onerror=alert(1)><b>bold</b>"
        page.say_in_all_panes(html)
        page.take_name("<b>x</b>")
        page.until("the name is refused", lambda: any("you keep your name" in line for line in page.log()))
        # Our server never lets such a name through, but the page must not rely on that.
        page.run("show($('log'), parse('7 <img/src=/nowhere/onerror=alert(1)>: hello'))")
        self.assertIn("7 <img/src=/nowhere/onerror=alert(1)>: hello", page.log())
        self.assertEqual(page.run("return document.querySelectorAll('main img, main .lines b').length"), 0)

    def test_content_security_policy_blocks_inline_handlers(self):
        page = self.page()
        page.run("document.body.insertAdjacentHTML('beforeend', '<button id=foreign onclick=\"document.title = 1\">x</button>')")
        page.run("$('foreign').click()")
        errors = self.all_errors(page)
        self.assertTrue(errors)
        self.assertTrue(all("Content Security Policy" in error for error in errors), errors)
        self.assertEqual(page.browser.title, "blocking-chat")

    def test_page_reconnects_after_a_server_restart(self):
        anna = self.page("anna")
        anna.say_in_all_panes("before")
        self.assertEqual(self.errors(), [])
        before = anna.state()
        self.server.stop()
        anna.until("the page shows that it is not connected", lambda: anna.state().startswith("not connected"))
        # Text that is typed without a connection stays in the field and is not sent.
        anna.say("typed too early")
        self.assertEqual(anna.find("text").get_property("value"), "typed too early")
        self.assertFalse(anna.find("test").is_enabled())
        anna.find("text").clear()
        self.servers.append(Server(self.server.address))
        anna.until("the page is connected again", lambda: anna.state().startswith("connected as anna,") and anna.state() != before)
        anna.until("the page reports the restart", lambda: any("the server was restarted" in line for line in anna.log()))
        anna.say_in_all_panes("after")
        # The browser itself logs each failed request to the console. The console must contain
        # nothing else.
        self.assertEqual(self.errors_but_failed_requests(anna), [])

    def test_refused_connections_are_not_counted(self):
        page = self.page()
        page.poll_every_tenth()
        page.say_in_all_panes("before")
        page.run("Math.random = () => 0; chat.attempts = -3")  # the first retry follows after a thirtieth of a second
        self.server.stop()
        page.until("each connection has been refused", lambda: page.run("return panes.slice(0, 2).every(pane => pane.isLost) && chat.attempts > 1"))
        counted = """
            const open = pane => pane.spans.filter(({ to }) => to === null);
            return panes.map(pane => [pane.cost.requests - open(pane).length, pane.cost.up - open(pane).reduce((sum, { up }) => sum + up, 0)])"""
        before = page.run(counted)
        attempts = page.run("return chat.attempts")
        page.run("window.requests = 0; const begin = polling.beginRequest; polling.beginRequest = bytes => { requests++; return begin.call(polling, bytes); }")
        page.until("the page has retried", lambda: page.run("return requests > 2 && chat.attempts > arguments[0]", attempts))
        self.assertEqual(page.run(counted), before)
        self.servers.append(Server(self.server.address))
        page.until("the page is connected again", lambda: page.state().startswith("connected as"))
        self.assertEqual(self.errors_but_failed_requests(page), [])

    def test_page_sends_nothing_while_its_socket_closes(self):
        page = self.page("anna")
        # One script does all this, so no event handler runs in between: the socket is closing, but `onclose` has not
        # fired.
        said = page.run("chat.socket.close(); onNotice('ben joined'); $('text').value = 'too late'; return [say('too late'), say('/who')]")
        self.assertEqual(said, [False, False])
        page.until("the page is connected again", lambda: page.state().startswith("connected as"))
        self.assertEqual(page.find("text").get_property("value"), "too late")
        self.assertIsNone(page.says("log", "too late"))

    def test_page_works_under_another_path(self):
        proxy = Proxy(self.server, "/a/chat")
        self.addCleanup(proxy.stop)
        self.hosts = {proxy.address}
        page = self.page(url=f"http://{proxy.address}/a/chat/")
        page.say_in_all_panes("through a proxy")
        self.assertEqual({url.path for url in self.urls()}, {"/a/chat/", "/a/chat/lines"})

    def test_repeated_refusal_is_shown_once(self):
        proxy = Proxy(self.server, "/chat")
        self.addCleanup(proxy.stop)
        self.hosts = {proxy.address}
        page = self.page(url=f"http://{proxy.address}/chat/")
        page.poll_every_tenth()
        proxy.refuses_lines = True
        page.until("the proxy has refused several requests", lambda: proxy.refused > 5)
        notices = lambda: sum("status 503" in line for line in page.lines("polling-lines"))
        self.assertEqual(notices(), 1)
        proxy.refuses_lines = False
        page.say_in_all_panes("after the refusals")
        # After a success, the next refusal is shown again.
        proxy.refuses_lines = True
        page.until("a second notice is shown", lambda: notices() == 2)
        self.assertEqual(self.errors_but_failed_requests(page), [])

    def test_names_have_the_same_colors_as_in_the_terminal(self):
        terminal = Terminal(self.server, "tom", "--color", "always")
        self.addCleanup(terminal.kill)
        names = ["anna", "ben", "carl", "dora", "emil", "fay", "gus", "hana", "ivan", "jo", "kim", "lea"]
        page = self.page()
        page.until("tom has joined, too", lambda: "tom" in page.member_names())
        for name in names:
            self.server.post(name, "hello")
        page.until("all lines arrive", lambda: page.says("log", "lea: hello"))
        painted = {}
        for line in terminal.leave():
            found = re.search(r"\x1b\[38;5;(\d+)m(\S+)\x1b\[0m: hello", line)
            if found:
                index = int(found[1]) - 16
                levels = [0, 95, 135, 175, 215, 255]
                painted[found[2]] = f"rgb({levels[index // 36]}, {levels[index // 6 % 6]}, {levels[index % 6]})"
        shown = page.run("return Object.fromEntries(Array.from(document.querySelectorAll('#log .name'), name => [name.textContent, name.style.color]))")
        self.assertEqual(shown, painted)
        self.assertEqual(len(set(shown.values())), len(names))

    def test_page_works_without_session_storage(self):
        page = self.page()
        refuse = "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
        page.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": refuse})
        page.browser.refresh()
        page.until("the page is connected again", lambda: page.state().startswith("connected as") and page.member_names())
        page.say_in_all_panes("nothing is stored")

    def test_page_recognizes_the_notice_of_a_gap(self):
        for lines, sentence in ((3, "* 1 line is gone"), (14, "* 12 lines are gone")):
            server = Server("127.0.0.1:0", "--history", "2")
            self.addCleanup(server.stop)
            self.hosts.add(server.address)
            server.post("ben", "\n".join(f"line {number}" for number in range(1, lines + 1)))
            page = self.page(url=server.url)
            page.until("the page has all lines", lambda: any(line.endswith("guest-1 joined") for line in page.log()))
            self.assertIn(sentence, page.log())
            # A page that did not recognize the notice would itself report the lines as missed.
            self.assertEqual([line for line in page.log() if "missed" in line], [])

    def test_page_reports_a_gap_in_the_numbers(self):
        page = self.page()
        page.run("showMissed($('log'), 3, parse('6 anna: late'))")
        self.assertIn("* 2 lines missed", page.log())


class TheCounters(unittest.TestCase):
    """Not a test of the page. It is here because it uses Prometheus's own parser, which is in Python."""

    def test_prometheus_parses_the_counters(self):
        server = Server()
        self.addCleanup(server.stop)
        with urlopen(server.url + "metrics", timeout=LIMIT) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        self.assertEqual({family.type for family in families}, {"counter", "gauge"})
        requests = next(family for family in families if family.name == "chat_requests")
        values = {sample.labels["technique"]: sample.value for sample in requests.samples}
        self.assertEqual(values, dict.fromkeys(["polling", "long_polling", "post", "websocket", "page"], 0) | {"other": 1})
