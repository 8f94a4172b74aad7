"""The commands on experiments, and `rumorlab experiment`. Heavy imports wait until a command needs them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.cli.options import Crowd, Json, Out, Set, Workers, study_file

commands = typer.Typer()
"""Commands of the root."""
experiment_app = typer.Typer(name="experiment", help="Check and plan experiments.", no_args_is_help=True)


@commands.command()
def sweep(
    experiment: Annotated[
        Path, typer.Argument(metavar="EXPERIMENT", help="Experiment with a parameter space.", parser=study_file)
    ],
    pairs: Annotated[int | None, typer.Option("--pairs", min=1, help="Paired runs at every point.")] = None,
    workers: Workers = None,
    dask: Annotated[
        str | None, typer.Option("--dask", metavar="ADDRESS|local", help="Run on a Dask cluster, or start one here.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help="Only this part of the runs, for array jobs.")
    ] = None,
    point: Annotated[int | None, typer.Option("--point", min=0, help="Only the runs at this point.")] = None,
    arm: Annotated[str | None, typer.Option("--arm", help="Only the runs of this policy (arm).")] = None,
    pair: Annotated[int | None, typer.Option("--pair", min=0, help="Only the runs of this pair.")] = None,
    set_: Set = None,
    out: Out = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume in an existing folder: run only what is missing.")
    ] = False,
    crowd: Crowd = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Progress as JSON lines on standard error.")] = False,
    json: Json = False,
) -> None:
    """Run every policy at every point of a parameter space; save results continuously and summarise the differences.

    Example: rumorlab sweep experiments/takedown-space.yaml --pairs 4
    """
    import os

    from sim.cli.sweeping import sweep_command

    sweep_command(
        experiment, pairs=pairs, workers=workers or os.cpu_count() or 1, dask=dask, shard=shard, point=point, arm=arm,
        pair=pair, overrides=set_ or [],
        out=out, resume=resume, crowd=crowd, quiet=quiet, log=log, as_json=json,
    )  # fmt: skip


@commands.command()
def calibrate(
    file: Annotated[Path, typer.Argument(metavar="CALIBRATION", help="Calibration file.", parser=study_file)],
    trials: Annotated[int | None, typer.Option("--trials", min=2, help="Number of points tried.")] = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Calibrate assumed parameters to measured figures; report the best fit and the spread of all good fits.

    Example: rumorlab calibrate believers.yaml --trials 40
    """
    from sim.cli.fitting import calibrate_command

    calibrate_command(file, trials=trials, out=out, as_json=json)


@commands.command()
def tip(
    experiment: Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="Experiment file.", parser=study_file)],
    lever: Annotated[str, typer.Option("--lever", metavar="PATH", help="Parameter that is varied, in all policies.")],
    low: Annotated[float, typer.Option("--low", help="Its lowest value.")],
    high: Annotated[float, typer.Option("--high", help="Its highest value.")],
    arm: Annotated[str, typer.Option("--arm", help="Policy (arm) compared with the reference.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Outcome whose difference is used.")],
    bound: Annotated[float, typer.Option("--bound", help="Threshold of the difference.")] = 0.0,
    unit: Annotated[str, typer.Option("--unit", help="Unit of the parameter, if it is a duration: h, days.")] = "",
    steps: Annotated[int, typer.Option("--steps", min=1, max=40, help="Number of bisection steps.")] = 6,
    pairs: Annotated[int | None, typer.Option("--pairs", min=2, help="Paired runs at every value.")] = None,
    set_: Set = None,
    json: Json = False,
) -> None:
    """Find the value of a parameter at which the difference between a policy and the reference crosses a threshold.

    Example: rumorlab tip experiments/telegram-moderation.yaml --lever policy.moderation.takedown.delay --unit h --low 1
    --high 240 --arm notice-and-action --outcome illegal_views --bound -0.3
    """
    from sim.cli.fitting import tip_command

    tip_command(
        experiment, lever=lever, low=low, high=high, unit=unit, arm=arm, outcome=outcome, bound=bound, steps=steps,
        pairs=pairs, overrides=set_ or [], as_json=json,
    )  # fmt: skip


