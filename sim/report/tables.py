"""Tables of words, as they stand on a page and in Markdown."""

from html import escape

from sim.experiment.headline import TextTable


def as_html(table: TextTable | None) -> str:
    """Return a table as HTML; nothing for none."""
    if table is None:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in table.head)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    note = f"<p class='note'>{escape(table.note)}</p>" if table.note else ""
    return (
        f"<div class='scroll'><table><caption>{escape(table.title)}</caption><tr>{head}</tr>{rows}</table></div>{note}"
    )


def as_markdown(table: TextTable | None) -> list[str]:
    """Return a table as lines of Markdown, an empty one at the end; nothing for none."""
    if table is None:
        return []
    lines = [f"**{table.title}**", "", _line(table.head), _line(("---",) * len(table.head)), *map(_line, table.rows)]
    return [*lines, "", *([table.note, ""] if table.note else [])]


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
