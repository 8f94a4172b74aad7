"""The pages: each is made from what the address says; what is missing or broken is told in words."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from dash import dcc, html

from sim.dashboard import pictures, trying
from sim.dashboard.library import Library, reason
from sim.dashboard.library_page import library_page
from sim.dashboard.logs import log_problem
from sim.dashboard.moderation_page import moderation_page
from sim.dashboard.opening import PAGES, chosen, head, opened, outcome_of
from sim.dashboard.pieces import Query, choice, controls, figure, table, told
from sim.errors import RumorlabError
from sim.experiment.answer import (
    TextTable,
    headline,
    interval_words,
    low_variance_ratios,
    noun,
    survival,
    trade_offs,
    with_caveat,
)
from sim.experiment.answers import answers, differences_at
from sim.experiment.comparison import Comparison
from sim.experiment.horizon import horizon_words
from sim.experiment.merge import plan_of_results
from sim.experiment.results import open_results
from sim.experiment.sensitivity import verdicts
from sim.experiment.spec import is_side_arm
from sim.experiment.store import read_manifest
from sim.outcomes import OUTCOMES
from sim.report import figures
from sim.report.brief import brief
from sim.report.space_figures import along_axis
from sim.report.twin import twin
from sim.report.twin_choice import choose

_ELSEWHERE = {"harm": "harm_elsewhere", "harmful_views": "harmful_elsewhere", "illegal_views": "illegal_elsewhere"}
Page = Callable[[Library, Query], Any]


def render(library: Library, page: str, query: Query) -> Any:
    """Return the content of a page; a problem becomes a word of explanation."""
    makers: dict[str, Page] = {
        "/answer": answer_page,
        "/time": time_page,
        "/twin": twin_page,
        "/moderation": moderation_page,
        "/try": trying.form,
        "/library": library_page,
    }
    maker = makers.get(page if page != "/" else "/answer")
    if maker is None:
        return html.Div([html.H1("No such page"), told(f"There is no page {page}.", "problem")])
    try:
        return maker(library, query)
    except RumorlabError as problem:
        return html.Div([html.H1(PAGES.get(page, "Answer")), told(str(problem), "problem")])
    except Exception as problem:
        log_problem(f"cannot be shown: {page}", problem)
        words = f"This cannot be shown: the results are damaged or from another version ({reason(problem)})."
        return html.Div([html.H1(PAGES.get(page, "Answer")), told(words, "problem")])


def answer_page(library: Library, query: Query) -> Any:
    """The question and the policies in words, headline differences, trade-offs, and how robust it is."""
    key = chosen(library, query)
    kind = str(read_manifest(library.path(key)).get("what"))
    if kind == "sweep":
        return _sweep(library, query, key)
    if kind == "run":
        return html.Div([html.P("Answer · one run", className="kicker"), dcc.Markdown(brief(library.path(key)))])
    comparison = library.comparison(key)
    plan = comparison.plan
    titles = {arm.name: arm.title for arm in plan.arms}
    doubt, doubts = survival(comparison)
    said = with_caveat(comparison)
    parts = head(library, query, key, plan.name, "/answer")
    parts += [
        html.Ul([html.Li(sentence) for sentence in said], className="answer"),
        *_words(headline(comparison).table),
        told(" ".join([*horizon_words(comparison), interval_words(comparison)])),
        html.H2(f"Differences from {titles[plan.reference]}"),
        html.Div(one_outcome(library, query), id="one-outcome"),
        _difference_table(comparison, verdicts(doubt)),
        html.H2("Trade-offs"),
        figure(figures.trade_off(comparison), _trade_off_in_words(comparison), query),
        *_words(trade_offs(comparison)),
        html.H2("Is it robust to the assumptions?"),
        *(told(sentence) for sentence in doubts),
    ]
    return html.Div([*parts, *(told(sentence) for sentence in low_variance_ratios(comparison)[:6])])


def _words(made: TextTable | None) -> list[Any]:
    """Return a table of words with its note; nothing for none."""
    return [] if made is None else [table(made.head, made.rows, made.title), *([told(made.note)] if made.note else [])]


def is_comparison(library: Library, query: Query) -> bool:
    """Whether the results that are looked at are a comparison."""
    try:
        return read_manifest(library.path(chosen(library, query))).get("what") == "comparison"
    except RumorlabError:
        return False


def one_outcome(library: Library, query: Query) -> list[Any]:
    """Return the part of the answer that is about one outcome, with its controls."""
    comparison = library.comparison(chosen(library, query))
    plan = comparison.plan
    outcome, platform = outcome_of(comparison, query), query.get("platform", "all")
    shown = _ELSEWHERE.get(outcome, outcome) if platform == "elsewhere" else outcome
    several = any(arm.scenario.world.elsewhere for arm in plan.arms)
    platforms = {"all": "all platforms", "elsewhere": "other platforms"}
    parts = [
        controls(
            choice(query, "outcome", "Outcome", {name: noun(name) for name in plan.outcomes}, outcome),
            choice(query, "platform", "Platform", platforms, platform) if several and outcome in _ELSEWHERE else None,
        ),
        figure(figures.forest(comparison, shown), differences_in_words(comparison, shown), query),
    ]
    doubt, _ = survival(comparison)
    for arm in plan.arms if doubt is not None else ():
        bars = pictures.tornado(doubt, arm.name, outcome, arm.title) if doubt is not None else None
        if bars is not None:
            words = f"{arm.title}: influence of each assumed value on the difference in {noun(outcome)}."
            parts.append(figure(bars, words, query))
    return parts


def differences_in_words(comparison: Comparison, outcome: str) -> str:
    """Return in a sentence what the figure of an outcome shows."""
    parts = []
    for arm in comparison.plan.arms:
        found = comparison.difference(arm.name, outcome)
        if arm.name == comparison.plan.reference or found is None:
            continue
        interval = "" if found.low is None else f" ({found.low:+z.3g} to {found.high:+z.3g})"
        parts.append(f"{arm.title} {found.difference:+z.3g}{interval}")
    return f"Difference in {noun(outcome)} ({OUTCOMES[outcome].unit}): {'; '.join(parts) or 'not defined'}."


def _trade_off_in_words(comparison: Comparison) -> str:
    parts = [
        f"{arm.title}: harm {np.nanmean(comparison.values(arm.name, 'harm')):.3g} per user, "
        f"{np.nanmean(comparison.values(arm.name, 'lawful_removed')):.3g} lawful posts removed per 1,000 users"
        for arm in comparison.plan.arms
    ]
    return "; ".join(parts) + "."


def _difference_table(comparison: Comparison, robust: dict[tuple[str, str], str]) -> Any:
    titles = {arm.name: arm.title for arm in comparison.plan.arms}
    rows = []
    for row in comparison.differences():
        interval = "–" if row["low"] is None else f"{row['low']:+z.3g} to {row['high']:+z.3g}"
        relative = "–" if row["relative"] is None else f"{100 * row['relative']:+z.0f} %"
        rows.append(
            (titles[row["arm"]], OUTCOMES[row["outcome"]].words, f"{row['difference']:+z.3g}", interval, relative,
             row["unit"], robust.get((row["arm"], row["outcome"]), "–"))
        )  # fmt: skip
    head = ("policy", "outcome", "difference", "95 % interval", "in %", "unit", "robustness")
    return html.Details([html.Summary("All outcomes as a table"), table(head, rows, "Differences from the reference")])


def _sweep(library: Library, query: Query, key: str) -> Any:
    path = library.path(key)
    manifest, runs = open_results(path)
    plan = plan_of_results(manifest, path)
    failed = int((runs["status"] == "failed").sum())
    parts = [html.P("Answer · a sweep", className="kicker"), html.H1(" ".join(plan.question.split()) or plan.name)]
    if not len(runs):
        return html.Div(
            [*parts, told("No run has finished yet: continue with rumorlab sweep ... --resume.", "problem")]
        )
    parts.append(told(f"{len(runs):,} runs, {failed:,} of them failed."))
    points = pd.DataFrame(manifest["points"]) if isinstance(manifest["points"], list) else pd.DataFrame()
    outcome = query.get("outcome") if query.get("outcome") in plan.outcomes else plan.outcomes[0]
    paths = [str(name) for name in points.columns]
    along = query.get("along") if query.get("along") in paths else next(iter(paths), None)
    some = sorted(runs["point"].unique().tolist())
    parts.append(
        controls(
            choice(query, "outcome", "Outcome", {name: noun(name) for name in plan.outcomes}, str(outcome)),
            choice(query, "along", "Along", {name: name for name in paths}, along)
            if along and len(paths) > 1
            else None,
        )
    )
    if len(some) > 2_000:
        said = (
            f"The sweep has {len(some):,} points; the first 2,000 are shown. rumorlab results sql covers all of them."
        )
        parts.append(told(said))
        some = some[:2_000]
    one = type(plan)(**{**plan.__dict__, "outcomes": (str(outcome),)})
    mine = runs[runs["point"].isin(some)]
    if along is not None:
        rows = [row for point in some for row in differences_at(one, mine, int(point))]
        if rows:
            drawn = along_axis(plan, pd.DataFrame(rows), points, str(outcome), along)
            parts.append(figure(drawn, f"Differences in {noun(str(outcome))} along {along}.", query))
    if len(some) <= 400:
        parts.append(html.Ul([html.Li(sentence) for sentence in answers(one, mine)["sentences"]], className="answer"))
    return html.Div(parts)


def time_page(library: Library, query: Query) -> Any:
    """Curves by policy with bands on real dates, phases and legal events marked."""
    _, comparison, parts = opened(library, query, "/time")
    which = query.get("what", "harmful")
    which = which if which in ("harmful", "illegal") else "harmful"
    kinds = {"harmful": "harmful items", "illegal": "items illegal in the reader's country"}
    parts.append(controls(choice(query, "what", "Views of", kinds, which)))
    frames = figures.daily_views(comparison, which)
    titles = {arm.name: arm.title for arm in comparison.plan.arms}
    ends = "; ".join(f"{titles[arm]} {float(frame.to_numpy().mean()):.3g}" for arm, frame in frames.items())
    words = f"Views of {kinds[which]} per user and day, mean over the run: {ends}."
    parts += [figure(figures.curves(comparison, which), words, query)]
    marks = {**figures.phases_of(comparison), **figures.arrests_of(comparison)}
    parts += [told(f"Day {day + 1}: {what}.") for day, what in marks.items()]
    parts.append(told("Mean over paired runs; bands are 95 % intervals of each policy's own mean, across worlds."))
    return html.Div(parts)


def twin_page(library: Library, query: Query) -> Any:
    """An item's cascade under the reference and under a policy, up to a moment, and what was cut off by which act."""
    _, comparison, parts = opened(library, query, "/twin")
    plan = comparison.plan
    if len({arm.scenario.world_hash() for arm in plan.arms}) > 1:
        return html.Div(
            [
                *parts,
                told(
                    "The policies were simulated in different worlds, so that no item can be compared side by side.",
                    "problem",
                ),
            ]
        )
    others = {a.name: a.title for a in plan.arms if a.name != plan.reference and not is_side_arm(a.name)}
    arm = query.get("arm") if query.get("arm") in others else None
    number = int(query["item"]) if query.get("item", "").isdecimal() else None
    pair = int(query["pair"]) if query.get("pair", "").isdecimal() else None
    choice_ = choose(comparison, number, arm, pair)
    item, chosen, pair = choice_.item, choice_.arm, choice_.pair
    data = twin(comparison, item, chosen, pair)
    last = len(data.curve["reference"]) - 1
    tick = min(int(query["tick"]), last) if query.get("tick", "").isdecimal() else last
    titles = {a.name: a.title for a in plan.arms}
    items = _items(comparison, pair)
    hours = plan.arms[0].scenario.time.tick_hours
    parts.append(
        controls(
            choice(query, "item", "Item", items | {str(item): items.get(str(item), f"item {item}")}, str(item)),
            choice(query, "arm", "Policy", others, chosen),
            choice(query, "pair", "Paired run", {str(k): str(k + 1) for k in comparison.pairs}, str(pair)),
        )
    )
    steps = sorted({int(t) for t in np.linspace(max(0, data.start), last, 13)})
    moments = {str(t): f"day {int(t * hours // 24) + 1}, {int(t * hours % 24):02d} h" for t in sorted({*steps, tick})}
    parts.append(controls(choice(query, "tick", "Up to", moments, str(tick))))
    words = (
        f"Item {item} ({data.content}, {data.topic}): {data.curve['reference'][tick]:,} readers under "
        f"{titles[plan.reference]}, {data.curve['policy'][tick]:,} under {titles[chosen]}, up to that time. "
        "Circles are posts, larger with more readers; crosses were removed; diamonds are on other platforms."
    )
    home = plan.arms[0].scenario.platform.name
    places = pictures.platforms_of(comparison, data)
    drawn = pictures.twins(data, tick, titles[plan.reference], titles[chosen], places, home)
    parts.append(figure(drawn, words, query))
    cuts = sorted([*data.cuts, *data.losses], key=lambda cut: -cut.readers)[:20]
    rows = [(f"day {int(c.tick * hours // 24) + 1}", c.words, f"{c.branches:,}", f"{c.readers:,}") for c in cuts]
    head = ("when", "action", "branches", "readers lost there")
    parts.append(
        table(head, rows, "What the policy stopped, and by which action")
        if rows
        else told("The policy stopped nothing.")
    )
    network = pictures.forwards(comparison, plan.reference, pair)
    if network is not None:
        parts += [
            html.H2("Forwards between channels and groups"),
            figure(network, "Forwards between channels and groups.", query),
        ]
    return html.Div(parts)


def _items(comparison: Comparison, pair: int) -> dict[str, str]:
    items = comparison.frame("items", comparison.plan.reference, pair, ("item", "stream", "new_readers"))
    items = items.sort_values("new_readers", ascending=False).head(60)
    return {str(r.item): f"{r.item}: {r.stream}, {r.new_readers:,} readers" for r in items.itertuples()}
