"""The headline: what an experiment says about its question, as sentences and a table, whatever prints them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sim.experiment.causes import known_causes
from sim.experiment.comparison import Comparison
from sim.experiment.intervals import proportion_limits
from sim.experiment.legal import Findings, LegalCell, findings_of, has_regimes, legal_matrix
from sim.experiment.paired import compare_pairs
from sim.experiment.spec import HELD
from sim.experiment.weighing import judged_arms, others
from sim.experiment.wording import (
    amount,
    apart,
    around_zero,
    by_arm,
    capital,
    is_event,
    joined,
    noun,
    per_cent,
    signed,
    size_of,
    titles_of,
    unit_words,
    were,
)
from sim.outcomes import OUTCOMES
from sim.scenario.shipped import as_typed

_HAPPENED = {
    "happened": "the {event} happened",
    "arrested": "the executive was arrested",
    "liable": "the conditions for the heaviest sanction of at least one law were met",
}


@dataclass(frozen=True)
class TextTable:
    """A small table in words."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Headline:
    """What an experiment answers: sentences, the first of which answers its question, and a table beside them."""

    form: str
    outcome: str
    sentences: tuple[str, ...]
    table: TextTable | None = None
    data: tuple[dict[str, Any], ...] = ()
    """The numbers behind the sentences."""

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def headline(comparison: Comparison) -> Headline:
    """Return the answer to the question of an experiment, in the form that the experiment names."""
    plan = comparison.plan
    form, outcome = plan.headline.form, plan.outcomes[0]
    if form == "effect" and is_event(outcome):
        form = "probability"
    forms: dict[str, Callable[[Comparison, str], Headline]] = {
        "effect": _effect,
        "matrix": _matrix,
        "decomposition": _decomposition,
        "probability": _probability,
    }
    return forms[form](comparison, outcome)


def _effect(comparison: Comparison, outcome: str) -> Headline:
    arms = others(comparison)
    rows = []
    for arm in arms:
        found = apart(comparison, arm, outcome)
        rows.append({"arm": arm, "outcome": outcome} | ({} if found is None else asdict(found)))
    said = [by_arm(comparison, outcome, arms), *with_law_held(comparison, outcome)]
    return Headline("effect", outcome, tuple(said), None, tuple(rows))


def with_law_held(comparison: Comparison, outcome: str) -> list[str]:
    """Say what each policy does by itself, with nothing following from the law, and what the law adds."""
    plan, said = comparison.plan, []
    titles = titles_of(comparison)
    held = plan.reference + HELD
    if not (comparison.outcomes["arm"] == held).any():
        return []
    for arm in others(comparison):
        alone = apart(comparison, arm + HELD, outcome, held)
        whole = comparison.values(arm, outcome) - comparison.values(plan.reference, outcome)
        direct = comparison.values(arm + HELD, outcome) - comparison.values(held, outcome)
        through = compare_pairs(whole, direct)
        if alone is None or through is None:
            continue
        if alone.exactly_zero:
            by_itself = f"{titles[arm]} made no difference in any pair"
        elif alone.low is not None and not alone.settled:
            by_itself = f"{titles[arm]} had no statistically detectable effect ({around_zero(alone, outcome)})"
        else:
            size, brackets = size_of(alone, outcome)
            by_itself = f"{noun(outcome)} {were(outcome)} {size} ({brackets}) under {titles[arm]}"
        unit = unit_words(outcome)
        if through.low is None or through.high is None or not through.settled:
            rest = "what followed from the law had no statistically detectable effect on this difference"
            if through.low is not None and through.high is not None:
                rest += f" ({signed(through.low)} to {signed(through.high)} {unit})"
        else:
            size, brackets = amount(through.difference, through.low, through.high)
            more = f"a further {size} {unit} lower" if through.difference < 0 else f"{size} {unit} higher again"
            rest = f"with what followed from the law, {more} ({brackets})"
        said.append(f"With the law held fixed, {by_itself}; {rest}.")
    return said


# --- probability ---------------------------------------------------------------------------------------------------


