"""The command `forecast`: when growth makes each objective fall, each alert fire, and each disk fill."""

from typing import TYPE_CHECKING, Annotated

import typer

from capplan.cli.common import (
    CatalogOnlyOption,
    CatalogOption,
    FormatOption,
    JsonOption,
    PricingOption,
    RateOption,
    SetOption,
    TopologyArgument,
    chosen_catalogue,
    chosen_form,
    chosen_rate,
    load,
)
from capplan.cli.terminal import page, show
from capplan.errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from capplan.units import Growth

GrowthOption = Annotated[
    str | None,
    typer.Option("--growth", metavar="GROWTH", help="Another growth of the load, compound, e.g. 8%/month."),
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="Where it starts, e.g. 2026-11-23; today unless said.")
]
HorizonOption = Annotated[
    str | None,
    typer.Option("--horizon", metavar="TIME", help="How far to look: months, or e.g. 3y; 24 months unless said."),
]


def forecast(
    topology: TopologyArgument = None,
    growth: GrowthOption = None,
    start: FromOption = None,
    horizon: HorizonOption = None,
    rate: RateOption = None,
    settings: SetOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
) -> None:
    """Say when growth breaks things.

    The date at which each SLO falls, each alert starts to fire, the capacity is reached and each disk is full, under
    `workload.growth` and the `growth` of each component's `data`.

    \b
    Examples:
      capplan forecast
      capplan forecast shop.yaml --growth 8%/month --horizon 3y
      capplan forecast shop.yaml --from 2027-01-01 --set components.app.replicas=8 --json
    """
    chosen = chosen_form(form, as_json)
    per_second, grows, begin, ahead = chosen_rate(rate), _growth(growth), _start(start), _horizon(horizon)
    record = load(topology, settings, chosen_catalogue(catalog, catalog_only, pricing))

    from capplan.report.forecast import FORECAST_FORMATS
    from capplan.report.forecast_digest import Dated
    from capplan.studies.forecast import forecast as foreseen

    found = foreseen(record, per_second, grows, ahead)
    dated = Dated(forecast=found, start=begin.isoformat(), date_after=_calendar(begin))
    if chosen == "table":
        from capplan.report.forecast_table import to_table

        show(to_table(dated, page()))
    else:
        show(FORECAST_FORMATS[chosen](dated))


def _growth(text: str | None) -> "Growth | None":
    from capplan.units import UnitError, parse_growth

    if text is None:
        return None
    try:
        return parse_growth(text)
    except UnitError as error:
        raise BadOption(f"--growth: {error}") from None


def _start(text: str | None) -> "date":
    from datetime import date

    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadOption(f"--from: `{text}` is not a date; year, month and day, e.g. 2026-11-23") from None


def _horizon(text: str | None) -> float:
    from capplan.studies.forecast import HORIZON
    from capplan.units import DAY, MONTH, YEAR, Unit, UnitError, parse

    if text is None:
        return HORIZON
    months = {"": MONTH, "month": MONTH, "months": MONTH}
    others = {"d": DAY, "days": DAY, "w": 7 * DAY, "weeks": 7 * DAY, "y": YEAR, "year": YEAR, "years": YEAR}
    unit = Unit("time ahead", "24 (months) or 3y", {**months, **others}, ("d", "w", "months", "y"), bare=True)
    try:
        ahead = float(parse(text, unit))
    except UnitError as error:
        raise BadOption(f"--horizon: {error}") from None
    if ahead <= 0.0:
        raise BadOption(f"--horizon: `{text}` is no time ahead; months, e.g. 24, or years, e.g. 3y")
    return ahead


def _calendar(start: "date") -> "Callable[[float], str | None]":
    """The date so many seconds after a date; None where the calendar ends."""
    from datetime import timedelta

    def date_after(seconds: float) -> str | None:
        try:
            return (start + timedelta(seconds=seconds)).isoformat()
        except OverflowError:
            return None

    return date_after
