"""What a rule of one's own costs on the compiled engine: each beside the run without it, one after the other.

python benchmarks/own_rules.py                                # 100,000 users, 30 days
python benchmarks/own_rules.py --write docs/own-rules.md
"""

import argparse
import time
from pathlib import Path
from typing import Any, Literal

import numpy as np

import sim
from sim.arithmetic import compiled
from sim.extension import Asked, Question, UserRule
from sim.scenario.scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent


class Columns(UserRule):
    """Forwards less at the first exposure, over columns."""

    kind: Literal["columns"] = "columns"

    def forward(self, asked: Asked) -> Any:
        """Return half of the default at the first exposure."""
        return np.where(asked.exposure > 1, asked.default, 0.5 * asked.default)


@compiled
def _halved(exposure: Any, default: Any) -> Any:
    out = np.empty(default.size)
    for i in range(default.size):
        out[i] = default[i] if exposure[i] > 1 else 0.5 * default[i]
    return out


class Compiled(UserRule):
    """The same, compiled by numba."""

    kind: Literal["compiled"] = "compiled"

    def forward(self, asked: Asked) -> Any:
        """Return half of the default at the first exposure."""
        return _halved(asked.exposure, asked.default)


class Moved(UserRule):
    """Is moved less by what it reads, over columns."""

    kind: Literal["moved"] = "moved"

    def believe(self, asked: Asked) -> Any:
        """Return a belief that moved nine tenths of the way."""
        return asked.belief + 0.9 * (asked.default - asked.belief)


class Five(Moved):
    """Decides at five places, over columns."""

    kind: Literal["five"] = "five"  # type: ignore[assignment]

    def notice(self, asked: Asked) -> Any:
        """Return a little less than the default."""
        return 0.99 * asked.default

    forward = choose = report = notice


class One(sim.User):
    """Forwards less at the first exposure, user by user."""

    def chance_to_forward(self, asked: Question) -> float:
        """Return half of the default at the first exposure."""
        return asked.default if asked.exposure > 1 else 0.5 * asked.default


class OneMoved(sim.User):
    """Is moved less, user by user."""

    def new_belief(self, asked: Question) -> float:
        """Return a belief that moved nine tenths of the way."""
        return asked.belief + 0.9 * (asked.default - asked.belief)


class OneNotices(sim.User):
    """Notices less, user by user."""

    def chance_to_notice(self, asked: Question) -> float:
        """Return a little less than the default."""
        return 0.99 * asked.default


RULES: tuple[tuple[str, tuple[UserRule, ...], type[sim.User]], ...] = (
    ("`forward`, numpy columns", (Columns(),), sim.User),
    ("`forward`, numba", (Compiled(),), sim.User),
    ("`chance_to_forward`, one user at a time", (), One),
    ("`believe`, numpy columns", (Moved(),), sim.User),
    ("`new_belief`, one user at a time", (), OneMoved),
    ("five decisions, numpy columns", (Five(),), sim.User),
    ("`chance_to_notice`, one user at a time", (), OneNotices),
)


def measured(scenario: Scenario, rules: tuple[UserRule, ...], user_class: type[sim.User]) -> tuple[float, int]:
    """Return the seconds of a run, and how often its rules were asked."""
    made = scenario.model_copy(update={"behaviours": rules})
    society = sim.Society(made, 1, crowd="compiled", user_class=user_class)
    begin = time.perf_counter()
    society.run_model()
    return time.perf_counter() - begin, sum(asked for asked, _ in society.own.counts.values())


def main() -> None:
    """Measure, print, and write a page if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--write", type=Path)
    wanted = parser.parse_args()
    scenario = sim.load(ROOT / "scenarios" / "telegram.yaml", [f"world.users={wanted.users}"])
    measured(scenario, RULES[0][1], sim.User)  # compiles
    lines = [
        "# What a rule of your own costs",
        "",
        "Made by `python benchmarks/own_rules.py --write docs/own-rules.md`: the shipped scenario with "
        f"{wanted.users:,} users",
        "and 30 days, on one thread. Each run with a rule stands between two without; the ratio is to their mean.",
        "",
        "| rule | asked | seconds | without | ratio |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, rules, user_class in RULES:
        before, _ = measured(scenario, (), sim.User)
        seconds, asked = measured(scenario, rules, user_class)
        after, _ = measured(scenario, (), sim.User)
        plain = (before + after) / 2
        lines.append(f"| {name} | {asked:,} | {seconds:.2f} | {plain:.2f} | {seconds / plain:.2f} |")
        print(lines[-1], flush=True)
    if wanted.write:
        wanted.write.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
