"""Tests what the page's drawings show, and whether every user can read and reach everything on the page."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from chromium import InChromium
from harness import PANES

# For each visible, enabled element with text: its contrast with its background (WCAG 2.2), its
# class, and its HTML.
CONTRASTS = """
    const channels = color => color.match(/[\\d.]+/g).map(Number);
    const linear = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const luminance = color => { const [r, g, b] = channels(color).map(value => linear(value / 255)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = element => {
        const color = getComputedStyle(element).backgroundColor, [, , , alpha = 1] = channels(color);
        return alpha || !element.parentElement ? color : behind(element.parentElement);
    };
    return Array.from(document.querySelectorAll('body *')).filter(element => element.checkVisibility() && !element.disabled
            && Array.from(element.childNodes).some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())).map(element => {
        const [dark, light] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => a - b);
        return [(light + 0.05) / (dark + 0.05), element.className, element.outerHTML];
    });
"""


class TheDrawings(InChromium):
    def test_timeline_shows_its_labels(self):
        page = self.page()
        page.until_drawn("client waits", "server waits for a line", "connection stays open", "no line", "20 s ago", "now")
        page.say_in_all_panes("hello")
        page.until_drawn("line 2")

    def test_dot_for_several_lines_shows_their_count(self):
        page = self.page()
        page.say_in_all_panes("first")
        self.server.post("ben", "three\nat\nonce")
        page.until("polling has received all lines", lambda: page.says("polling-lines", "once"))
        page.until_drawn("3")

    def test_second_view_shows_arrows_between_client_and_server(self):
        page = self.page()
        page.find("as-timeline").send_keys(Keys.ARROW_RIGHT)
        page.until("the arrows are selected", lambda: page.find("as-arrows").is_selected())
        page.until_drawn("client", "server", "request", "no line", "client waits", "server waits", "handshake")
        page.until("the chart has an accessible name", lambda: "arrows between client and server" in page.find("chart").accessible_name)
        self.server.post("ben", "two\nlines")
        page.until("polling has received both lines", lambda: page.says("polling-lines", "lines"))
        page.until_drawn("lines 2–3")

    def test_slider_moves_polling_along_its_curve(self):
        page = self.page()
        page.until_drawn("average delay · ↓ faster", "← cheaper · bytes per line", "every 0.1 s", "every 10 s", "Polling will be here")
        expected = page.run("return predicted(seconds())")
        page.poll_every_tenth()
        moved = page.run("return predicted(seconds())")
        self.assertAlmostEqual(moved["delay"], 50)
        self.assertGreater(moved["bytes"], 5 * expected["bytes"])
        for number in range(4):
            page.say_in_all_panes(f"line {number}")
        page.until_drawn("Polling", "Long polling", "WebSocket")
        # The drawing shows the old position of polling beside the new one.
        page.find("interval").send_keys(Keys.END)
        page.until_drawn("0.10 s")

    def test_pause_freezes_the_chart(self):
        page = self.page()
        page.find("pause").click()
        before = page.run("return chartTime()")
        page.say("said meanwhile")
        page.until("the line arrives", lambda: page.says("log", ": said meanwhile"))
        self.assertEqual(page.run("return chartTime()"), before)
        page.find("pause").click()
        page.until("the chart runs again", lambda: page.run("return chartTime()") > before)

    def test_timeline_on_a_phone_covers_eight_seconds(self):
        page = self.page()
        page.resize(390, 844)
        page.until_drawn("8 s ago", "2 s ago", "now")
        self.assertNotIn("20 s ago", page.drawn())
        page.find("as-arrows").send_keys(Keys.SPACE)
        page.until_drawn("server waits")
        self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), 390)

    def test_page_fits_a_phone_and_every_control_has_a_name(self):
        page = self.page()
        page.resize(390, 844)
        self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), 390)
        for control in page.browser.find_elements(By.CSS_SELECTOR, "button, input, canvas, table, fieldset, [role], [tabindex]"):
            if control.is_displayed() and control.get_attribute("role") != "status":
                self.assertTrue(control.accessible_name, control.get_attribute("outerHTML"))

    def test_all_text_is_readable_in_light_and_dark_mode(self):
        page = self.page("anna")
        for name in ("ben", "carl", "dora"):
            self.server.post(name, "hello")
        page.say_in_all_panes("hello")
        page.until("the page compares the techniques", lambda: page.find("words").text.startswith("Polling costs"))
        page.browser.execute_script("document.querySelector('details').open = true")
        for scheme in ("light", "dark"):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
            page.until(f"the page is {scheme}", lambda: page.run("return matchMedia(`(prefers-color-scheme: ${arguments[0]})`).matches", scheme))
            contrasts = page.run(CONTRASTS)
            self.assertGreater(len(contrasts), 60)
            # A name may have less contrast: it is bold, and its color must match the one in the terminal.
            poor = [one for one in contrasts if one[0] < (3 if one[1] == "name" else 4.5)]
            self.assertEqual(poor, [], scheme)

    def test_keyboard_reaches_every_control(self):
        page = self.page()
        wanted = ["name", "text", "talk", "test", "pause", "reset", "as-timeline", "interval"]
        wanted += [f"{pane}-lines" for pane in PANES]
        page.run("document.activeElement.blur()")
        reached = []
        for _ in range(40):
            page.browser.switch_to.active_element.send_keys(Keys.TAB)
            reached.append(page.run("const it = document.activeElement; return it.id || (it.firstElementChild || {}).id || it.textContent"))
        self.assertEqual([id for id in wanted if id not in reached], [])
        page.find("talk").send_keys(Keys.ENTER)
        page.until("the page talks", lambda: page.says("log", "test 2"))
        page.find("talk").send_keys(Keys.SPACE)
        self.assertEqual(page.find("talk").get_attribute("aria-pressed"), "false")

    def test_page_has_one_primary_button(self):
        page = self.page()
        buttons = page.browser.find_elements(By.CSS_SELECTOR, "button.main")
        self.assertEqual([button.text for button in buttons], ["Keep talking"])
