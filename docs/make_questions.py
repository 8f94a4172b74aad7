"""Run the shipped experiments and write a page for each: question, answer, figure, costs, robustness, limits.

python docs/make_questions.py                  # all of them: half an hour on two cores
python docs/make_questions.py riot             # one
"""

import sys
from pathlib import Path

import matplotlib as mpl

from sim.experiment.answer import headline, interval_words, noun, size_words, survival, trade_offs, with_caveat
from sim.experiment.attribution import attribution_sentences
from sim.experiment.beside import run_beside
from sim.experiment.compare import run_plan
from sim.experiment.comparison import Comparison
from sim.experiment.executors import chosen
from sim.experiment.horizon import horizon_words
from sim.experiment.placebo import placebo_sentences
from sim.experiment.plan import load_settled_experiment
from sim.experiment.sensitivity import check_sensitivity
from sim.experiment.spec import is_side_arm
from sim.experiment.sweep import source_text
from sim.outcomes import OUTCOMES
from sim.report.brief import DISCLAIMER
from sim.report.figures import COLOURS
from sim.report.tables import as_markdown

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "rumorlab", "font.size": 9}
ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = (
    "telegram-moderation",
    "moderation-tools",
    "who-is-liable",
    "arrest-shock",
    "law-and-policy",
    "squeeze-the-balloon",
    "cause-or-effect",
    "cause-or-effect-unsorted",
    "riot",
    "forward-limit",
    "takedown-delay",
    "encryption-tradeoff",
    "flooded-queue",
)
LIMITS = {
    "who-is-liable": "Each platform has a world of its own, so that runs share seeds only. " + DISCLAIMER,
    "arrest-shock": "How strongly an arrest chills posting, and how strongly answered requests deter, is assumed: the "
    "policies with and without fear show how much depends on it. Other platforms do not change their policies.",
    "law-and-policy": DISCLAIMER,
    "squeeze-the-balloon": "Who follows, and where to, is assumed within what was observed on Reddit, Parler and "
    "Telegram. Other platforms are modelled from outside: their moderation is a share and a delay by class.",
    "cause-or-effect": "Effects inside the model, over 60 days. No real data identified which is cause and which "
    "is effect.",
    "cause-or-effect-unsorted": "Effects inside the model, over 120 days, in channels and groups that are not sorted "
    "by belief at the start. No real data identified which is cause and which is effect.",
    "riot": "Turnout follows a threshold model (Granovetter 1978) with assumed numbers; the turnout from which a "
    "riot counts as having happened is that of Rotherham on 4 August 2024. No police, no counter-protest.",
    "encryption-tradeoff": "Scanners are assumed to find as much on devices as on servers. Changes of behaviour for "
    "fear of being scanned are not modelled.",
}
EVERYWHERE = (
    "Intervals reflect random variation only, not uncertainty about the assumptions. The population is synthetic; the "
    "few parameters that are calibrated to data are in [validation](../validation.md). "
    "See [what the model does not show](../odd.md#what-it-does-not-show)."
)


def figure(comparison: Comparison, path: Path) -> None:
    """Draw the differences in the first outcomes, with their intervals."""
    from matplotlib import pyplot as plt

    plan = comparison.plan
    arms = [arm for arm in plan.arms if arm.name != plan.reference and not is_side_arm(arm.name)]
    outcomes = plan.outcomes[:4]
    drawn, axes = plt.subplots(
        1, len(outcomes), figsize=(2.6 * len(outcomes) + 1.6, 0.45 * len(arms) + 1.3), sharey=True
    )
    for axis, name in zip(list(axes) if len(outcomes) > 1 else [axes], outcomes, strict=True):
        for row, arm in enumerate(arms):
            found = comparison.difference(arm.name, name)
            if found is None:
                continue
            low, high = (found.difference if edge is None else edge for edge in (found.low, found.high))
            colour = COLOURS[row % len(COLOURS)]
            axis.plot([low, high], [row, row], color=colour, linewidth=2)
            axis.plot(
                [found.difference], [row], "o", color=colour, markerfacecolor=colour if found.settled else "white"
            )
        axis.axvline(0.0, color="#999999", linewidth=0.8)
        axis.set_xlabel(f"{_short(noun(name))}\n({OUTCOMES[name].unit})")
        axis.set_yticks(range(len(arms)), [_short(arm.title) for arm in arms])
        axis.set_ylim(len(arms) - 0.5, -0.5)
    title = next(arm.title for arm in plan.arms if arm.name == plan.reference)
    drawn.suptitle(f"Differences from {title}, 95 % intervals ({plan.design.pairs} paired runs)", fontsize=9)
    drawn.tight_layout()
    drawn.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(drawn)


