"""Sphinx: `make site` builds the documentation into docs/_build, warnings as errors."""

import re
from pathlib import Path

project = "Rumorlab"
author = "the Rumorlab developers"
release = re.search(  # type: ignore[union-attr]
    r'^version = "(.+?)"', (Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(), re.MULTILINE
).group(1)
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Rumorlab {release}"
html_static_path: list[str] = []
html_extra_path: list[str] = []
suppress_warnings = ["misc.highlighting_failure"]
nitpicky = False
