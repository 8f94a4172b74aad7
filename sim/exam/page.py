"""The exam as a page of the docs."""

from sim.exam.marking import Mark
from sim.exam.rows import CASES


def exam_page(marks: list[Mark], *, quick: bool) -> str:
    """Return the marks as Markdown, with the wrong engines that each case must reject."""
    passed = sum(m.passed for m in marks)
    command = "rumorlab exam --quick" if quick else "rumorlab exam"
    lines = [
        "# The exam: closed forms",
        "",
        f"Made by `{command} --page docs/exam.md`; {passed} of {len(marks)} passed. Each case is set up by ordinary "
        "options of a scenario and run on the product's own engine. The tolerance is four standard errors of the mean "
        "of what was observed, and a slack for the finite size of the world where a row (`sim/exam/*_rows.py`) has "
        "one.",
        "",
        "| case | crowd | expected | observed | tolerance | observations | verdict | source |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for m in marks:
        verdict = "passed" if m.passed else "**failed**"
        lines.append(
            f"| {m.id} | {m.crowd} | {m.expected:.5g} | {m.observed:.5g} | {m.tolerance:.2g} | {m.observations:,} | "
            f"{verdict} | {m.source} |"
        )
    lines += [
        "",
        "## Wrong engines that must fail",
        "",
        "| case | wrong engine | what it does |",
        "| --- | --- | --- |",
    ]
    for case in CASES:
        for mutant in case.mutants:
            lines.append(f"| {case.id} | {mutant.__name__} | {' '.join((mutant.__doc__ or '').split())} |")
    return "\n".join(lines) + "\n"
