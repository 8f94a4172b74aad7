"""The brief: the compliance record of a run in plain language, as a court could read it, and what led there."""

import datetime
import math
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.experiment.store import read_manifest, read_table, reading
from sim.outcomes import OUTCOMES
from sim.report.words import policy_in_words
from sim.scenario.fields import write_duration
from sim.scenario.law import Rung
from sim.scenario.scenario import Scenario
from sim.vocabulary import DILIGENCE

DISCLAIMER = (
    "Computed with perfect knowledge of what is illegal, which no court and no platform has. Thresholds of the "
    "elements and the speed of enforcement are assumptions unless a clause is named. This is not a legal finding."
)
_TOLD = (
    "harm",
    "illegal_views",
    "conspiracy_views",
    "believers",
    "lawful_removed",
    "lost_posts",
    "lost_posts_to_come",
    "members_cut_off",
    "wrongly_sanctioned",
    "staff_cost",
)


def _when(tick: int, scenario: Scenario) -> str:
    moment = datetime.datetime.combine(scenario.time.start, datetime.time())
    return (moment + datetime.timedelta(hours=tick * scenario.time.tick_hours)).date().isoformat()


def _number(value: float | None) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"


def record_sentence(finding: dict[str, Any]) -> str:
    """Return the record in a sentence: '1,204 valid notices came due, 31 % were ignored or refused; ...'."""
    record, deadline = finding["record"], write_duration(float(finding["deadline_hours"]))
    if not record["notices"]:
        return "No valid notice came due, so there is nothing to judge."
    said = (
        f"{_number(record['notices'])} valid notice{'s' if record['notices'] != 1 else ''} came due, "
        f"{_number(record['ignored_share'])} % were ignored or refused"
    )
    said += f", {_number(record['late_share'])} % were not acted on in time"
    if (median := record["median_hours"]) is not None and median == median:
        said += f"; the median time to action was {write_duration(round(float(median), 1))} (deadline: {deadline})"
    if record["requests"]:
        said += f"; {_number(record['answered'])} of {_number(record['requests'])} data requests were answered"
    if (ratio := record["lawful_per_illegal"]) is not None and ratio == ratio:
        said += f"; {_number(ratio)} lawful post{'s were' if ratio != 1 else ' was'} acted on for each illegal one"
    return said + "."


def next_step(rung: Rung, scenario: Scenario, reach: float) -> str:
    """Say how soon a step follows while its conditions are met: the median, with the hazard halved and doubled."""
    hazard = rung.hazard * reach * scenario.law.hazards
    if hazard <= 0.0:
        return f"Next step: {rung.step}. It never follows: its assumed enforcement speed is 0."
    days = [math.log(2.0) / (hazard * factor) for factor in (0.5, 1.0, 2.0)]
    return (
        f"Next step: {rung.step}. If its conditions stay met, the median time until it follows is {days[1]:,.0f} days "
        f"({days[2]:,.0f} to {days[0]:,.0f} if the assumed enforcement speed is doubled or halved)."
    )


def _regime(finding: dict[str, Any], scenario: Scenario) -> list[str]:
    regime = scenario.law.regimes[finding["regime"]]
    lines = [f"## {finding['title']}", "", f"Source: {finding['source']}.", ""]
    if not finding["applies"]:
        persons = _number(finding["record"]["persons"])
        lines += [
            f"Does not apply: the platform has {persons} users there; the law applies from "
            f"{_number(regime.applies_from)}.",
            "",
        ]
    lines += [record_sentence(finding), ""]
    if finding["elements"]:
        lines += [
            "| element | measure | value | threshold | verdict | clause |",
            "| --- | --- | ---: | ---: | --- | --- |",
        ]
    for element in finding["elements"]:
        words, unit = DILIGENCE[str(element["measure"])]
        low, high = element["at_least"], element["at_most"]
        bound = f"at least {_number(low)}" if low is not None else f"at most {_number(high)}"
        verdict = str(element["verdict"])
        if element["first_met"] >= 0:
            verdict += f" (first {_when(element['first_met'], scenario)})"
        lines.append(
            f"| {element['words']} | {words} ({unit}) | {_number(element['value'])} | {bound} | {verdict} | "
            f"{element['source']} |"
        )
    lines.append("")
    for event in finding["events"]:
        value = f" ({event['value']:,} USD)" if event["event"] == "fine" else ""
        lines.append(f"- {_when(event['tick'], scenario)}: {event['event']}{value}")
    taken = sum(event["event"] in ("warning", "fine", "block", "arrest") for event in finding["events"])
    steps = list(regime.ladder[taken:]) if finding["applies"] else []
    lines += ["", next_step(steps[0], scenario, float(finding["reach"]))] if steps else []
    return [*lines, ""]


def _count(number: float, one: str, more: str) -> str:
    return f"{number:,.0f} {one if number == 1 else more}"


