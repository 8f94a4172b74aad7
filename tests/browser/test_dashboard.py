"""The dashboard in a real browser: pages, controls, a comparison started, cancelled and finished, axe, three widths."""

import importlib.util
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("dash")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from werkzeug.serving import make_server

from sim.dashboard.app import make_app
from sim.experiment.compare import run_plan
from sim.experiment.executors import Here
from sim.experiment.plan import load_experiment
from sim.experiment.sweep import sweep
from tests.browser.test_report import EVIL, browser  # noqa: F401
from tests.small import ROOT

pytestmark = pytest.mark.slow
PAGES = ("answer", "time", "twin", "moderation", "try", "library")
SHAPE = ["world.users=300", "time.days=16"]
HARMLESS = ("WebGL", "GPU stall", "GL Driver")
"""Words of the browser about drawing without a graphics card."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    from dataclasses import replace

    root = tmp_path_factory.mktemp("site")
    for name in ("squeeze-the-balloon", "telegram-moderation"):
        plan = load_experiment(ROOT / "experiments" / f"{name}.yaml", SHAPE).with_design(pairs=2)
        if name == "telegram-moderation":
            arms = tuple(replace(arm, title=f"{arm.title} {EVIL}"[:80]) for arm in plan.arms)
            plan = replace(plan, name="hostile", question=EVIL, arms=arms)
        run_plan(plan, root / "results" / plan.name, workers=1, tell=lambda *a: None)
    swept = load_experiment(ROOT / "experiments" / "takedown-space.yaml", ["world.users=200", "time.days=3"])
    sweep(swept.with_design(pairs=2), root / "results" / "swept", make=Here, room=1, text="test")
    study = root / "study"
    (study / "experiments").mkdir(parents=True)
    (study / "scenarios").mkdir()
    small = f'name: "{EVIL[:60].replace(chr(34), "")}"\ntime: {{days: 3}}\nworld: {{users: 200}}\n'
    stream = "content: {streams: {s: {content: incitement, per_1000_users_day: 20}}}\n"
    policy = "policy: {title: strict, terms: {incitement: {actions: [remove]}}, moderation: {reviewers: {count: 50}}}\n"
    (study / "scenarios" / "small.yaml").write_text(small + stream + policy)
    app = make_app(root / "results", study)
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def wait(browser, test, seconds=20.0):  # noqa: F811
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = test(browser)
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come: " + browser.find_element(By.TAG_NAME, "body").text[:600])


def go(browser, address):  # noqa: F811
    browser.get(address)
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#page h1"))
    time.sleep(0.8)


def errors(browser):  # noqa: F811
    log = [e for e in browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
    return [e["message"] for e in log if not any(word in e["message"] for word in HARMLESS)]


def page_text(browser):  # noqa: F811
    return browser.find_element(By.ID, "page").text


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_without_an_error_and_asks_nobody_else(site, browser, page):  # noqa: F811
    errors(browser)
    browser.get_log("performance")
    go(browser, f"{site}/{page}")
    assert errors(browser) == []
    assert browser.execute_script("return window.evil") is None
    sent = [e["message"] for e in browser.get_log("performance") if '"Network.requestWillBeSent"' in e["message"]]
    assert not [m for m in sent if '"url":"http' in m and "127.0.0.1" not in m]


def test_hostile_names_stay_text(site, browser):  # noqa: F811
    go(browser, f"{site}/answer?results=results/hostile")
    assert "window.evil" in page_text(browser), "the question is shown as it is written"
    go(browser, f"{site}/try")
    go(browser, f"{site}/library")
    assert browser.execute_script("return window.evil") is None


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_no_serious_violation(site, browser, page):  # noqa: F811
    place = importlib.util.find_spec("axe_core_python")
    assert place is not None
    assert place.origin is not None
    script = next(Path(place.origin).parent.rglob("axe*.js")).read_text("utf-8")
    go(browser, f"{site}/{page}?results=results/squeeze-the-balloon")
    browser.execute_script(script)
    found = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document, {runOnly: ['wcag2a', 'wcag2aa']}).then(r => done(r.violations))"
    )
    bad = [(v["id"], n["html"][:160]) for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]]
    assert bad == []


@pytest.mark.parametrize("width", [390, 820, 1280])
@pytest.mark.parametrize("page", ["answer", "moderation", "try"])
def test_no_page_scrolls_sideways(site, browser, page, width):  # noqa: F811
    shape = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)
    go(browser, f"{site}/{page}?results=results/squeeze-the-balloon")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def _radio(browser, label, option):  # noqa: F811
    group = browser.find_element(By.ID, f"label-{label}").find_element(By.XPATH, "..")
    for closed in group.find_elements(By.CSS_SELECTOR, "details:not([open]) > summary"):
        closed.click()  # many options are a list that opens
    for part in group.find_elements(By.TAG_NAME, "a"):
        if part.text.strip() == option:
            part.click()
            return
    raise AssertionError((label, option, group.text))


def test_controls_change_what_is_said_and_the_address_holds_it(site, browser):  # noqa: F811
    go(browser, f"{site}/answer?results=results/squeeze-the-balloon")
    before = page_text(browser)
    _radio(browser, "platform", "other platforms")
    wait(browser, lambda b: "Difference in harm-weighted views on other platforms" in page_text(b))
    assert page_text(browser) != before
    assert "platform=elsewhere" in browser.current_url
    address = browser.current_url
    go(browser, f"{site}/time?results=results/squeeze-the-balloon")
    _radio(browser, "what", "items illegal in the reader's country")
    wait(browser, lambda b: "what=illegal" in b.current_url)
    go(browser, address)
    assert "Difference in harm-weighted views on other platforms" in page_text(browser)
    browser.find_element(By.ID, "to-time").click()
    wait(browser, lambda b: "/time" in b.current_url and "Over time" in page_text(b))
    assert "results=" in browser.current_url, "links keep what is looked at"
    go(browser, f"{site}/twin?results=results/squeeze-the-balloon&tick=30")
    early = page_text(browser)
    go(browser, f"{site}/twin?results=results/squeeze-the-balloon")
    assert page_text(browser) != early


def test_a_sweep_is_drawn_along_an_axis(site, browser):  # noqa: F811
    go(browser, f"{site}/answer?results=results/swept")
    assert "48 runs, 0 of them failed" in page_text(browser)
    _radio(browser, "outcome", "harm-weighted views")
    wait(browser, lambda b: "Differences in harm-weighted views along" in page_text(b))


def _set(browser, element, value):  # noqa: F811
    element.send_keys(Keys.CONTROL, "a")
    element.send_keys(str(value), Keys.TAB)


def _lever(browser, path):  # noqa: F811
    found = [e for e in browser.find_elements(By.CSS_SELECTOR, "input") if path in (e.get_attribute("id") or "")]
    assert found, path
    return found[0]


def test_bad_input_shows_its_message_and_cannot_be_run(site, browser):  # noqa: F811
    go(browser, f"{site}/try")
    _set(browser, _lever(browser, "reviewers.count"), "-3")
    wait(browser, lambda b: "must be at least 0" in page_text(b))
    assert not browser.find_element(By.ID, "try").is_enabled()
    _set(browser, _lever(browser, "reviewers.count"), "3")
    wait(browser, lambda b: "must be at least 0" not in page_text(b) and b.find_element(By.ID, "try").is_enabled())


def test_a_comparison_is_started_cancelled_and_finished(site, browser):  # noqa: F811
    errors(browser)
    go(browser, f"{site}/try")
    _set(browser, browser.find_element(By.ID, "users"), 2000)
    _set(browser, browser.find_element(By.ID, "days"), 40)
    _set(browser, browser.find_element(By.ID, "pairs"), 16)
    _set(browser, _lever(browser, "reviewers.count"), "1")
    wait(browser, lambda b: b.find_element(By.ID, "try").is_enabled())
    browser.find_element(By.ID, "try").click()
    wait(browser, lambda b: b.find_element(By.ID, "cancel").is_enabled())
    wait(browser, lambda b: "of 32 runs done" in page_text(b), 60)
    browser.find_element(By.ID, "cancel").click()
    wait(browser, lambda b: not b.find_element(By.ID, "cancel").is_enabled())
    assert "What changed" not in page_text(browser)
    _set(browser, browser.find_element(By.ID, "users"), 200)
    _set(browser, browser.find_element(By.ID, "days"), 3)
    _set(browser, browser.find_element(By.ID, "pairs"), 2)
    wait(browser, lambda b: b.find_element(By.ID, "try").is_enabled())
    time.sleep(0.5)
    browser.find_element(By.ID, "try").click()
    wait(browser, lambda b: "What changed" in page_text(b), 90)
    assert "as it stands" in page_text(browser)
    assert errors(browser) == []
