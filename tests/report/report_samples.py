"""Analyses made by hand: a healthy one, a troubled one and an overloaded one, for the tests of the forms."""

from dataclasses import replace

from capplan.checks.records import AlertState, Analysis, NotifyDelay, Objective
from capplan.prediction.records import (
    PERCENTILES,
    Capacity,
    ComponentPrediction,
    Cost,
    Latency,
    Note,
    Overload,
    Prediction,
    RequestPrediction,
    Share,
    Working,
)


def latency(mean: float) -> Latency:
    """Percentiles of an exponential time, rounded to the microsecond, so that figures are easy to recognise."""
    factors = (0.693, 2.303, 2.996, 4.605, 6.908)
    return Latency(mean=mean, percentiles={p: round(mean * f, 6) for p, f in zip(PERCENTILES, factors, strict=True)})


def component(name: str, kind: str, cpu: float | None, **changes: object) -> ComponentPrediction:
    """A component with ordinary figures; `changes` replace any of them."""
    plain = ComponentPrediction(
        name=name,
        kind=kind,
        replicas=1,
        machine="m6i.large",
        rate=200.0,
        throughput=200.0,
        utilisation={"cpu": cpu, "memory": None, "disk": None, "network": 0.02},
        queue_length=0.8,
        in_service=3.0,
        wait=latency(0.004),
        latency=latency(0.019),
        error_rate=0.0,
        cost=0.096,
        workings=(Working(resource="cpu", method="mmc", symbols={"lambda": 200.0, "c": 6.0, "rho": 0.5}),),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def share(name: str, wait: float, service: float, part: float, network: float = 0.0005) -> Share:
    """One row of where the time goes."""
    return Share(component=name, visits=2.0, wait=wait, service=service, network=network, share=part)


def request(name: str, rate: float, mean: float, success_rate: float = 1.0) -> RequestPrediction:
    """A request class whose time goes to three components."""
    return RequestPrediction(
        name=name,
        rate=rate,
        throughput=rate,
        success_rate=success_rate,
        latency=latency(mean),
        breakdown=(
            share("app", mean * 0.1, mean * 0.4, 0.5),
            share("db[replica]", mean * 0.3, mean * 0.1, 0.4),
            share("lb", 0.0, mean * 0.1, 0.1),
        ),
    )


def healthy() -> Analysis:
    """Every objective holds; the app's CPU is the bottleneck."""
    components = (
        component("lb", "balancer", 0.05, wait=latency(0.0), machine="c6i.large"),
        component("app", "server", 0.512, replicas=3, cost=0.288),
        component("db[replica]", "database", 0.3, machine=None, cost=None, details={"readers": 2.0}),
    )
    requests = (request("checkout", 50.0, 0.045, success_rate=0.99987), request("browse", 150.0, 0.03))
    prediction = Prediction(
        topology="Hello",
        file="hello.yaml",
        rate=200.0,
        throughput=200.0,
        stable=True,
        capacity=Capacity(max_rate=391.2, component="app", resource="cpu", headroom=0.488753),
        total=RequestPrediction(
            name="total", rate=200.0, throughput=200.0, success_rate=0.99997, latency=latency(0.03375)
        ),
        requests={each.name: each for each in requests},
        components={each.name: each for each in components},
        overloads=(),
        cost=Cost(currency="USD", hour=0.384, month=280.32),
        notes=(Note(code="not-modelled", message="`deploy` is not modelled yet", where="components.app.deploy"),),
    )
    return Analysis(prediction=prediction, slos=(slo(),), alerts=(alert(),))


def slo(value: float | None = 0.155, met: bool = True, until: float | None = 352.0) -> Objective:
    """An objective on the p99 of all requests."""
    return Objective(
        name="total.p99",
        metric="total.p99",
        operator="<",
        objective=0.2,
        value=value,
        met=met,
        holds_until_rate=until,
        window=2_592_000.0,
    )


def alert(value: float | None = 0.512, firing: bool = False, fires_at: float | None = 273.4) -> AlertState:
    """An alert on the app's CPU, with a severity and a time to notification."""
    return AlertState(
        name="app-cpu",
        metric="app.cpu",
        operator=">",
        threshold=0.7,
        value=value,
        firing=firing,
        fires_at_rate=fires_at,
        severity="page",
        notify="on-call",
        delay=NotifyDelay(mean=352.5, worst=390.0),
    )


def troubled() -> Analysis:
    """Stable, yet an objective is missed and an alert fires."""
    return replace(healthy(), slos=(slo(value=0.25, met=False, until=160.0),), alerts=(alert(0.81, True),))


def overloaded() -> Analysis:
    """The app's CPU is 30 % over capacity: no latency exists where requests pass it."""
    plain = healthy()
    app = component(
        "app", "server", 1.3, replicas=3, rate=508.0, throughput=391.2, wait=None, latency=None, queue_length=None
    )
    total = replace(plain.prediction.total, rate=508.0, throughput=391.2, latency=None)
    prediction = replace(
        plain.prediction,
        rate=508.0,
        throughput=391.2,
        stable=False,
        capacity=Capacity(max_rate=391.2, component="app", resource="cpu", headroom=-0.298569),
        total=total,
        requests={name: replace(each, latency=None, breakdown=()) for name, each in plain.prediction.requests.items()},
        components={**plain.prediction.components, "app": app},
        overloads=(Overload(component="app", resource="cpu", utilisation=1.3, servers=6, enough=8),),
    )
    return Analysis(prediction=prediction, slos=(slo(value=None, met=False),), alerts=(alert(value=1.3, firing=True),))
