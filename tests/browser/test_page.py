"""What the page does, in a real browser. `make test-browser` runs it.

Each test has a server and pages of its own. Nothing sleeps to synchronise: `Page.until` asks until something is so.
"""

import re
import unittest
from urllib.parse import urlsplit
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from selenium.webdriver.common.keys import Keys

from chromium import InChromium
from proxy import Proxy
from stage import LIMIT, PANES, Server, Terminal


class ThePage(InChromium):
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
        self.assertTrue(page.find("words").text.startswith("Press “Keep talking”"))
        page.say_heard_by_all_panes("something")
        page.until("it compares", lambda: page.find("words").text.startswith("Polling costs"))
        page.find("pause").click()  # so that nothing more comes in between

        def says_what_the_table_says():
            words = page.find("words").text
            polling, long, websocket = page.cost("Bytes per line")
            ratios = (f"Polling costs {polling / websocket:.1f} times", f"Long polling costs {long / websocket:.1f} times")
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
        page.until("they count", lambda: page.cost("Requests")[1:] == [1, 1])
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

        def counted_by_the_browser():
            """The bytes sent and received, as far as the log says so by now: parts of it come late."""
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

        page.until("both count the same", both_count_the_same)

    def test_the_handshake_is_as_long_as_the_page_says(self):
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

    def test_html_shows_as_text(self):
        page = self.page()
        html = "<img src=/nowhere onerror=alert(1)><b>bold</b>"
        page.say_heard_by_all_panes(html)
        page.take_name("<b>x</b>")
        page.until("the name is refused", lambda: any("you keep your name" in line for line in page.log()))
        # No server of ours lets such a name pass; the page would show it all the same.
        page.run("show($('log'), parse('7 <img/src=/nowhere/onerror=alert(1)>: hello'))")
        self.assertIn("7 <img/src=/nowhere/onerror=alert(1)>: hello", page.log())
        self.assertEqual(page.run("return document.querySelectorAll('main img, main .lines b').length"), 0)

    def test_the_browser_keeps_to_the_policy_and_runs_no_handler_within_the_markup(self):
        page = self.page()
        page.run("document.body.insertAdjacentHTML('beforeend', '<button id=foreign onclick=\"document.title = 1\">x</button>')")
        page.run("$('foreign').click()")
        complaints = self.all_errors(page)
        self.assertTrue(complaints)
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
        # The browser itself reports each failed request in the console. There may be nothing else.
        self.assertEqual(self.errors_but_failed_requests(anna), [])

    def test_a_refused_connection_counts_as_nothing(self):
        page = self.page()
        page.poll_every_tenth()
        page.say_heard_by_all_panes("before")
        page.run("Math.random = () => 0; chat.attempts = -3")  # it connects again after a thirtieth of a second at first
        self.server.stop()
        page.until("each way has been refused", lambda: page.run("return panes.slice(0, 2).every(pane => pane.isLost) && chat.attempts > 1"))
        counted = """
            const open = pane => pane.spans.filter(({ to }) => to === null);
            return panes.map(pane => [pane.cost.requests - open(pane).length, pane.cost.up - open(pane).reduce((sum, { up }) => sum + up, 0)])"""
        before = page.run(counted)
        attempts = page.run("return chat.attempts")
        page.run("window.asked = 0; const asks = polling.asks; polling.asks = bytes => { asked++; return asks.call(polling, bytes); }")
        page.until("it has tried again", lambda: page.run("return asked > 2 && chat.attempts > arguments[0]", attempts))
        self.assertEqual(page.run(counted), before)
        self.servers.append(Server(self.server.address))
        page.until("it is back", lambda: page.state().startswith("connected as"))
        self.assertEqual(self.errors_but_failed_requests(page), [])

    def test_nothing_is_sent_while_the_socket_closes(self):
        page = self.page("anna")
        # In one script, so that no event comes in between: the socket closes, and `onclose` has not said so yet.
        said = page.run("chat.socket.close(); noticed('ben joined'); $('text').value = 'too late'; return [say('too late'), say('/who')]")
        self.assertEqual(said, [False, False])
        page.until("it is back", lambda: page.state().startswith("connected as"))
        self.assertEqual(page.find("text").get_property("value"), "too late")
        self.assertIsNone(page.says("log", "too late"))

    def test_it_works_under_another_path(self):
        proxy = Proxy(self.server, "/a/chat")
        self.addCleanup(proxy.stop)
        self.hosts = {proxy.address}
        page = self.page(url=f"http://{proxy.address}/a/chat/")
        page.say_heard_by_all_panes("through a proxy")
        self.assertEqual({url.path for url in self.urls()}, {"/a/chat/", "/a/chat/lines"})

    def test_names_have_the_colors_of_the_terminal(self):
        terminal = Terminal(self.server, "tom", "--color", "always")
        self.addCleanup(terminal.kill)
        names = ["anna", "ben", "carl", "dora", "emil", "fay", "gus", "hana", "ivan", "jo", "kim", "lea"]
        page = self.page()
        page.until("tom is here, too", lambda: "tom" in page.here())
        for name in names:
            self.server.post(name, "hello")
        page.until("all are heard", lambda: page.says("log", "lea: hello"))
        painted = {}
        for line in terminal.leave():
            found = re.search(r"\x1b\[38;5;(\d+)m(\S+)\x1b\[0m: hello", line)
            if found:
                place = int(found[1]) - 16
                levels = [0, 95, 135, 175, 215, 255]
                painted[found[2]] = f"rgb({levels[place // 36]}, {levels[place // 6 % 6]}, {levels[place % 6]})"
        shown = page.run("return Object.fromEntries(Array.from(document.querySelectorAll('#log .name'), name => [name.textContent, name.style.color]))")
        self.assertEqual(shown, painted)
        self.assertEqual(len(set(shown.values())), len(names))

    def test_it_works_where_a_page_may_store_nothing(self):
        page = self.page()
        refuse = "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
        page.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": refuse})
        page.browser.refresh()
        page.until("it is connected again", lambda: page.state().startswith("connected as") and page.here())
        page.say_heard_by_all_panes("nothing is stored")

    def test_it_understands_what_the_server_says_about_a_gap(self):
        for lines, sentence in ((3, "* 1 line is gone"), (14, "* 12 lines are gone")):
            server = Server("127.0.0.1:0", "--history", "2")
            self.addCleanup(server.stop)
            self.hosts.add(server.address)
            server.post("ben", "\n".join(f"line {number}" for number in range(1, lines + 1)))
            page = self.page(url=server.url)
            page.until("all is there", lambda: any(line.endswith("guest-1 joined") for line in page.log()))
            self.assertIn(sentence, page.log())
            # A page that took the sentence for something else would miss the lines itself.
            self.assertEqual([line for line in page.log() if "missed" in line], [])

    def test_a_gap_in_the_numbers_is_shown(self):
        page = self.page()
        page.run("missed($('log'), 3, parse('6 anna: late'))")
        self.assertIn("* 2 lines missed", page.log())


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
