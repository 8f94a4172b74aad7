"""The frame of a page: one HTML file that opens offline and asks no server for anything."""

import json
from html import escape
from pathlib import Path
from typing import Any

from sim.report.twin_section import embed

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_DRAW = """
for (const el of document.querySelectorAll(".plot")) {
  const fig = JSON.parse(document.getElementById(el.dataset.figure).textContent);
  Plotly.newPlot(el, fig.data, fig.layout, { responsive: true, displayModeBar: false });
}
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach(el => { el.open = true; });
  document.querySelectorAll(".plot").forEach(el => Plotly.Plots.resize(el));
});
"""


class Plots:
    """Collects figures; each becomes a place on the page and its data."""

    def __init__(self) -> None:
        self.count = 0

    def place(self, figure: Any) -> str:
        """Return the place of one more figure."""
        self.count += 1
        name = f"figure-{self.count}"
        data = embed(json.loads(figure.to_json()))
        return (
            f'<div class="plot" data-figure="{name}"></div><script type="application/json" id="{name}">{data}</script>'
        )


def whole_page(title: str, body: list[str], script: str = "") -> str:
    """Return a page with a title, its sections, and the figures that they placed."""
    from plotly.offline import get_plotlyjs

    style = (_HERE / "style.css").read_text("utf-8")
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)} – Rumorlab</title><link rel='icon' href='data:,'><style>{style}</style></head><body><main>"
        + "\n".join(body)
        + f"</main><script>{get_plotlyjs()}</script><script>{_DRAW}</script><script>{script}</script></body></html>\n"
    )
