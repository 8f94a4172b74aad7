"""Rewrite the parameter tables of docs/odd.md: values of the shipped scenario, units, ranges, sources.

python docs/make_odd.py
"""

import re
from pathlib import Path

from sim.scenario.fields import write_duration
from sim.scenario.levers import field_at, range_of, source_of
from sim.scenario.origins import origins

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "odd.md"
SCENARIO = ROOT / "scenarios" / "telegram.yaml"
_MARK = re.compile(r"(<!-- parameters: (?P<parts>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{key} {part}" for key, part in value.items() if key != "kind")
        return f"{value['kind']}: {inner}" if "kind" in value else inner or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _row(path: str, value: object) -> str:
    info = field_at(path)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    unit = str(extra.get("unit", ""))
    written = write_duration(value) if "duration" in unit and isinstance(value, int | float) else _shown(value)
    cells = [f"`{path}`", info.description or "", unit, written, range_of(info), source_of(info)]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _table(parts: list[str], rows: dict[str, object]) -> str:
    lines = ["| parameter | meaning | unit | value | range | source |", "| --- | --- | --- | --- | --- | --- |"]
    mine = [path for path in rows if any(path == part or path.startswith(f"{part}.") for part in parts)]
    return "\n".join(lines + [_row(path, rows[path]) for path in mine]) + "\n"


def page(text: str) -> str:
    """Return the page with up-to-date tables."""
    rows: dict[str, object] = {}
    for origin in origins(SCENARIO, []):
        steps = origin.path.split(".")
        if not any(step.isdigit() for step in steps):
            rows[origin.path] = origin.value
    return _MARK.sub(lambda m: m[1] + _table(m["parts"].split(), rows) + m[3], text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
