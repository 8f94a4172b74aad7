"""The page on which a policy is changed and tried: a form made from the schema, or YAML; a comparison behind it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dash import dcc, html

from sim.dashboard.library import Library
from sim.dashboard.pieces import Query, aria, choice, controls, told
from sim.errors import InputError, RumorlabError, ScenarioError
from sim.experiment.memory import estimated_mb
from sim.experiment.plan import Plan, PlannedArm
from sim.experiment.spec import HEADLINES, Design, Twin
from sim.scenario.levers import LEVERS, Knob, field_at, knob
from sim.scenario.load import finish, load_scenario, override, read_resolved, value_at
from sim.scenario.places import root_of
from sim.scenario.problems import expand
from sim.scenario.tree import parse_tree
from sim.scenario.writing import in_yaml

MOST_USERS, MOST_DAYS, MOST_PAIRS = 20_000, 60, 16
MOST_MB = 500
"""Memory of a run, as estimated: two at once and the dashboard itself stay within 1.5 GB."""
POLICY_LEVERS = tuple(path for path in LEVERS if path.startswith("policy."))


@dataclass(frozen=True)
class Wish:
    """What a person wants to try."""

    scenario: str
    values: dict[str, str]
    """By path, as they would be written in YAML; empty where nothing is changed."""
    yaml: str
    """Text to lay over the policy; empty where the form is used."""
    users: int
    days: int
    pairs: int


def _control(lever: Knob) -> Any:
    info = field_at(lever.path)
    kinds = expand(info.annotation)
    now = "none" if lever.value is None else in_yaml(lever.value)
    ident = {"lever": lever.path}
    if kinds and kinds[0] is bool:
        return dcc.Input(id=ident, value=now, type="text", debounce=True)
    low, _, high = lever.range.removeprefix("none, or ").partition(" to ")
    if low == "0" and high == "1" and isinstance(lever.value, float):
        return dcc.Input(id=ident, value=lever.value, type="range", min=0, max=1, step="any")
    return dcc.Input(id=ident, value=now, type="text", debounce=True)


def form(library: Library, query: Query) -> Any:
    """Return the form for a scenario: the levers of its policy first, then size, then YAML for the rest."""
    scenarios = {e.key: e.name for e in library.entries() if e.kind == "scenario"}
    if not scenarios:
        return html.Div(
            [html.H1("Try it"), told("There are no scenarios here: create some with rumorlab init FOLDER.", "problem")]
        )
    first = "study/scenarios/telegram.yaml"
    key = query.get("scenario", first)
    key = key if key in scenarios else next(iter(scenarios))
    head: list[Any] = [
        html.P("Try it", className="kicker"),
        html.H1("Change a policy and compare"),
        controls(choice(query, "scenario", "Scenario", scenarios, key)),
    ]
    try:
        scenario = load_scenario(library.path(key)).scenario
    except RumorlabError as problem:
        return html.Div([*head, told(str(problem), "problem")])
    rows = []
    for path in POLICY_LEVERS:
        try:
            lever = knob(scenario, path)
        except (AttributeError, InputError):
            continue
        name = path.removeprefix("policy.")
        rows.append(
            html.Div(
                [
                    html.Label([html.Strong(name), f" {lever.words}"], htmlFor=f'{{"lever":"{path}"}}'),
                    html.Div([_control(lever), html.Output(id={"shown": path}, className="shown")]),
                    html.Div(f"{lever.range}; {lever.unit}; source: {lever.source}", className="hint"),
                    html.Div(id={"message": path}, className="problem", role="alert"),
                ],
                className="lever",
            )
        )
    size = [
        _number("users", "Users", min(scenario.world.users, 2_000), 50, MOST_USERS),
        _number("days", "Days", min(scenario.time.days, 14), 1, MOST_DAYS),
        _number("pairs", "Paired runs", 4, 2, MOST_PAIRS),
    ]
    return html.Div(
        [
            *head,
            html.Div(rows, className="levers"),
            html.Details(
                [
                    html.Summary("The rest of the policy, as YAML"),
                    html.Label("YAML here overrides the scenario's policy", htmlFor="yaml"),
                    dcc.Textarea(id="yaml", value="", placeholder="moderation:\n  scan: {recall: {incitement: 0.5}}"),
                    html.Div(id="yaml-message", className="problem", role="alert"),
                ]
            ),
            html.Div(size, className="controls"),
            html.Div(
                [
                    html.Button("Compare with the unchanged scenario", id="try", className="primary"),
                    html.Button("Cancel", id="cancel", disabled=True),
                    html.Button("Save the scenario as YAML", id="save"),
                ],
                className="buttons",
            ),
            html.Progress(id="progress", value="0", max="1", **aria("label", "runs done")),
            html.Div(id="progress-words", className="note", role="status"),
            html.Div(id="tried", role="region", **aria("label", "result")),
            dcc.Download(id="saved"),
            dcc.Store(id="trying", data=key),
            dcc.Store(id="job"),
            dcc.Store(id="seen"),
            dcc.Interval(id="ticker", interval=700, disabled=True),
        ]
    )


def _number(name: str, label: str, value: int, low: int, high: int) -> Any:
    return html.Div(
        [
            html.Label(f"{label} ({low:,} to {high:,})", htmlFor=name),
            dcc.Input(id=name, type="number", value=value, min=low, max=high, step=1, debounce=True),
        ],
        className="control",
    )


def overrides_of(library: Library, wish: Wish) -> list[str]:
    """Return the overrides that a wish comes to: what differs from the scenario."""
    scenario = load_scenario(library.path(wish.scenario)).scenario
    data, made = scenario.resolved(), []
    for path, text in wish.values.items():
        before = value_at(data, path)
        if str(text).strip() and str(text).strip() not in (in_yaml(before), "none" if before is None else ""):
            made.append(f"{path}={'null' if str(text).strip() == 'none' else str(text).strip()}")
    return made


def wrong_size(wish: Wish) -> str:
    """Return what is wrong with the size of a wish; '' if nothing is."""
    for name, value, low, high in (
        ("users", wish.users, 50, MOST_USERS),
        ("days", wish.days, 1, MOST_DAYS),
        ("pairs", wish.pairs, 2, MOST_PAIRS),
    ):
        if type(value) is not int or not low <= value <= high:
            return f"{name} must be a whole number from {low:,} to {high:,} (got {str(value)[:40]})"
    return ""


def checked(library: Library, wish: Wish) -> dict[str, str]:
    """Return what is wrong with a wish, by field: a path, 'yaml', or 'size'; empty if nothing is."""
    found: dict[str, str] = {}
    for path, text in wish.values.items():
        if path not in POLICY_LEVERS or len(str(text)) > 200:
            found[path] = "this field cannot be set here"
            continue
        try:
            load_scenario(library.path(wish.scenario), overrides_of(library, replace(wish, values={path: text})))
        except ScenarioError as problem:
            found[path] = problem.problems[0].message
        except RumorlabError as problem:
            found[path] = str(problem)
    size = wrong_size(wish)
    if size:
        found["size"] = size
    if not found:
        try:
            for loaded in changed_tree(library, wish):
                _refuse_large(estimated_mb(loaded.scenario))
        except ScenarioError as problem:
            found["yaml"] = "; ".join(f"{p.field}: {p.message}" for p in problem.problems[:5])
        except RumorlabError as problem:
            found["yaml"] = str(problem)
    return found


def _refuse_large(mb: float) -> None:
    if mb > MOST_MB:
        raise InputError(
            f"a run of this would need about {mb:,.0f} MB of memory, and {MOST_MB:,} are allowed here: "
            "try fewer users or days, or use rumorlab compare"
        )


def changed_tree(library: Library, wish: Wish) -> tuple[Any, Any]:
    """Return the scenario as it stands and as it is wished, loaded, both at the size that was asked for."""
    path = library.path(wish.scenario)
    size = [f"world.users={wish.users}", f"time.days={wish.days}"]
    scenario = load_scenario(path).scenario
    persons = scenario.world.users * scenario.world.persons_per_user
    size.append(f"world.persons_per_user={persons / wish.users!r}")
    plain = load_scenario(path, size)
    tree = read_resolved(path)
    if wish.yaml.strip():
        if len(wish.yaml) > 20_000:
            raise InputError("the YAML is longer than 20,000 characters")
        over = parse_tree(wish.yaml, "YAML")
        if not isinstance(over.value, dict):
            raise InputError("the YAML must be a mapping, such as `moderation: {...}`")
        from sim.scenario.load import merge

        if "extends" in over.value:
            raise InputError("`extends` is not allowed here, since it would read a file")
        policy = tree.value.get("policy")
        if not over.bare:
            tree = override(tree, ["policy"], merge(policy, over) if policy is not None else over)
    return plain, finish(tree, path, [*overrides_of(library, wish), *size])


def plan_of(library: Library, wish: Wish) -> Plan:
    """Return the comparison of a wish: the scenario as it stands against what was changed."""
    if wrong_size(wish):
        raise InputError(wrong_size(wish))
    plain, wished = changed_tree(library, wish)
    arms = (
        PlannedArm("as-it-stands", "as it stands", plain.scenario),
        PlannedArm("changed", "as changed", wished.scenario),
    )
    root = root_of(library.path(wish.scenario))
    return Plan(
        "tried", "What does the change do?", arms, "as-it-stands", Design(pairs=wish.pairs), HEADLINES, Twin(), root,
        (Path("dashboard"),),
    )  # fmt: skip


def as_yaml(library: Library, wish: Wish) -> str:
    """Return the wished scenario as a file that stands on the one it was made from."""
    name = library.path(wish.scenario).name
    lines = [
        "# yaml-language-server: $schema=scenario.schema.json",
        f"# Made on the page 'Try it'. Save it beside {name}.",
        f"extends: {name}",
    ]
    tree: dict[str, Any] = {}
    for text in overrides_of(library, wish):
        path, _, value = text.partition("=")
        place = tree
        *steps, last = path.split(".")
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = value
    lines += _written(tree, 0)
    if wish.yaml.strip():
        lines += ["# overrides of the policy:", *(f"#   {line}" for line in wish.yaml.splitlines())]
    return "\n".join(lines) + "\n"


def _written(tree: dict[str, Any], depth: int) -> list[str]:
    lines = []
    for name, value in tree.items():
        if isinstance(value, dict):
            lines += [f"{'  ' * depth}{name}:", *_written(value, depth + 1)]
        else:
            lines.append(f"{'  ' * depth}{name}: {value}")
    return lines
