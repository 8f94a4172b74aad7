"""results figure."""

from pathlib import Path

import pandas as pd

from sim.cli.saying import echo
from sim.errors import InputError
from sim.experiment.answers import bands, differences_at
from sim.experiment.claims import mark_of, write_own
from sim.experiment.merge import plan_of_results
from sim.experiment.results import TABLES, open_results, read_whole
from sim.experiment.store import reading
from sim.report.frame import Plots, whole_page
from sim.report.space_figures import along_axis
from sim.report.space_figures import bands as bands_figure
from sim.scenario.places import shown


def figure_command(
    folder: Path, *, outcome: str | None, along: str | None, measure: str | None, classes: list[str], out: Path | None
) -> None:
    """Write one figure of a sweep as a page."""
    if (outcome is None) == (measure is None) or (outcome is not None and along is None):
        raise InputError("give --outcome NAME with --along PATH (differences), or --measure NAME (bands over time)")
    with reading(folder):
        _figure(folder, outcome=outcome, along=along, measure=measure, classes=classes, out=out)


def _figure(
    folder: Path, *, outcome: str | None, along: str | None, measure: str | None, classes: list[str], out: Path | None
) -> None:
    manifest, runs = open_results(folder)
    plan, plots = plan_of_results(manifest, folder), Plots()
    if outcome is not None and along is not None:
        points = manifest["points"]
        rows = [row for point in sorted(runs["point"].unique()) for row in differences_at(plan, runs, int(point))]
        figure = along_axis(plan, pd.DataFrame(rows), pd.DataFrame(points), outcome, along)
        name = f"{outcome}-along-{along}"
    else:
        path = folder / TABLES / "ticks.parquet"
        if not path.is_file():
            raise InputError(f"{shown(folder)}: kept no table of ticks: add `keep: [ticks]` to the experiment")
        assert measure is not None
        hours = plan.arms[0].scenario.time.tick_hours
        quantiles = bands(
            read_whole(path).to_pandas(), measure, classes=tuple(classes), ticks_a_day=max(1, round(24 / hours))
        )
        words = measure.replace("_", " ")
        what = f"{words} of {', '.join(classes)}" if classes else words
        figure = bands_figure(plan, quantiles, what, f"{words} a day")
        name = f"{measure}-over-time"
    page = out or folder / f"{name}.html"
    mark = mark_of("figure", manifest.get("claim"), name, classes)
    write_own(page, whole_page(plan.name, [mark, f"<section>{plots.place(figure)}</section>"]), mark)
    echo(shown(page))
