"""What did it, on the page: the tools of each policy against the first outcome and a cost."""

from html import escape

from sim.experiment.answer import noun
from sim.experiment.attribution import NOTE, Attribution, attributed, attribution_sentences
from sim.experiment.comparison import Comparison
from sim.experiment.paired import Difference
from sim.outcomes import OUTCOMES


def tools_section(comparison: Comparison) -> str:
    """Return the section on what each tool of a policy does; nothing where no policy was run without its tools."""
    found = attributed(comparison)
    if not found:
        return ""
    said = "".join(f"<li>{escape(words)}</li>" for words in attribution_sentences(comparison) if words != NOTE)
    tables = "".join(_table(rows) for rows in found)
    return (
        f"<section id='tools'><h2>What did it</h2><ul class='answer'>{said}</ul>{tables}"
        f"<p class='note'>{escape(NOTE)}</p></section>"
    )


def _cell(found: Difference) -> str:
    interval = "" if found.low is None else f" ({found.low:+z.3g} to {found.high:+z.3g})"
    return f"<td class='number'>{found.difference:+z.3g}{interval}</td>"


def _table(rows: list[Attribution]) -> str:
    body = ""
    for one in rows:
        body += f"<tr class='apart'><td>{escape(one.title)}</td><td>in all</td>{_cell(one.whole)}<td></td></tr>"
        for part in one.parts:
            body += f"<tr><td></td><td>{escape(part.words)}</td>{_cell(part.part)}{_cell(part.without)}</tr>"
        body += f"<tr><td></td><td>the rest</td>{_cell(one.rest)}<td></td></tr>"
    outcome = rows[0].outcome
    head = (
        "<tr><th>policy</th><th>tool</th><th class='number'>its part (95 % interval)</th>"
        "<th class='number'>policy without it</th></tr>"
    )
    return (
        f"<h3>{escape(noun(outcome))} ({escape(OUTCOMES[outcome].unit)})</h3>"
        f"<div class='scroll'><table>{head}{body}</table></div>"
    )
