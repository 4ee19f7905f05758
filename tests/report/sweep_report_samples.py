"""Sweeps made by hand: one of the load, one of two parameters, for the tests of the forms."""

from report_samples import latency

from capplan.studies.sweep_records import Busiest, Finding, Landmark, Parameter, Point, Sweep, Traffic, Value

LOADS = (Value("100/s", 100.0), Value("200/s", 200.0), Value("300/s", 300.0))
RATE = Parameter(path="workload.rate", unit="1/s", values=LOADS)
MACHINES = Parameter(path="components.app.machine", unit="", values=(Value("m6i.large", None), Value("own_[1]", None)))


def point(*values: Value, rate: float, mean: float | None, cost: float | None = 146.0) -> Point:
    """A point; without a mean it is over capacity, above 20 ms its objective is missed."""
    traffic = Traffic(
        rate=rate, throughput=min(rate, 250.0), success_rate=1.0, latency=None if mean is None else latency(mean)
    )
    met = mean is not None and mean <= 0.02
    slo = Finding(name="fast", metric="total.mean", operator="<", threshold=0.02, value=mean, true=met)
    alert = Finding(name="busy", metric="app.cpu", operator=">", threshold=0.7, value=rate / 250, true=rate > 175)
    return Point(
        values=values,
        stable=mean is not None,
        total=traffic,
        requests={"browse": traffic},
        busiest=Busiest("app", "cpu", min(rate / 250.0, 1.0)),
        max_rate=250.0,
        cost=cost,
        slos=(slo,),
        alerts=(alert,),
    )


def landmark(value: Value | None = None) -> Landmark:
    return Landmark(value=value, knee=187.5, max_rate=250.0, component="app", resource="cpu")


def made(parameters: tuple[Parameter, ...], points: tuple[Point, ...], landmarks: tuple[Landmark, ...]) -> Sweep:
    return Sweep(
        topology="Hello [beta]",
        file="hello.yaml",
        currency="USD",
        settings=("components.app.replicas=2",),
        parameters=parameters,
        points=points,
        landmarks=landmarks,
    )


GROWING = made(
    (RATE,),
    tuple(
        point(load, rate=load.number or 0.0, mean=mean) for load, mean in zip(LOADS, (0.01, 0.03, None), strict=True)
    ),
    (landmark(),),
)
BOTH = made(
    (RATE, MACHINES),
    tuple(
        point(load, machine, rate=load.number or 0.0, mean=0.01 if machine.written == "m6i.large" else 0.03, cost=cost)
        for load in LOADS[:2]
        for machine, cost in zip(MACHINES.values, (70.0, 140.0), strict=True)
    ),
    tuple(map(landmark, MACHINES.values)),
)