def event_words(comparison: Comparison, outcome: str) -> str:
    """Return an event as a clause: 'the riot happened'."""
    events = [name for arm in comparison.plan.arms for name in arm.scenario.events]
    event = events[0].replace("-", " ").replace("_", " ") if events else "event"
    return _HAPPENED.get(outcome, f"'{OUTCOMES[outcome].words}' was true").format(event=event)


def event_counts(comparison: Comparison, outcome: str) -> list[dict[str, Any]]:
    """Return how often an event happened under each policy, of how many runs, with the exact interval of the share."""
    rows = []
    for arm in judged_arms(comparison):
        values = comparison.values(arm, outcome)
        defined = values[values == values]
        times, of = int((defined > 0.0).sum()), len(defined)
        if of:
            low, high = proportion_limits(times, of)
            rows.append({"arm": arm, "times": times, "of": of, "share": times / of, "low": low, "high": high})
    return rows


def _probability(comparison: Comparison, outcome: str) -> Headline:
    titles = titles_of(comparison)
    clause, rows = event_words(comparison, outcome), event_counts(comparison, outcome)
    if not rows:
        return Headline("probability", outcome, (f"Whether {clause} is not defined in these runs.",))
    times, of = sum(row["times"] for row in rows), sum(row["of"] for row in rows)
    if times in (0, of):
        how = "in none" if times == 0 else "in all"
        edge = max(row["high"] for row in rows) if times == 0 else min(row["low"] for row in rows)
        bound = f"at {'most' if times == 0 else 'least'} {100 * edge:.0f} %"
        said = (
            f"{capital(clause)} {how} of the {of} simulations, whatever the policy (each probability is {bound}, by "
            "its 95 % interval): this experiment cannot say which policy prevents it."
        )
        return Headline("probability", outcome, (said,), _event_table(comparison, outcome, rows), tuple(rows))
    parts = [
        f"{row['times']} of {row['of']} simulations under {titles[row['arm']]} ({per_cent(row['share'])} %, "
        f"{per_cent(row['low'])} to {per_cent(row['high'])})"
        for row in rows
    ]
    said = f"{capital(clause)} in {joined(parts)}."
    return Headline("probability", outcome, (said,), _event_table(comparison, outcome, rows), tuple(rows))


def _event_table(comparison: Comparison, outcome: str, rows: list[dict[str, Any]]) -> TextTable:
    titles = titles_of(comparison)
    cells = tuple(
        (titles[row["arm"]], f"{row['times']} of {row['of']}", f"{per_cent(row['share'])} %",
         f"{per_cent(row['low'])} to {per_cent(row['high'])} %")
        for row in rows
    )  # fmt: skip
    title = f"Simulations in which {event_words(comparison, outcome)}"
    return TextTable(title, ("policy", "simulations", "share", "95 % interval (exact)"), cells)


# --- matrix of platforms or policies by law ------------------------------------------------------------------------


def _matrix(comparison: Comparison, outcome: str) -> Headline:
    if not has_regimes(comparison.plan):
        return Headline("matrix", outcome, ("No legal regime is configured, so there is no legal assessment.",))
    found = findings_of(comparison)
    cells = legal_matrix(comparison, found)
    titles = titles_of(comparison)
    said = (_liable_sentence(comparison), *_by_law(cells, titles))
    return Headline("matrix", outcome, said, legal_table(comparison, found), tuple(asdict(cell) for cell in cells))


def legal_table(comparison: Comparison, found: Findings) -> TextTable:
    """Return policies or platforms against laws: whether the conditions of the heaviest step were met."""
    cells = legal_matrix(comparison, found)
    titles = titles_of(comparison)
    regimes = {cell.regime: cell.title for cell in cells}
    by_place = {(cell.arm, cell.regime): cell for cell in cells}
    rows = tuple(
        (titles[arm], *(by_place[arm, name].words() if (arm, name) in by_place else "–" for name in regimes))
        for arm in judged_arms(comparison)
    )
    n = len(comparison.pairs)
    note = (
        "Heaviest step of each law, and in how many simulations all of its conditions were met at the end. 'Cannot "
        f"tell': too few cases to judge by. {n} of {n} means a probability of at least {_bound(n, n)} %, 0 of {n} of "
        f"at most {_bound(0, n)} % (exact 95 % intervals)."
    )
    return TextTable("Conditions for the heaviest sanction, by law", ("", *regimes.values()), rows, note)


