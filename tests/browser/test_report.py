"""The report in a real browser: no error, no request, a twin that moves."""

import os
import shutil
import time
from dataclasses import replace

import pytest

from sim.experiment.compare import run_plan
from sim.experiment.plan import load_experiment
from sim.report.page import make_report
from tests.small import ROOT

EVIL = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,900",
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    root = tmp_path_factory.mktemp("study")
    plan = load_experiment(ROOT / "experiments" / "telegram-moderation.yaml", ["world.users=500", "time.days=6"])
    arms = tuple(replace(arm, title=f"{arm.title} {EVIL}") for arm in plan.arms)
    plan = replace(plan.with_design(pairs=2), question=EVIL, arms=arms)
    comparison = run_plan(plan, root / "c", workers=1, tell=lambda *a: None)
    report = root / "report.html"
    report.write_text(make_report(comparison), encoding="utf-8")
    return report


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        if os.environ.get("RUMORLAB_REQUIRE_BROWSER"):
            pytest.fail("chromium or chromedriver is missing")
        pytest.skip("chromium or chromedriver is not installed")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


def test_the_report_is_one_small_file_without_addresses_to_load(page):
    text = page.read_text("utf-8")
    assert len(text) < 10_000_000
    assert text.count("Plotly.newPlot") >= 1
    for wanted in ('id="twin"', "id='answer'", "id='differences'", "id='baseline'", "id='policies'", "id='reproduce'"):
        assert wanted in text
    assert 'src="http' not in text
    assert "<img src=x" not in text


@pytest.mark.slow
def test_the_report_opens_without_an_error_and_the_twin_moves(page, browser):
    browser.get(page.as_uri())
    time.sleep(2)
    assert [e for e in browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
    requests = [e["message"] for e in browser.get_log("performance") if '"Network.requestWillBeSent"' in e["message"]]
    assert not [r for r in requests if '"url":"http' in r]
    assert browser.execute_script("return window.evil") is None
    assert browser.execute_script("return document.querySelectorAll('.plot .main-svg').length") >= 11
    count = "return [...document.querySelectorAll('#twin .count')].map(e => +e.textContent.replace(/,/g, ''))"
    end = browser.execute_script(count)
    assert end[0] > 0
    move = "const s = document.querySelector('#twin input'); s.value = s.min; s.dispatchEvent(new Event('input'))"
    browser.execute_script(move)
    begin = browser.execute_script(count)
    assert begin[0] < end[0]
    browser.find_element("css selector", "#twin button.play").click()
    time.sleep(1)
    assert browser.execute_script("return +document.querySelector('#twin input').value") > browser.execute_script(
        "return +document.querySelector('#twin input').min"
    )


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_never_scrolls_sideways(page, browser, width):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    browser.get(page.as_uri())
    time.sleep(1.5)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
