"""Make the pictures of the docs, in headless Chromium: the twin of the demo's report, and the dashboard.

python docs/make_pictures.py
"""

import shutil
import tempfile
import threading
import time
from pathlib import Path

from selenium import webdriver
from werkzeug.serving import make_server

from sim.dashboard.app import make_app
from sim.experiment.compare import run_plan
from sim.experiment.plan import load_experiment
from sim.report.page import make_report

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--window-size=1200,1250",
)


def main() -> None:
    """Run the comparisons, and take a picture of each page."""
    browser = _browser()
    with tempfile.TemporaryDirectory() as name:
        _take_report(browser, Path(name))
        _take_dashboard(browser, Path(name))
    browser.quit()


def _browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in FLAGS:
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


def _take_report(browser: webdriver.Chrome, folder: Path) -> None:
    """Take the twin of what `rumorlab demo` writes, from its heading down to the curve."""
    plan = load_experiment(ROOT / "experiments" / "telegram-moderation.yaml")
    page = folder / "report.html"
    page.write_text(make_report(run_plan(plan, folder / "demo", workers=2, tell=lambda *a: None)), encoding="utf-8")
    browser.get(page.as_uri())
    time.sleep(2)
    top, bottom = browser.execute_script(
        "const twin = document.querySelector('#twin');"
        "return [twin.getBoundingClientRect().top, twin.querySelector('.curve').getBoundingClientRect().bottom]"
        ".map(y => y + window.scrollY)"
    )
    browser.set_window_size(1200, int(bottom - top) + 170)
    browser.execute_script("window.scrollTo(0, document.querySelector('#twin').offsetTop - 16)")
    time.sleep(1)
    browser.save_screenshot(str(ROOT / "docs" / "report.png"))
    browser.set_window_size(1200, 1250)


def _take_dashboard(browser: webdriver.Chrome, folder: Path) -> None:
    """Take the page Answer over a small comparison."""
    plan = load_experiment(ROOT / "experiments" / "squeeze-the-balloon.yaml").with_design(pairs=4)
    run_plan(plan, folder / "results" / "squeeze-the-balloon", workers=2, tell=lambda *a: None)
    server = make_server("127.0.0.1", 0, make_app(folder / "results", ROOT).server, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    browser.get(f"http://127.0.0.1:{server.server_port}/answer")
    time.sleep(6)
    browser.save_screenshot(str(ROOT / "docs" / "dashboard.png"))
    server.shutdown()


if __name__ == "__main__":
    main()
