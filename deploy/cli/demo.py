"""`mesh demo`: the whole mesh, one year, all three payments, judged to the yen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.console import ERRORS, say_json
from deploy.cli.options import DEMO, HomeOption, JsonOption, home_of

if TYPE_CHECKING:
    from simulation.experiments import Experiment

EXPERIMENTS = (
    "bank-line-removed",
    "bank-line-added",
    "confirmed-line-removed",
    "confirmed-line-added",
)

SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same year.")]
InstalmentsOption = Annotated[
    int,
    typer.Option(
        "--instalments", min=1, max=10, help="Walk only the first instalments of the ten."
    ),
]
ExperimentOption = Annotated[
    str | None,
    typer.Option(
        "--experiment",
        metavar="NAME",
        help="Damage one file on its way; the demo must then fail and name it: "
        f"{', '.join(EXPERIMENTS)}.",
    ),
]
ResultsOption = Annotated[
    Path | None,
    typer.Option(
        "--results",
        help="Where summary.json, statement.csv and the logs go.",
        show_default="out/demo of the checkout",
    ),
]


def demo(
    home: HomeOption = None,
    *,
    seed: SeedOption = 1,
    instalments: InstalmentsOption = 10,
    experiment: ExperimentOption = None,
    results: ResultsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a mesh, walk it through a year of payments, and account for every yen.

    Exit code 0 only if nothing is lost, doubled or unexplained; everything started is stopped.
    It has a home of its own (HOME/demo) and free ports, so it runs beside `mesh up`.

    Example: mesh demo --seed 7 --instalments 2
    """
    chosen = _experiment(experiment)
    place = home_of(home)
    from deploy.cli.run_demo import run_demo, show_figures
    from deploy.home import CHECKOUT, Home

    figures = run_demo(
        Home(place.path / DEMO),
        seed=seed,
        instalments=instalments,
        results=results or CHECKOUT / "out" / "demo",
        experiment=chosen,
    )
    if as_json:
        say_json(figures)
    else:
        show_figures(figures)
    for failure in figures["failures"]:
        ERRORS.print("[red]✗[/red]", end=" ")
        ERRORS.print(failure, highlight=False, markup=False)
    raise typer.Exit(1 if figures["failures"] else 0)


def _experiment(name: str | None) -> Experiment | None:
    if name is None:
        return None
    if name not in EXPERIMENTS:
        message = f"{name} is no experiment; there are {', '.join(EXPERIMENTS)}"
        raise typer.BadParameter(message, param_hint="--experiment")
    from simulation.experiments import Experiment

    return Experiment(name)
