"""Plain words: phrases that readers stumbled over stand in no page, help text, description, title or message.

`RIDDLES` says what to write in their place. Add a line when you replace a phrase; add a file to `PAGES` or `SOURCES`
when its words are in order.
"""

import ast
import re

import pytest
import typer

from sim.cli.app import app
from sim.outcomes import OUTCOMES
from sim.scenario.schema import SCHEMAS, reference
from sim.vocabulary import DILIGENCE
from tests.small import ROOT

RIDDLES = {
    r"nought": "zero",
    r"anew": "again; regenerated",
    r"whoever|whatever joins": "the user who ...",
    r"what came down": "removed posts",
    r"told from (chance|zero)|cannot be told|not to be told": "no statistically detectable effect",
    r"a cost to mind": "side effect",
    r"keeps? (its|their) sign": "same direction",
    r"sign turns|changes of sign|turns round": "sign flips",
    r"surviv\w+ doubt|doubt about|does it survive": "sensitivity analysis; uncertainty about",
    r"hangs? on": "depends on; key assumptions",
    r"what decides|which values decide": "most influential assumptions",
    r"laid over|stands? (here|there|beside|below|above|over)\b(?! it\b)": "overrides; is here",
    r"goes on where it was|go on in a folder": "resume",
    r"is taken from the package|the one that comes with": "the copy shipped with Rumorlab is used",
    r"pairs? of seeds": "paired run",
    r"(the same|same|common) draws|common random numbers(?!\))": "the same random numbers",
    r"diligence record": "compliance record",
    r"let most of it be|child abuse material": "failed to act on most of it; CSAM (child sexual abuse material)",
    r"find \d+ % of the breaches|in breach|breaks no rule, |what breaks no rule": "violation",
    r"passed? on|passing on|pass (it|them|on)\b": "forward",
    r"taken? down|comes? down": "removed; takedown",
    r"opened? again|opens again|opening again": "reopen",
    r"(banned|users|who) (come|came) back": "return",
    r"what (suits|does not suit)|suits? (her|them|that)": "fits the user",
    r"(form of the|both|two|every|other|compiled) crowds?\b": "engine",
    r"(private|public|their|her) places?": "channels and groups",
    r"\bknobs?\b": "parameter",
    r"several times if you like": "may be repeated",
    r"\b(she|hers?|herself)\b": "the user, they",
    r"\bsorted and unsorted\b|\bunsorted people\b": "self-selection",
    r"\b(is|are) no (scenario|experiment|legal finding)": "is not a ...",
    r"from nothing to an answer": "from installation to an answer",
    r"as they lie|says so (if|where)": "the same; reports",
    r"of its own(?! )\.": "its own",
    r"kinds? of persons?": "user type (persona)",
    r"by itself, and what by": "direct effect",
    r"where people went|where do people go": "where users went",
}

PAGES = (
    "README.md", "CONTRIBUTING.md", "docs/index.md", "docs/tutorial.md", "docs/tutorial-mesa.md", "docs/howto.md",
    "docs/glossary.md", "docs/limits.md", "docs/platforms.md", "docs/worlds.md", "docs/sweeps.md", "docs/dashboard.md",
    "docs/extending.md", "docs/plugins.md", "docs/cli.md", "docs/odd.md", "docs/reference.md",
)  # fmt: skip
SOURCES = (
    "sim/report/words.py", "sim/report/world_page.py", "sim/dashboard/*.py", "sim/scenario/*.py", "sim/cli/*_app.py",
    "sim/experiment/scale.py", "sim/experiment/tipping.py", "sim/experiment/spec.py", "sim/cli/app.py",
    "sim/cli/doctoring.py", "sim/cli/running.py", "sim/cli/scaling.py", "sim/cli/fitting.py", "sim/cli/showing.py",
    "sim/cli/scenarios.py", "sim/cli/worlds.py", "sim/cli/results.py", "sim/cli/sweeping.py", "sim/cli/examining.py",
    "sim/cli/comparing.py", "sim/cli/doubting.py", "sim/cli/causing.py", "sim/experiment/answer.py",
    "sim/experiment/headline.py", "sim/experiment/wording.py", "sim/experiment/weighing.py",
    "sim/experiment/attribution.py", "sim/experiment/placebo.py", "sim/experiment/sensitivity.py",
    "sim/experiment/paired.py", "sim/experiment/legal.py", "sim/experiment/causes.py", "sim/report/page.py",
    "sim/report/twin*.py", "sim/report/figures.py", "sim/report/law_section.py", "sim/report/moving_section.py",
    "sim/report/brief.py", "sim/report/baseline.py", "sim/report/tools_section.py", "sim/report/causes_figure.py",
)  # fmt: skip
SHIPPED = ("experiments/*.yaml", "scenarios/regimes/*.yaml", "sim/report/world.yaml")


def riddles_in(text):
    """Return each phrase of the list that a text has, with what to write."""
    plain = " ".join(re.sub(r"`[^`]*`|```.*?```|\]\([^)]*\)", " ", text, flags=re.DOTALL).split())
    return [
        f"...{plain[max(0, m.start() - 40) : m.end() + 30]}... (write: {better})"
        for pattern, better in RIDDLES.items()
        for m in re.finditer(rf"(?i)(?<!\w)(?:{pattern})(?!\w)", plain)
    ]


def _commands(command, name="rumorlab"):
    yield name, command
    for inner, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{name} {inner}")


def _texts_of(path):
    """Return the text of a source file that somebody may read: strings, but no docstrings and no names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | bare:
            yield node.value


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_in_plain_words(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"^> .*$", "", text, flags=re.MULTILINE) if page == "README.md" else text  # an answer, as printed
    assert riddles_in(text) == []


@pytest.mark.parametrize("pattern", [*SOURCES, *SHIPPED])
def test_messages_and_shipped_files_are_in_plain_words(pattern):
    files = sorted(ROOT.glob(pattern))
    assert files, pattern
    for file in files:
        texts = _texts_of(file) if file.suffix == ".py" else file.read_text(encoding="utf-8").splitlines()
        found = [riddle for text in texts for riddle in riddles_in(text)]
        assert found == [], file


def test_help_texts_are_in_plain_words():
    seen = 0
    for name, command in _commands(typer.main.get_command(app)):
        texts = [command.help or "", *(getattr(option, "help", None) or "" for option in command.params)]
        assert riddles_in("\n".join(texts)) == [], name
        seen += 1
    assert seen > 25


def test_titles_and_descriptions_are_in_plain_words():
    titles = {name: known.words for name, known in OUTCOMES.items()} | {n: words for n, (words, _) in DILIGENCE.items()}
    assert {name: found for name, words in titles.items() if (found := riddles_in(words))} == {}
    assert riddles_in(reference()) == []
    for schema in SCHEMAS.values():
        assert riddles_in(str(schema())) == []


def test_decisions_and_the_newest_changes_have_plain_titles():
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        assert riddles_in(page.read_text(encoding="utf-8").splitlines()[0]) == [], page
    newest = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    assert riddles_in(newest) == []


def test_the_glossary_is_one_page_that_the_readme_and_the_index_name():
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert len(glossary.splitlines()) < 90
    for term in ("user", "channel", "group", "post", "item", "policy", "paired run", "engine", "CSAM", "over-removal"):
        assert re.search(rf"\*\*[^*]*{term}[^*]*\*\*", glossary, re.IGNORECASE), term
    assert "docs/glossary.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "glossary" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")


def test_a_riddle_is_found():
    assert riddles_in("no difference that can be told from chance, at a cost to mind")
    assert not riddles_in("No statistically detectable effect; see `stands here`.")
