"""How fast the dashboard is: the first page on a sweep of 10,000 runs, and what a click takes.

python benchmarks/dashboard.py
python benchmarks/dashboard.py --write docs/dashboard-speed.md

The sweep is a small one whose rows are repeated under other points and pairs: what counts here is their number.
"""

import argparse
import shutil
import statistics
import tempfile
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from selenium import webdriver
from selenium.webdriver.common.by import By
from werkzeug.serving import make_server

from sim.dashboard.app import make_app
from sim.experiment.compare import run_plan
from sim.experiment.executors import Here
from sim.experiment.plan import load_experiment
from sim.experiment.sweep import sweep

ROOT = Path(__file__).resolve().parent.parent
SMALL = ["world.users=200", "time.days=3"]


def large_sweep(root: Path, runs: int) -> None:
    """Write a folder of a sweep with so many runs."""
    plan = load_experiment(ROOT / "experiments" / "takedown-space.yaml", SMALL).with_design(pairs=4)
    sweep(plan, root / "sweep", make=Here, room=1, text="bench")
    path = root / "sweep" / "runs.parquet"
    table, frames = pq.read_table(path), []
    frame = table.to_pandas()
    for k in range(-(-runs // len(frame))):
        frames.append(frame.assign(pair=frame["pair"] + 4 * k, key=frame["key"] + str(k)))
    import pandas as pd

    joined = pd.concat(frames).head(runs).sort_values(["point", "arm", "pair"])
    pq.write_table(pa.Table.from_pandas(joined, schema=table.schema, preserve_index=False), path)


CLICK = """
const [outcome, words, done] = arguments, begun = performance.now();
const there = () => [...document.querySelectorAll('figcaption')].some(e => e.textContent.startsWith(words));
const watch = new MutationObserver(() => { if (there()) { watch.disconnect(); done(performance.now() - begun); } });
watch.observe(document.body, {childList: true, subtree: true, characterData: true});
[...document.querySelectorAll('.options.many a')].find(a => a.textContent === outcome).click();
"""
"""Clicks, and answers with the milliseconds until the words stand on the page."""


def until(browser: webdriver.Chrome, words: str, begun: float) -> float:
    """Return seconds until words stand on the page."""
    while words not in browser.find_element(By.TAG_NAME, "body").text:
        time.sleep(0.01)
        if time.perf_counter() - begun > 60:
            raise TimeoutError(words)
    return time.perf_counter() - begun


def main() -> None:
    """Measure, print, and write a page if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--write", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        large_sweep(root, wanted.runs)
        plan = load_experiment(ROOT / "experiments" / "telegram-moderation.yaml", ["world.users=1000"])
        run_plan(plan.with_design(pairs=4), root / "comparison", workers=1, tell=lambda *a: None)
        server = make_server("127.0.0.1", 0, make_app(root, ROOT).server, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site = f"http://127.0.0.1:{server.server_port}"
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"):
            options.add_argument(flag)
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        browser.get(f"{site}/library")
        until(browser, "Results and scenarios", time.perf_counter())
        firsts, clicks = [], []
        for _ in range(3):
            browser.get("about:blank")
            begun = time.perf_counter()
            browser.get(f"{site}/answer?results=results/sweep")
            firsts.append(until(browser, "runs, 0 of them failed", begun))
        browser.get(f"{site}/answer?results=results/comparison")
        until(browser, "Trade-offs", time.perf_counter())
        for outcome in ("views of illegal items", "harm-weighted views", "views of illegal items"):
            browser.find_element(By.XPATH, "//div[@id='label-outcome']/..//summary").click()
            clicks.append(browser.execute_async_script(CLICK, outcome, f"Difference in {outcome}") / 1000.0)
        browser.quit()
        server.shutdown()
    first, click = statistics.median(firsts), statistics.median(clicks)
    lines = [
        "# How fast the dashboard is",
        "",
        "Made by `python benchmarks/dashboard.py --write docs/dashboard-speed.md`, in headless Chromium on the "
        "same machine.",
        "",
        "| what | median |",
        "| --- | ---: |",
        f"| first page on a sweep of {wanted.runs:,} runs | {first:.2f} s |",
        f"| another outcome on the page Answer | {1000 * click:.0f} ms |",
    ]
    print("\n".join(lines[4:]))
    if wanted.write:
        wanted.write.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
