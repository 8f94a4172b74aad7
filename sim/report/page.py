"""The report: one HTML file that opens offline and asks no server for anything."""

from collections.abc import Callable
from html import escape
from pathlib import Path

from sim.experiment.answer import (
    SIDE,
    headline,
    interval_words,
    low_variance_ratios,
    ratio_words,
    source_words,
    survival,
    trade_offs,
    with_caveat,
)
from sim.experiment.comparison import Comparison
from sim.experiment.horizon import horizon_words
from sim.experiment.placebo import placebo_sentences
from sim.experiment.scale import known_scale
from sim.experiment.sensitivity import verdicts
from sim.experiment.store import read_manifest
from sim.outcomes import OUTCOMES
from sim.report import figures
from sim.report.baseline import USE, likeness
from sim.report.frame import Plots, whole_page
from sim.report.law_section import law_section
from sim.report.moving_section import moving_section
from sim.report.tables import as_html
from sim.report.tools_section import tools_section
from sim.report.twin import twin
from sim.report.twin_section import twin_section
from sim.report.words import policy_in_words
from sim.scenario.scenario import Scenario


def make_report(
    comparison: Comparison, *, item: int | None = None, arm: str | None = None, pair: int | None = None
) -> str:
    """Return the report of a comparison as one HTML page; item, arm and pair choose the twin."""
    plan, plots = comparison.plan, Plots()
    question = " ".join(plan.question.split()) or f"How do the policies of {plan.name} compare?"
    body = [
        f"<header><p class='kicker'>Rumorlab · {escape(plan.name)}</p><h1>{escape(question)}</h1></header>",
        _answer(comparison),
        _if_kept(
            comparison,
            "One item, two policies",
            ("items", "posts", "views", "sanctions"),
            lambda: _twin(comparison, item, arm, pair),
        ),
        _differences(comparison, plots),
        tools_section(comparison),
        _if_kept(comparison, "Over time", ("ticks",), lambda: _over_time(comparison, plots)),
        _trade_off(comparison, plots),
        _if_kept(
            comparison,
            "Removed, or only displaced?",
            ("posts", "moves"),
            lambda: moving_section(comparison, plots.place),
        ),
        law_section(comparison, plots.place),
        _if_kept(comparison, "The baseline", ("posts", "items", "venues"), lambda: _baseline(comparison)),
        _policies(comparison),
        _survival(comparison),
        _scale(comparison),
        _method(comparison),
        _reproduce(comparison),
    ]
    return whole_page(plan.name, body, (Path(__file__).parent / "twin.js").read_text("utf-8"))


def _twin(comparison: Comparison, item: int | None, arm: str | None, pair: int | None) -> str:
    if len({one.scenario.world_hash() for one in comparison.plan.arms}) > 1:
        return (
            "<section id='no-twin'><h2>One item, two policies</h2><p class='note'>Not shown: each policy has a world of "
            "its own, so that no item occurs in two of them.</p></section>"
        )
    return twin_section(twin(comparison, item, arm, pair), comparison)


def _answer(comparison: Comparison) -> str:
    items, told = "", headline(comparison)
    for place, sentence in enumerate([*with_caveat(comparison), *placebo_sentences(comparison)]):
        kind = "call" if place < len(told.sentences) else "mind" if sentence.startswith(SIDE) else ""
        items += f'<li class="{kind}">{escape(sentence)}</li>'
    return (
        f"<section id='answer'><h2>The answer</h2><ul class='answer'>{items}</ul>{as_html(told.table)}"
        f"<p class='note'>{escape(' '.join([*horizon_words(comparison), interval_words(comparison)]))} Whether an effect is called "
        "detectable takes the number of comparisons into account (Holm); the intervals do not.</p></section>"
    )