def _went(move: str, to: str, mine: pd.DataFrame) -> str:
    """Say one kind of moves to one platform; those of a block are a row for all users, the others a row for each."""
    rows, members = len(mine), int(mine["members"].sum())
    return {
        "reopened": f"{_count(rows, 'channel or group', 'channels and groups')} reopened on {to}, with "
        f"{_count(members, 'member', 'members')} before the ban",
        "returned": f"{_count(rows, 'banned user', 'banned users')} returned to {to} with a new account",
        "replaced": f"{_count(rows, 'new user', 'new users')} took the place of a banned one on {to}",
        "succeeded": f"{_count(rows, 'new channel or group', 'new channels and groups')} took the place of a banned "
        f"one on {to}, with {_count(members, 'member', 'members')}",
        "left": f"{_count(rows, 'user', 'users')} moved to {to} and joined "
        f"{_count(members, 'channel or group', 'channels or groups') if members else 'no channel or group'} there",
        "locked-out": f"a block locked {_count(members, 'user', 'users')} out of {to}",
        "let-in": f"{_count(members, 'user', 'users')} regained access to {to} after a block",
        "discovered": f"{_count(members, 'time', 'times')} a user joined a channel or group on {to} found by search or "
        "recommendation",
    }[move]


def _moved(folder: Path, scenario: Scenario) -> list[str]:
    if not scenario.world.elsewhere or "moves" not in scenario.record.tables:
        return []
    moves = read_table(folder, "moves").to_pandas()
    lines = ["## Where users moved", ""]
    for (what, to), mine in moves.groupby(["move", "to"], observed=True):
        lines.append(f"- {_went(what, to, mine)}")
    return [*lines, ""] if len(moves) else [*lines, "No user moved.", ""]


def brief(folder: Path) -> str:
    """Return the brief of a run as Markdown, from its folder alone; raises InputError if it is no run."""
    manifest = read_manifest(folder)
    if manifest.get("what") != "run":
        raise InputError(
            f"{folder}: holds a {manifest.get('what')}, not a run; a comparison has its runs in runs/ARM/PAIR below it"
        )
    with reading(folder):
        return _brief(folder, manifest)


def _brief(folder: Path, manifest: dict[str, Any]) -> str:
    scenario = Scenario.model_validate(manifest["scenario"])
    persons = scenario.world.users * scenario.world.persons_per_user
    lines = [
        f"# Brief: {scenario.platform.name}, {scenario.policy.title}",
        "",
        f"A simulated run of {scenario.time.days} days from {scenario.time.start}, seed {manifest['seed']}: "
        f"{scenario.world.users:,} users, who stand for {persons:,.0f} people: each simulated notice or post stands "
        f"for those of {scenario.world.persons_per_user:,.0f} people.",
        "",
        "## The policy",
        "",
        *(f"- {sentence}" for sentence in policy_in_words(scenario)),
        "",
        "## Outcomes",
        "",
    ]
    for name in _TOLD:
        cell = manifest["outcomes"].get(name)
        if cell and cell["value"] is not None:
            lines.append(f"- {OUTCOMES[name].words}: {_number(cell['value'])} {cell['unit']}")
    lines.append("")
    for finding in manifest.get("law", []):
        lines += _regime(finding, scenario)
    if not manifest.get("law"):
        lines += ["## The law", "", "No legal regime is configured (law.regimes), so there is no legal assessment.", ""]
    lines += _moved(folder, scenario)
    for event in manifest.get("events", []):
        lines += [
            f"## {event['event']}",
            "",
            f"On {_when(event['tick'], scenario)}: {event['heard']:,} users had heard of it, {event['willing']:,} of "
            f"them were willing to go, {event['turnout']:,.0f} turned out.",
            "",
        ]
    again = manifest.get("command") or "the scenario in manifest.json"
    return "\n".join(
        [*lines, "## What this is not", "", DISCLAIMER, "", f"Made from {again}; digest {manifest['digest']}.", ""]
    )


def as_page(markdown: str) -> str:
    """Return a brief as an HTML page: headings, lists and tables, everything else as text."""
    style = (Path(__file__).parent / "style.css").read_text("utf-8")
    body = ""
    rows: list[list[str]] = []
    items: list[str] = []

    def flush() -> str:
        done = ""
        if rows:
            head = "".join(f"<th>{cell}</th>" for cell in rows[0])
            rest = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[2:])
            done += f"<div class='scroll'><table><tr>{head}</tr>{rest}</table></div>"
        if items:
            done += "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
        rows.clear()
        items.clear()
        return done

    title = "Brief"
    for line in markdown.splitlines():
        text = escape(line)
        if line.startswith("|"):
            rows.append([cell.strip() for cell in text.strip("|").split("|")])
            continue
        if line.startswith("- "):
            items.append(text[2:])
            continue
        body += flush()
        if line.startswith("# "):
            title = text[2:]
            body += f"<h1>{text[2:]}</h1>"
        elif line.startswith("## "):
            body += f"<h2>{text[3:]}</h2>"
        elif line:
            body += f"<p>{text}</p>"
    body += flush()
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><meta http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"><meta name='viewport' "
        f"content='width=device-width, initial-scale=1'><title>{title}</title><link rel='icon' href='data:,'>"
        f"<style>{style}</style></head><body><main>{body}</main></body></html>\n"
    )
