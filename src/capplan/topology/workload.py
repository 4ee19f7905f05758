"""The load: how many requests arrive, of which kinds, from where, and how that grows."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from capplan import units
from capplan.topology.calls import CALLEE, CallNumber
from capplan.topology.fields import Duration, Fraction, ListOf, Number, Quantity, Shares, Text
from capplan.topology.forms import NAME, Form, Record, Reference, Schema, expect_text, fault, shown
from capplan.topology.patience import NO_RETRIES, Retries, RetriesForm
from capplan.topology.times import Time
from capplan.units import DAY, GROWTH, Growth

_FRACTION_OR_MORE = CallNumber()


class GrowthForm(Form):
    """`5%/month`."""

    def read(self, value: Any) -> Growth:
        return (
            value if isinstance(value, Growth) else units.parse_growth(expect_text(value, "a growth such as 5%/month"))
        )

    def schema(self, reference: Reference) -> Schema:
        return reference(GROWTH)


class ProfileForm(Form):
    """A list of fractions of the rate, over a day or a week. (A CSV file's name is replaced by its numbers before.)"""

    _numbers = ListOf(
        _FRACTION_OR_MORE, "a list of fractions of `rate` such as [0.2, 0.5, 1], or a CSV file beside the topology"
    )

    def read(self, value: Any) -> tuple[float, ...]:
        numbers: tuple[float, ...] = self._numbers.read(value)
        if len(numbers) < 2 or not sum(numbers) > 0:
            raise fault("the profile has too few numbers", "at least two, one of them above 0; 24 for a day's hours")
        return numbers

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [{**self._numbers.schema(reference), "minItems": 2}, {"type": "string", "pattern": r"\.csv$"}]}


class OriginForm(Form):
    """The name of a location, or the shares of several."""

    _shares = Shares(Quantity(units.FRACTION), "shares by location: {eu: 60%, us: 40%}")

    def read(self, value: Any) -> Mapping[str, float]:
        if isinstance(value, str):
            return {Text(NAME, "the name of a location").read(value): 1.0}
        if isinstance(value, Mapping):
            return self._shares.read(value)
        raise fault(f"{shown(value)} stands here", "the name of a location, or shares by location")

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [{"type": "string", "pattern": NAME}, {**self._shares.schema(reference), "minProperties": 1}]}


class Workload(Record):
    """What arrives, all requests together."""

    title: ClassVar[str] = "the workload"
    constraints: ClassVar[Mapping[str, Any]] = {
        "oneOf": [{"required": ["rate"]}, {"required": ["users"]}],
        "dependentRequired": {"think_time": ["users"], "burstiness": ["rate"]},
    }

    rate: Annotated[float, Quantity(units.RATE, above=True)] | None = Field(
        default=None,
        description=(
            "Arrival rate of all requests together, e.g. 200/s: an open workload, Poisson unless `burstiness`"
            " says otherwise."
        ),
    )
    users: Annotated[float, Quantity(units.COUNT, above=True)] | None = Field(
        default=None,
        description=(
            "Instead of `rate`: users who each wait for their answer and think before they ask again (a "
            "closed workload)."
        ),
    )
    think_time: Time | None = Field(
        default=None,
        description="With `users`: the time between an answer and the next request, a random time; 0 unless said.",
    )
    burstiness: Number = Field(
        default=1.0,
        description="Squared coefficient of variation of the time between arrivals; 1 (Poisson) unless said.",
    )
    profile: Annotated[tuple[float, ...], ProfileForm()] = Field(
        default=(),
        description=(
            "Load over a day, or over a week (7 or 168 numbers), as fractions of `rate`: a list of numbers, "
            "or a CSV file beside the topology."
        ),
    )
    growth: Annotated[Growth | None, GrowthForm()] = Field(
        default=None, description="Growth of the load, compound, e.g. 5%/month; none unless said."
    )

    @property
    def profile_span(self) -> float:
        """The seconds that the profile spans: a day, or a week."""
        return 7 * DAY if len(self.profile) in (7, 168) else DAY


class Request(Record):
    """A kind of request that users send."""

    title: ClassVar[str] = "a request"
    inferred: ClassVar[frozenset[str]] = frozenset({"name"})

    name: str = ""
    share: Fraction = Field(
        default=1.0, description="Its part of the workload; the shares of all requests sum to 1. 1 unless said."
    )
    to: Annotated[str, Text(CALLEE, "a component or an endpoint", "`component` or `component.endpoint`")] = Field(
        description=(
            "Where it enters: `component.endpoint`, or `component` for the endpoint that bears the request's "
            "name, else the default one."
        ),
    )
    timeout: Annotated[float, Quantity(units.DURATION, above=True)] | None = Field(
        default=None,
        description=(
            "The client's patience: a request that outlasts it has failed, e.g. 10s; endless where nothing is said."
        ),
    )
    retries: Annotated[Retries, RetriesForm()] = Field(
        default=NO_RETRIES,
        description=(
            "The most repeats after a failure, or `{max: 2, budget: 20%}`: at most so many repeats per first attempt, "
            "over all requests of the kind; 0 unless said."
        ),
    )
    backoff: Duration = Field(default=0.0, description="Pause before a repeat, e.g. 1s; 0 unless said.")
    origin: Annotated[Mapping[str, float], OriginForm()] = Field(
        default={},
        alias="from",
        description="Where its users are: a location, or the shares of several, which sum to 1.",
    )

    @property
    def component(self) -> str:
        """The component that it enters at."""
        return self.to.partition(".")[0]

    @property
    def endpoint(self) -> str | None:
        """The endpoint that it names, if it names one."""
        return self.to.partition(".")[2] or None
