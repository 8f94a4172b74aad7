"""A real `rumorlab dashboard` asked for much at once, over HTTP and in a real browser: bounded, and nothing left."""

import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("dash")

from selenium.webdriver.common.by import By

from tests.browser.test_dashboard import _set as set_value
from tests.browser.test_dashboard import wait
from tests.browser.test_report import browser  # noqa: F401
from tests.dashboard.asking import (
    ROOT,
    UPDATE,
    ask,
    callback,
    job_of,
    memory_mb,
    page,
    progress,
    served,
    tree,
    trial,
    workers,
)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")]
LIMIT_MB = 1_500


@pytest.fixture
def real(tmp_path):
    """A dashboard over no results and the shipped scenarios, with a folder of its own for temporary files."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / "results").mkdir()
    with served(tmp_path / "results", ROOT, env={"TMPDIR": str(temporary)}) as (port, child):
        yield port, child, temporary


def ended(processes):
    """Wait until processes are no more (or wait to be buried)."""
    for _ in range(200):
        left = [
            p
            for p in processes
            if Path(f"/proc/{p}").exists() and "State:\tZ" not in Path(f"/proc/{p}/status").read_text()
        ]
        if not left:
            return True
        time.sleep(0.1)
    return False


def test_twelve_clicks_at_once_are_two_runs_ten_in_the_queue_and_little_memory(real):
    port, child, temporary = real
    click, ticker = trial(port, 20_000, 60, 16), callback(port, "ticker.n_intervals", {"ticker.n_intervals": 1})
    with ThreadPoolExecutor(12) as pool:
        jobs = [job_of(answer) for _, answer in pool.map(lambda _: ask(port, "POST", UPDATE, click), range(12))]
    assert None not in jobs
    assert len(set(jobs)) == 12
    peak = 0.0
    for _ in range(40):
        found = tree(child.pid)
        assert len(workers(child.pid)) <= 2
        peak = max(peak, memory_mb(found))
        time.sleep(0.2)
    said = [progress(port, ticker, job)["progress-words"]["children"] for job in jobs]
    assert sorted(int(words.split()[2]) for words in said if "number" in words) == list(range(1, 11))
    assert peak < LIMIT_MB
    left = workers(child.pid)
    assert len(left) == 2
    child.send_signal(signal.SIGINT)
    child.wait(30)
    assert ended(left)
    assert list(temporary.iterdir()) == []


def test_four_hundred_requests_at_once_are_all_answered_with_little_memory(real):
    port, child, _ = real
    pages = [page(port, name, "?results=results/none") for name in ("/answer", "/try", "/library", "/twin")]
    with ThreadPoolExecutor(400) as pool:
        asked = [pool.submit(ask, port, "POST", UPDATE, pages[k % 4]) for k in range(400)]
        peak, threads = 0.0, 0
        while not all(future.done() for future in asked):
            peak = max(peak, memory_mb(tree(child.pid)))
            threads = max(threads, len(list(Path(f"/proc/{child.pid}/task").glob("*"))))
            time.sleep(0.1)
    assert {future.result()[0] for future in asked} == {200}
    assert threads < 100
    assert peak < LIMIT_MB


def test_a_killed_dashboard_leaves_no_process_and_the_next_start_takes_its_folder_away(real, tmp_path):
    port, child, temporary = real
    job_of(ask(port, "POST", UPDATE, trial(port, 20_000, 60, 16))[1])
    while not (left := workers(child.pid)):
        time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    child.wait(30)
    assert ended(left)
    assert list(temporary.iterdir())
    with served(tmp_path / "results", ROOT, env={"TMPDIR": str(temporary)}):
        assert list(temporary.iterdir()) == []


def test_a_body_that_is_too_long_gets_its_answer_and_nothing_is_written_raw(real):
    port, child, _ = real
    status, words = ask(port, "POST", UPDATE, "x" * 5_000_000)
    assert status == 413
    assert b"1,000,000 bytes" in words
    assert ask(port, "GET", "/download/csv/results/" + "x" * 300)[0] == 404
    ask(port, "POST", UPDATE, {"output": "\x1b[2J.\x07", "inputs": []})
    child.send_signal(signal.SIGTERM)
    said = child.communicate(timeout=30)[0].decode()
    assert child.returncode == 0, said
    assert not [c for c in said if ord(c) < 32 and c != "\n"]


def _click(browser, element):  # noqa: F811
    wait(browser, lambda b: b.find_element(By.ID, element).is_enabled(), 60)
    browser.find_element(By.ID, element).click()


def test_pages_in_a_browser_see_their_place_in_the_queue_and_move_up(real, browser):  # noqa: F811
    port, child, temporary = real
    tabs = [browser.current_window_handle]
    for number in range(5):
        if number:
            browser.switch_to.new_window("tab")
            tabs.append(browser.current_window_handle)
        browser.get(f"http://127.0.0.1:{port}/try")
        wait(browser, lambda b: b.find_elements(By.ID, "try"), 60)
        for name, value in (("users", 20_000), ("days", 60), ("pairs", 16)):
            set_value(browser, browser.find_element(By.ID, name), value)
        _click(browser, "try")
        wait(browser, lambda b: b.find_element(By.ID, "cancel").is_enabled(), 60)

    def words(tab):
        browser.switch_to.window(tab)
        return browser.find_element(By.ID, "progress-words").text

    for tab, place in zip(tabs[2:], (1, 2, 3), strict=True):
        wait(browser, lambda b, tab=tab, place=place: words(tab) == f"Waiting: number {place} in the queue.", 60)
    wait(browser, lambda b: "of 32 runs done" in words(tabs[0]), 60)
    first = workers(child.pid)
    browser.find_element(By.ID, "cancel").click()
    wait(browser, lambda b: words(tabs[0]) == "Cancelled; nothing was saved.", 30)
    wait(browser, lambda b: not b.find_element(By.ID, "cancel").is_enabled(), 30)
    wait(browser, lambda b: words(tabs[3]) == "Waiting: number 1 in the queue.", 60)
    wait(browser, lambda b: len(list(temporary.glob("*/job-*"))) == 2, 60)
    assert set(workers(child.pid)) != set(first), "the process of what was cancelled has ended"
    for tab in tabs[1:]:
        browser.switch_to.window(tab)
        browser.find_element(By.ID, "cancel").click()
        wait(browser, lambda b: not b.find_element(By.ID, "cancel").is_enabled(), 30)
    wait(browser, lambda b: not workers(child.pid) and not list(temporary.glob("*/job-*")), 30)
    for tab in tabs[1:]:
        browser.switch_to.window(tab)
        browser.close()
    browser.switch_to.window(tabs[0])
