"""Ten components that call each other, sixty machine types and a hundred replicas for each: always the same text."""

import random

SPEEDS = 15
SIZES = (2, 4, 8, 16)


def ten(objective: str, extra: str = "") -> str:
    """The topology with an objective such as `total.p99 < 220ms`."""
    draw = random.Random(3)
    machines, components = [], []
    for kind in range(SPEEDS):
        speed = round(draw.uniform(0.8, 1.6), 2)
        core = draw.uniform(0.035, 0.06) * speed**0.9
        for cores in SIZES:
            price = round(core * cores * (1.0 + 0.02 * draw.random()), 4)
            machines.append(f"  t{kind}.{cores}: {{cores: {cores}, speed: {speed}, price: {price}}}")
    names = ", ".join(line.split(":")[0].strip() for line in machines)
    for index in range(10):
        callees = [f"s{k}: 1" for k in (2 * index + 1, 2 * index + 2) if k < 10]
        calls = f", calls: {{{', '.join(callees)}}}" if callees else ""
        time = f"{{mean: {round(draw.uniform(2, 15), 1)}ms, cv: {draw.choice([0.7, 1, 1, 1.5])}}}"
        scaling = f"scaling: {{machines: [{names}], replicas: 1..100}}"
        components.append(f"  s{index}: {{kind: server, replicas: 4, machine: t0.4, time: {time}{calls}, {scaling}}}")
    alerts = [f"  - {{name: s{k}-cpu, when: s{k}.cpu > 75%}}" for k in range(10)]
    lines = ["version: 1", "name: Ten", "workload: {rate: 1000/s}", "machines:", *machines, "components:", *components]
    return "\n".join([*lines, f"slos: [{objective}]", "alerts:", *alerts, extra, ""])
