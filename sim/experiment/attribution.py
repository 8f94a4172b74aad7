"""What did it: the part of a policy's effect that each of its tools brings about, by switching it off alone."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sim.experiment.comparison import Comparison
from sim.experiment.paired import Difference, compare_pairs
from sim.experiment.spec import WITHOUT
from sim.experiment.tools import tool
from sim.experiment.wording import (
    decimals_for,
    joined,
    noun,
    per_cent,
    signed,
    tells_per_cent,
    titles_of,
    unit_words,
)

NOTE = (
    "Each tool is switched off alone, or set back to its form under the reference, with all else left as it is. What "
    "either of two tools would do without the other shows under neither, and what they do only together shows under "
    "both: the parts need not add up to the whole, and the rest says by how much they do not."
)
COSTS = ("harmless_views", "lawful_removed", "lost_posts", "wrongly_sanctioned")
_WORTH_A_WORD = 0.05
"""Share of the whole effect below which a part is in the table only."""


@dataclass(frozen=True)
class Part:
    """What one tool does in a policy: the policy's effect less its effect without the tool."""

    tool: str
    words: str
    without: Difference
    """The policy without the tool, against the reference."""
    part: Difference
    """The policy less the same without the tool, pair by pair."""


@dataclass(frozen=True)
class Attribution:
    """The effect of one policy on one outcome, and the parts of its tools in it."""

    arm: str
    title: str
    outcome: str
    whole: Difference
    parts: tuple[Part, ...]
    rest: Difference
    """The whole less all parts, but for those that are the sum of others."""


def attributions(comparison: Comparison, outcome: str) -> list[Attribution]:
    """Return the attribution of each policy that was run without its tools, in the order of the policies."""
    plan, found, titles = comparison.plan, [], titles_of(comparison)
    for arm in plan.arms:
        mine = [side.name for side in plan.side if side.name.startswith(arm.name + WITHOUT)]
        whole = comparison.difference(arm.name, outcome)
        if not mine or whole is None:
            continue
        parts, left = [], comparison.values(arm.name, outcome) - comparison.values(plan.reference, outcome)
        for name in mine:
            without, part = comparison.difference(name, outcome), comparison.difference(arm.name, outcome, name)
            if without is None or part is None:
                continue
            short = name.removeprefix(arm.name + WITHOUT)
            parts.append(Part(short, tool(short).words, without, part))
            if not tool(short).of:
                left = left - (comparison.values(arm.name, outcome) - comparison.values(name, outcome))
        rest = compare_pairs(left, np.zeros_like(left), plan.worlds(np.array(comparison.pairs)))
        if parts and rest is not None:
            found.append(Attribution(arm.name, titles[arm.name], outcome, whole, tuple(parts), rest))
    return found


def cost_of(comparison: Comparison) -> str | None:
    """Return the outcome by which costs are attributed: the first of the headline that any policy has."""
    first = comparison.plan.outcomes[0]
    for name in COSTS:
        if name != first and name in comparison.plan.outcomes and comparison.outcomes[name].fillna(0.0).any():
            return name
    return None


def attributed(comparison: Comparison) -> list[list[Attribution]]:
    """Return the attributions of the first outcome and of a cost; empty if no policy was run without its tools."""
    if not any(WITHOUT in side.name for side in comparison.plan.side):
        return []
    cost = cost_of(comparison)
    return [
        found
        for name in (comparison.plan.outcomes[0], *([cost] if cost else []))
        if (found := attributions(comparison, name))
    ]


def said_of(one: Attribution) -> str:
    """Return one attribution in words."""
    what, whole = noun(one.outcome), one.whole
    if whole.exactly_zero or not whole.settled:
        none = "changed nothing in" if whole.exactly_zero else "had no statistically detectable effect on"
        return f"{one.title} {none} {what}, so there is nothing to attribute to its tools."
    least = _WORTH_A_WORD * abs(whole.difference)
    clear = [p for p in _without_idle_sums(one.parts) if p.part.settled and abs(p.part.difference) >= least]
    ranked = sorted(clear, key=lambda p: -abs(p.part.difference))
    with_it = [p for p in ranked if p.part.difference * whole.difference > 0.0]
    against = [p for p in ranked if p.part.difference * whole.difference < 0.0]
    ranked = [*with_it[:4], *against[:3]]
    units = not all(tells_per_cent(found, one.outcome) for found in (whole, *(p.without for p in ranked)))
    total = _change(whole, one.outcome, units)
    if with_it and abs(with_it[0].part.difference) >= 0.5 * abs(whole.difference):
        first, others = with_it[0], _listed(with_it[1:4], one.outcome, units)
        said = f"most of what {one.title} does to {what} is done by {first.words}: {total} in all, "
        said += f"{_change(first.without, one.outcome, units)} without them" + (f"; {others}" if others else "")
    elif with_it:
        said = f"no single tool of {one.title} does most of what it does to {what}: {total} in all, "
        said += _listed(with_it[:4], one.outcome, units)
    else:
        said = f"no single tool of {one.title} brings about its effect on {what} ({total}): switched off alone, "
        said += "none makes it detectably smaller"
    if against:
        said += f". More without some of its tools: {_listed(against[:3], one.outcome, units)}"
    return said + "."


def _without_idle_sums(parts: tuple[Part, ...]) -> list[Part]:
    """Leave out sums of tools of which one does as much alone."""
    by_name = {part.tool: abs(part.part.difference) for part in parts}

    def adds(part: Part) -> bool:
        of = tool(part.tool).of
        return not of or by_name[part.tool] > 1.1 * max(by_name.get(name, 0.0) for name in of)

    return [part for part in parts if adds(part)]


def _listed(parts: list[Part], outcome: str, units: bool) -> str:
    return joined([f"{_change(p.without, outcome, units)} without {p.words}" for p in parts])


def _change(found: Difference, outcome: str, units: bool) -> str:
    """Return a difference from the reference with its interval: in per cent, or in the unit of the outcome."""
    if units or found.relative is None:
        decimals = decimals_for(found.difference, found.low, found.high)
        edges = "" if found.low is None or found.high is None else f"{signed(found.low, decimals)} to "
        edges = f" ({edges}{signed(found.high, decimals)})" if edges and found.high is not None else ""
        return f"{signed(found.difference, decimals)} {unit_words(outcome)}{edges}"
    low, high = found.relative_low, found.relative_high
    edges = "" if low is None or high is None else f" ({_signed(low)} to {_signed(high)})"
    return f"{_signed(found.relative)} %{edges}"


def _signed(share: float) -> str:
    words = per_cent(share)
    return "0" if float(words) == 0.0 else f"{'-' if share < 0.0 else '+'}{words}"


def attribution_sentences(comparison: Comparison) -> list[str]:
    """Say what does the work of each policy: for the first outcome, and for a cost where the policy has it."""
    said = [said_of(one) for found in attributed(comparison) for one in found if one.whole.settled]
    said = [words[0].upper() + words[1:] for words in said]
    return [*said, NOTE] if said else []


def attribution_data(comparison: Comparison) -> list[dict[str, Any]]:
    """Return all attributions as plain data."""
    return [asdict(one) for found in attributed(comparison) for one in found]
