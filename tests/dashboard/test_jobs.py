"""The queue of comparisons of the dashboard: bounded, cancelled, ended with its process, and nothing left over."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from sim.dashboard import jobs as queue
from sim.dashboard import scratch
from sim.dashboard.jobs import Jobs
from sim.errors import InputError
from tests.small import ROOT


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def waiting(temporary, monkeypatch):
    """A queue whose processes say that one run of two is done, and then wait until they are ended."""
    words = 'import sys, time; sys.stdin.readline(); print(\'{"done": 1, "total": 2}\', flush=True); time.sleep(600)'
    monkeypatch.setattr(queue, "_WORK", words)
    made = Jobs(2, 3)
    yield made
    made.close()


def until(holds):
    """Wait until something holds, however long that takes; the whole test has its own time limit."""
    for _ in range(6_000):
        if found := holds():
            return found
        threading.Event().wait(0.01)
    raise AssertionError("it did not come")


def pids(made):
    return [job.child.pid for job in made._known.values() if job.child is not None]


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_two_run_three_wait_in_order_and_the_sixth_is_refused(waiting):
    names = [waiting.submit({}) for _ in range(5)]
    until(lambda: [waiting.look(name).done for name in names[:2]] == [1, 1])
    assert [waiting.look(name).state for name in names] == ["running"] * 2 + ["waiting"] * 3
    assert [waiting.look(name).place for name in names] == [0, 0, 1, 2, 3]
    with pytest.raises(InputError, match="2 comparisons are running and 3 wait"):
        waiting.submit({})
    waiting.cancel(names[2])
    assert [waiting.look(name).place for name in names[3:]] == [1, 2]
    waiting.submit({})


def test_twelve_at_once_are_two_processes_and_no_more(temporary, monkeypatch):
    monkeypatch.setattr(queue, "_WORK", "import sys, time; sys.stdin.readline(); time.sleep(600)")
    made = Jobs()
    try:
        threads = [threading.Thread(target=made.submit, args=({},)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: len(pids(made)) == 2)
        assert sorted(job.state for job in made._known.values()) == ["running"] * 2 + ["waiting"] * 10
        assert len(list(temporary.glob("*/job-*"))) == 2
    finally:
        made.close()


def test_cancelling_ends_the_process_and_its_folder_and_the_next_begins(waiting, temporary):
    names = [waiting.submit({}) for _ in range(3)]
    until(lambda: waiting.look(names[0]).done)
    process = waiting._known[names[0]].child.pid
    waiting.cancel(names[0])
    until(lambda: gone(process) and not list(temporary.glob(f"*/job-{names[0]}")))
    assert waiting.look(names[0]).words == "Cancelled; nothing was saved."
    until(lambda: waiting.look(names[2]).state == "running")


def test_the_end_leaves_no_process_and_no_folder(waiting, temporary):
    name = waiting.submit({})
    until(lambda: waiting.look(name).done)
    process = pids(waiting)[0]
    assert list(temporary.iterdir())
    waiting.close()
    assert gone(process)
    assert list(temporary.iterdir()) == []
    with pytest.raises(InputError, match="ending"):
        waiting.submit({})


def test_a_comparison_that_no_page_asks_for_or_that_takes_too_long_is_ended(temporary, monkeypatch):
    monkeypatch.setattr(queue, "_WORK", "import sys, time; sys.stdin.readline(); time.sleep(600)")
    now = [0.0]
    made = Jobs(1, clock=lambda: now[0])
    try:
        first, other = made.submit({}), made.submit({})
        until(lambda: made.look(first).child)
        now[0] = queue.UNSEEN_SECONDS - 1
        made.look(first)
        now[0] += 2
        made.tend()
        assert made.look(other).words == "Ended, since no page asked for it any more."
        assert made.look(first).state == "running"
        now[0] = queue.MOST_SECONDS + 1
        made.look(first)
        made.tend()
        assert "Ended after 60 minutes" in made.look(first).words
    finally:
        made.close()


def test_a_process_that_dies_is_told_and_the_queue_goes_on(temporary, monkeypatch, capsys):
    words = "import os, sys; input(); print('\\x1b[31mbad', file=sys.stderr, flush=True); os.kill(os.getpid(), 9)"
    monkeypatch.setattr(queue, "_WORK", words)
    made = Jobs(1)
    try:
        for _ in range(2):
            name = made.submit({})
            until(lambda name=name: made.look(name).ended)
            assert "killed by SIGKILL, as when memory runs out" in made.look(name).words
        said = capsys.readouterr().err
        assert "\\x1b[31mbad" in said
        assert "\x1b" not in said
    finally:
        made.close()


def test_only_so_many_finished_comparisons_are_kept(temporary, monkeypatch):
    monkeypatch.setattr(queue, "_WORK", "import sys; sys.stdin.readline(); print('{\"result\": {}}')")
    monkeypatch.setattr(queue, "_KEPT", 3)
    made = Jobs(1, 20)
    try:
        for _ in range(6):
            name = made.submit({})
            until(lambda name=name: made.look(name).ended)
            assert made.look(name).state == "done"
        assert len(made._known) <= 4
    finally:
        made.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs locks")
def test_what_a_killed_dashboard_left_goes_at_the_next_start_and_what_is_in_use_stays(temporary):
    code = "from sim.dashboard.scratch import Scratch; import time; print(Scratch().path, flush=True); time.sleep(600)"
    settings = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    killed, alive = (
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=settings, cwd=ROOT)
        for _ in range(2)
    )
    with killed, alive:
        left, used = Path(killed.stdout.readline().strip()), Path(alive.stdout.readline().strip())
        (left / "job-1").mkdir()
        somebody = temporary / "rumorlab-other"
        somebody.mkdir()
        (temporary / f"{scratch.PREFIX}link").symlink_to(somebody)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        scratch.clear_left()
        assert not left.exists()
        assert used.exists()
        assert somebody.exists()
        alive.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="needs locks")
def test_any_command_clears_what_a_killed_dashboard_left(temporary):
    (temporary / f"{scratch.PREFIX}abc").mkdir()
    settings = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "sim", "levers", "scenarios/telegram.yaml"]
    subprocess.run(command, env=settings, cwd=ROOT, check=True, capture_output=True)
    assert not list(temporary.glob(f"{scratch.PREFIX}*"))