@experiment_app.command("check")
def experiment_check(
    experiment: Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="Experiment file.", parser=study_file)],
    set_: Set = None,
) -> None:
    """Check an experiment: its policies (arms), its space, and every value of every axis.

    Example: rumorlab experiment check experiments/takedown-space.yaml
    """
    from sim.cli.sweeping import check_experiment_command

    check_experiment_command(experiment, set_ or [])


@experiment_app.command("plan")
def experiment_plan(
    experiment: Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="Experiment file.", parser=study_file)],
    pairs: Annotated[int | None, typer.Option("--pairs", min=1, help="Paired runs at every point.")] = None,
    workers: Workers = None,
    set_: Set = None,
    json: Json = False,
) -> None:
    """Estimate the number of runs of an experiment, their time and memory, from a short test run.

    Example: rumorlab experiment plan experiments/takedown-space.yaml
    """
    import os

    from sim.cli.sweeping import plan_command

    plan_command(experiment, set_ or [], pairs=pairs, workers=workers or os.cpu_count() or 1, as_json=json)


@commands.command()
def scale(
    file: Annotated[
        Path, typer.Argument(metavar="EXPERIMENT | SCENARIO", help="Experiment, or one scenario.", parser=study_file)
    ],
    size: Annotated[
        list[int] | None,
        typer.Option("--size", min=10, help="A number of users; may be repeated. Default: four sizes."),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=2, help="Paired runs at each size.")] = 4,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0.0, help="Relative difference that counts as agreement.")
    ] = 0.1,
    workers: Workers = None,
    set_: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Test whether outcomes per user and the ranking of policies change with population size.

    Example: rumorlab scale experiments/telegram-moderation.yaml
    """
    from sim.cli.scaling import scale_command

    scale_command(
        file, size or [], seeds=seeds, tolerance=tolerance, workers=workers, overrides=set_ or [], out=out, as_json=json
    )


@commands.command()
def sensitivity(
    experiment: Annotated[
        Path, typer.Argument(metavar="EXPERIMENT", help="Experiment with a file of ranges.", parser=study_file)
    ],
    samples: Annotated[
        int, typer.Option("--samples", min=2, help="Sampled sets of assumptions; a power of 2 for Sobol indices.")
    ] = 32,
    pairs: Annotated[int, typer.Option("--pairs", min=1, help="Paired runs per sampled set of assumptions.")] = 2,
    design: Annotated[
        Literal["latin-hypercube", "sobol"],
        typer.Option(
            "--design", help="Latin hypercube (partial rank correlations), or Sobol indices (many more runs)."
        ),
    ] = "latin-hypercube",
    workers: Workers = None,
    set_: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Sensitivity analysis: whether conclusions hold when assumptions are varied, and which of them matter most.

    Example: rumorlab sensitivity experiments/telegram-moderation.yaml
    """
    import os

    from sim.cli.doubting import sensitivity_command

    sensitivity_command(
        experiment, kind=design, samples=samples, pairs=pairs, workers=workers or os.cpu_count() or 1,
        overrides=set_ or [], out=out, as_json=json,
    )  # fmt: skip


@commands.command()
def causes(
    experiment: Annotated[
        Path, typer.Argument(metavar="EXPERIMENT", help="Experiment with causal `paths`.", parser=study_file)
    ],
    outcome: Annotated[str, typer.Option("--outcome", help="Outcome that is decomposed.")] = "belief_gap",
    arm: Annotated[
        str | None, typer.Option("--arm", help="Policy (arm) whose paths are cut; default: the reference.")
    ] = None,
    pairs: Annotated[int | None, typer.Option("--pairs", min=2, help="Number of paired runs.")] = None,
    workers: Workers = None,
    set_: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Decompose an outcome by causal path: cut the paths in every combination and report Shapley values.

    Example: rumorlab causes experiments/cause-or-effect.yaml --outcome belief_gap
    """
    from sim.cli.causing import causes_command

    causes_command(
        experiment, arm=arm, outcome=outcome, pairs=pairs, workers=workers, overrides=set_ or [], out=out, as_json=json
    )