def _differences(comparison: Comparison, plots: Plots) -> str:
    plan = comparison.plan
    charts = "".join(plots.place(figures.forest(comparison, name)) for name in plan.outcomes)
    titles = {arm.name: arm.title for arm in plan.arms}
    robust = verdicts(survival(comparison)[0])
    rows, last = "", ""
    for row in comparison.differences():
        apart = ' class="apart"' if row["arm"] != last and last else ""
        name = titles[row["arm"]] if row["arm"] != last else ""
        last = row["arm"]
        interval = "–" if row["low"] is None else f"{row['low']:+z.3g} to {row['high']:+z.3g}"
        relative = "–" if row["relative"] is None else f"{100 * row['relative']:+z.0f} %"
        ratio = ratio_words(row["variance_ratio"])
        cells = [f"{row['difference']:+z.3g}", interval, relative, ratio]
        cells += [robust.get((row["arm"], row["outcome"]), "–")] if robust else []
        numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
        rows += (
            f"<tr{apart}><td>{escape(name)}</td><td>{escape(OUTCOMES[row['outcome']].words)}</td>{numbers}"
            f"<td>{escape(row['unit'])}</td></tr>"
        )
    head = (
        "<tr><th>policy</th><th>outcome</th><th class='number'>difference</th><th class='number'>95 % interval</th>"
        "<th class='number'>in %</th><th class='number'>variance ratio</th>"
        + ("<th class='number'>robustness</th>" if robust else "")
        + "<th>unit</th></tr>"
    )
    low = "".join(f"<li>{escape(sentence)}</li>" for sentence in low_variance_ratios(comparison))
    why = f"<p class='note'>Pairing gained little here:</p><ul class='note'>{low}</ul>" if low else ""
    counted = " Robustness: direction and size of the effect under sampled assumptions." if robust else ""
    return (
        f"<section id='differences'><h2>Differences from {escape(titles[plan.reference])}</h2>"
        "<p class='note'>Point: mean of the paired differences; line: 95 % interval; hollow: not statistically "
        f"different from zero.</p><div class='grid'>{charts}</div>"
        f"<details><summary>All outcomes as a table</summary><div class='scroll'><table>{head}{rows}</table></div>"
        "<p class='note'>Variance ratio: how many times larger the variance of the difference would be with unpaired "
        f"runs.{counted}</p>{why}</details></section>"
    )


def _if_kept(comparison: Comparison, title: str, needs: tuple[str, ...], section: Callable[[], str]) -> str:
    """Return a section, or a word on why it is not there: the scenarios do not keep the tables that it needs."""
    missing = {name for name in needs for arm in comparison.plan.arms if name not in arm.scenario.record.tables}
    if not missing:
        return section()
    names = ", ".join(sorted(missing))
    return (
        f"<section><h2>{escape(title)}</h2><p class='note'>Not shown: the runs did not keep the tables {escape(names)} "
        "(record.tables in the scenario).</p></section>"
    )


def _over_time(comparison: Comparison, plots: Plots) -> str:
    both = plots.place(figures.curves(comparison, "harmful")) + plots.place(figures.curves(comparison, "illegal"))
    return (
        f"<section id='time'><h2>Over time</h2><div class='grid'>{both}</div><p class='note'>Mean over "
        "simulations; bands: 95 % interval of the mean of each policy. They include differences between worlds, which "
        "the paired differences above exclude, so bands that overlap do not mean that policies do not differ.</p>"
        "</section>"
    )


def _trade_off(comparison: Comparison, plots: Plots) -> str:
    weights = comparison.plan.arms[0].scenario.content.harm
    values = ", ".join(f"{escape(name)} {weight:g}" for name, weight in weights.items())
    return (
        f"<section id='trade-off'><h2>Effects against costs</h2>{as_html(trade_offs(comparison))}"
        f"{plots.place(figures.trade_off(comparison))}"
        f"<p class='note'>Harm weight of one view, by class: {values}. These weights are value judgements of the "
        "author of the scenario. Lawful posts: posts whose class is not illegal in the author's country, everyday "
        "posts included.</p></section>"
    )


def _baseline(comparison: Comparison) -> str:
    plan = comparison.plan
    title = next(arm.title for arm in plan.arms if arm.name == plan.reference)
    rows = ""
    for row in likeness(comparison):
        style = "in" if row.verdict.startswith("in") else "off"
        simulated = "–" if row.simulated != row.simulated else f"{row.simulated:.2g}"
        rows += (
            f"<tr><td>{escape(row.words)}</td><td class='number'>{simulated}</td><td class='number'>{row.published:g} "
            f"({row.low:g} to {row.high:g})</td><td>{escape(row.unit)}</td><td "
            f"class='{style}'>{escape(row.verdict)}</td><td>{escape(row.use)}</td>"
            f"<td>{escape(row.source)}</td><td>{escape(row.caveat)}</td></tr>"
        )
    return (
        "<section id='baseline'><h2>Does the baseline look like Telegram?</h2><div "
        "class='scroll'><table><tr><th>figure</th>"
        f"<th class='number'>{escape(title)}</th><th class='number'>published (range)</th><th>unit</th><th>verdict</th>"
        f"<th>use</th><th>source</th><th>caveat</th></tr>{rows}</table></div><p class='note'>{escape(USE)} Where a "
        "source gives one figure only, the range around it (five to ten points) is ours. Where a figure is outside "
        "its range, results that depend on it deserve less trust.</p></section>"
    )