def _short(words: str, width: int = 30) -> str:
    lines, line = [], ""
    for word in words.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def page(name: str, results: Path) -> str:
    """Run an experiment and return its page."""
    path = ROOT / "experiments" / f"{name}.yaml"
    plan, fixed, _ = load_settled_experiment(path, [], None)
    folder, quiet = results / name, lambda *a: None
    if plan.ranges:
        probing = plan.with_design(pairs=1)
        with chosen(2, None) as (make, room):
            check_sensitivity(
                probing, folder, samples=32, make=make, room=room, settle=fixed, text=source_text(path),
                command=f"rumorlab sensitivity experiments/{name}.yaml --pairs 1",
            )  # fmt: skip
    comparison = run_plan(plan, folder / "compared", workers=2, tell=quiet)
    doubt, doubts = survival(comparison)
    run_beside(comparison, plan, workers=2, tell=quiet)
    figure(comparison, ROOT / "docs" / "questions" / f"{name}.svg")
    days, users = plan.arms[0].scenario.time.days, plan.arms[0].scenario.world.users
    lines = [
        f"# {name}",
        "",
        f"**{' '.join(plan.question.split())}**",
        "",
        f"```sh\nrumorlab compare experiments/{name}.yaml\n```",
        "",
    ]
    lines += [
        f"{len(plan.arms)} policies, {plan.design.pairs} paired runs, {users:,} users, {days} days.",
        "",
        "## The answer",
        "",
    ]
    lines += [
        *(f"- {sentence}" for sentence in [*with_caveat(comparison), *placebo_sentences(comparison)]),
        "",
        *as_markdown(headline(comparison).table),
        " ".join([*horizon_words(comparison), interval_words(comparison)]),
        "",
        f"![Differences]({name}.svg)",
        "",
    ]
    if weighed := as_markdown(trade_offs(comparison)):
        lines += ["## Costs", "", *weighed]
    if attribution := attribution_sentences(comparison):
        lines += ["## What did it", "", *(f"- {sentence}" for sentence in attribution), ""]
    lines += ["## Is it robust to the assumptions?", ""]
    if doubt is not None:
        lines += [*(f"- {sentence}" for sentence in doubts), "", f"`{doubt.command}`", ""]
    else:
        lines += ["Not checked: the experiment names no ranges.", ""]
    lines += ["## Does it hold at other sizes?", "", *(f"- {sentence}" for sentence in size_words(comparison)), ""]
    limits = f"{LIMITS[name]} " if name in LIMITS else ""
    return "\n".join([*lines, "## Limits", "", limits + EVERYWHERE, ""])


def main() -> None:
    """Write the pages that were named, or all, and their index."""
    names = sys.argv[1:] or list(QUESTIONS)
    folder = ROOT / "docs" / "questions"
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.md").write_text(page(name, ROOT / "results" / "questions"), encoding="utf-8")
        print(name, flush=True)
    lines = [
        "# Questions, and what the model answers",
        "",
        "Made by `python docs/make_questions.py`; each page has the command, the answer, a figure,",
        "the costs, how robust the answer is to the assumptions, and limits.",
        "",
    ]
    for name in QUESTIONS:
        question = load_settled_experiment(ROOT / "experiments" / f"{name}.yaml", [], None)[0].question
        lines.append(f"- [{name}](questions/{name}.md): {' '.join(question.split())}")
    (ROOT / "docs" / "questions.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