def _bound(times: int, of: int) -> str:
    low, high = proportion_limits(times, of)
    return f"{100 * (low if times else high):.0f}"


def _liable_sentence(comparison: Comparison) -> str:
    """Say for which platforms or policies the conditions of a heaviest sanction were met: always, sometimes, never."""
    titles = titles_of(comparison)
    own = len({arm.scenario.world_hash() for arm in comparison.plan.arms}) > 1
    by = "of" if own else "under"
    rows = event_counts(comparison, "liable")
    always = [titles[row["arm"]] for row in rows if row["times"] == row["of"]]
    never = [titles[row["arm"]] for row in rows if not row["times"]]
    parts = [f"in every simulation {by} {joined(always)}"] if always else []
    parts += [
        f"in {row['times']} of {row['of']} simulations {by} {titles[row['arm']]} ({per_cent(row['low'])} to "
        f"{per_cent(row['high'])} %)"
        for row in rows
        if 0 < row["times"] < row["of"]
    ]
    parts += [f"in none {by} {joined(never)}" if parts else f"in no simulation {by} {joined(never)}"] if never else []
    pairs = len(comparison.pairs)
    each = "one simulation each" if pairs == 1 else f"{pairs} simulations each"
    least, most = f"at least {_bound(pairs, pairs)} %", f"at most {_bound(0, pairs)} %"
    if always and never:
        each += f"; by exact 95 % intervals 'every' is {least} and 'none' {most}"
    elif always or never:
        each += f"; each probability is {least if always else most}, by its exact 95 % interval"
    which = "any" if len(parts) == 1 and never else "at least one"
    return f"The conditions for the heaviest sanction of {which} law were met {joined(parts)} ({each})."


def _by_law(cells: list[LegalCell], titles: dict[str, str]) -> list[str]:
    """Say under which laws, and how often it could not be told."""
    said, mine = [], [cell for cell in cells if cell.last is not None and not cell.arm.endswith(HELD)]
    for arm in dict.fromkeys(cell.arm for cell in mine):
        met = [
            f"{cell.last.step} under {cell.title} in {cell.last.met} of {cell.pairs}"
            for cell in mine
            if cell.arm == arm and cell.last is not None and cell.last.met
        ]
        said += [f"{titles[arm]}: conditions met for {joined(met)}."] if met else []
    doubt = sum(cell.last is not None and cell.last.cannot_tell > 0 for cell in mine)
    if doubt:
        said.append(f"In {doubt} of {len(mine)} cells of the table some simulations have too few cases to judge by.")
    return said


# --- decomposition -------------------------------------------------------------------------------------------------


def _decomposition(comparison: Comparison, outcome: str) -> Headline:
    plan, found = comparison.plan, known_causes(comparison, outcome)
    titles = titles_of(comparison)
    if found is None:
        files = " ".join(map(as_typed, plan.source)) or "EXPERIMENT"
        said = (
            f"How much each path contributes to {noun(outcome)} was not computed here; run "
            f"`rumorlab causes {files} --outcome {outcome}`."
        )
        return Headline("decomposition", outcome, (said,))
    parts = (*found.sums, *found.paths, found.none)
    rows = tuple((name, share.in_units(), share.in_shares()) for name, share in found.rows())
    note = (
        f"Shapley values over all orders in which the paths can be opened, {found.pairs} pairs; under "
        f"{titles[found.arm]}."
    )
    head = ("path", OUTCOMES[outcome].unit, "share of the whole")
    table = TextTable(f"What {noun(outcome)} consists of", head, rows, note)
    return Headline("decomposition", outcome, tuple(found.sentences()), table, tuple(asdict(part) for part in parts))