def _policies(comparison: Comparison) -> str:
    parts = ""
    for arm in comparison.plan.arms:
        said = "".join(f"<li>{escape(sentence)}</li>" for sentence in policy_in_words(arm.scenario))
        parts += f"<h3>{escape(arm.title)}</h3><ul>{said}</ul>"
    return f"<section id='policies'><h2>The policies</h2>{parts}</section>"


def _survival(comparison: Comparison) -> str:
    """What came of the comparison over the ranges of the assumed values, if it was tried."""
    found, said = survival(comparison)
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in said)
    note = ""
    if found is not None:
        rows = "".join(
            f"<tr><td><code>{escape(path)}</code></td><td class='number'>{axis['low']:g} to {axis['high']:g} "
            f"{escape(axis['unit'])}</td><td>{escape(axis['source'])}</td></tr>"
            for path, axis in found.ranges.items()
        )
        note = (
            f"<details><summary>Ranges of the assumed values</summary><div class='scroll'><table><tr><th>assumed value</th><th>range</th>"
            f"<th>source</th></tr>{rows}</table></div></details><p class='note'>Each sample varies all of them at once, with "
            f"{found.pairs} paired runs. Made by <code>{escape(found.command)}"
            "</code></p>"
        )
    return f"<section id='survival'><h2>Is it robust to the assumptions?</h2><ul>{items}</ul>{note}</section>"


def _scale(comparison: Comparison) -> str:
    """What a scale check of the same comparison found, if there was one."""
    plan = comparison.plan
    found = known_scale(plan, comparison.folder.parent) or known_scale(plan, comparison.folder)
    if found is None:
        words = (
            "Not checked. To test whether outcomes per user, and the ranking of the policies, hold at other population "
            f"sizes: <code>rumorlab scale {escape(source_words(comparison))}</code>, then make this report again."
        )
        return (
            f"<section id='scale'><h2>Does it hold at other population sizes?</h2><p class='note'>{words}</p></section>"
        )
    said = "".join(f"<li>{escape(str(sentence))}</li>" for sentence in found["sentences"])
    return (
        f"<section id='scale'><h2>Does it hold at other population sizes?</h2><ul>{said}</ul><p class='note'>All sizes stand "
        "for the same number of people. "
        f"Made by <code>{escape(str(found['command']))}</code></p></section>"
    )


def _method(comparison: Comparison) -> str:
    scenario, design = comparison.plan.arms[0].scenario, comparison.plan.design
    world, time = scenario.world, scenario.time
    persons = world.users * world.persons_per_user
    worlds = "all in one fixed world" if design.fixed_world else "each in a world of its own"
    return (
        f"<section id='method'><h2>Method</h2><p>{escape(' '.join(scenario.description.split()))}</p><p>An agent-based "
        f"model: {world.users:,} users, each standing for {world.persons_per_user:,.0f} people ({persons:,.0f} "
        f"in all), {time.days} days from {time.start.isoformat()} in steps of {time.tick_hours:g} h, {len(comparison.pairs)} "
        f"paired runs, {worlds}. All policies of a pair use the same random numbers (common random numbers), so that "
        "what differs is due to the policy. Users see posts within a limited attention, change their beliefs, forward, "
        "report, join and leave; the platform scans, queues, reviews with errors, and enforces.</p>"
        f"<p class='note'>Not modelled: {_not_shown(scenario)}offenders who adapt to detection. Intervals do not cover "
        "uncertainty about the assumed parameters. No text or image is generated: items are abstract.</p></section>"
    )


def _not_shown(scenario: Scenario) -> str:
    """Name what the model could show and this scenario leaves out."""
    out = "" if scenario.world.elsewhere else "users who leave for other platforms, "
    out += "" if scenario.world.backups or scenario.moving.returning else "new accounts and backups after a ban, "
    return out + ("" if scenario.law.regimes else "laws and courts, ")


def _reproduce(comparison: Comparison) -> str:
    plan, manifest = comparison.plan, read_manifest(comparison.folder)
    versions = ", ".join(f"{name} {number}" for name, number in manifest["versions"].items())
    hashes = "\n".join(f"{arm.name}: scenario {arm.scenario.hash()}" for arm in plan.arms)
    commit = manifest["git_commit"] or "not run from a checkout"
    text = f"{plan.command()}\n\ncomparison {manifest['hash']}\n{hashes}\ncommit {commit}\n{versions}"
    return (
        "<section id='reproduce'><h2>How to reproduce</h2><p>The same command gives the same numbers on any "
        f"machine; the folder of this report holds the resolved scenarios, the seeds and all tables.</p><pre>{escape(text)}</pre></section>"
    )
