"""What a comparison runs beside its arms: the paths that its headline takes apart, and the other sizes of the world."""

from sim.experiment.causes import decompose, wants_decomposition
from sim.experiment.compare import Tell
from sim.experiment.comparison import Comparison
from sim.experiment.plan import Plan
from sim.experiment.scale import check_sizes, runs_at_sizes


def runs_of(plan: Plan) -> int:
    """Return how many runs a comparison takes, with those beside its arms."""
    paths = 2 ** len(plan.paths) if wants_decomposition(plan) else 0
    return plan.design.pairs * (len(plan.arms) + len(plan.side) + paths) + runs_at_sizes(plan)


def run_beside(comparison: Comparison, plan: Plan, *, workers: int | None, tell: Tell) -> None:
    """Run what a comparison needs beside its arms, into its folder; nothing if it needs nothing.

    `tell` hears of these runs as of a part of all of `runs_of`.
    """
    total, before = runs_of(plan), plan.design.pairs * (len(plan.arms) + len(plan.side))

    def told(done: int, _: int, what: str) -> None:
        tell(before + done, total, what)

    decompose(comparison, plan, workers=workers, tell=told)
    before = total - runs_at_sizes(plan)
    check_sizes(comparison, plan, workers=workers, tell=told)
