"""Make the pictures of the docs: the dashboard over a small comparison, in headless Chromium.

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

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--window-size=1200,1250",
)


def main() -> None:
    """Run, serve, and take the picture."""
    with tempfile.TemporaryDirectory() as name:
        plan = load_experiment(ROOT / "experiments" / "squeeze-the-balloon.yaml").with_design(pairs=4)
        run_plan(plan, Path(name) / "squeeze-the-balloon", workers=2, tell=lambda *a: None)
        server = make_server("127.0.0.1", 0, make_app(Path(name), ROOT).server, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in FLAGS:
            options.add_argument(flag)
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        browser.get(f"http://127.0.0.1:{server.server_port}/answer")
        time.sleep(6)
        browser.save_screenshot(str(ROOT / "docs" / "dashboard.png"))
        browser.quit()
        server.shutdown()


if __name__ == "__main__":
    main()
