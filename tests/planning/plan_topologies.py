"""Small random topologies for plans: every kind, law and wish that a plan must understand, the same for the same seed.

A topology is made in two steps: components and what may change of them, here; then a load and objectives that bind.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from plan_objectives import Written, objectives

MOST_CHOICES = 60
POLICIES = ("random", "round_robin", "least_connections", "power_of_two", "ip_hash")
PRICES = (0.1, 0.2, 0.3, 0.05, 0.15, 0.6, 0.4)
"""Multiples of one another, so that plans tie."""


def drawn(seed: int, choices: int = MOST_CHOICES, *, bent: bool = False, slowed: bool = False) -> str:
    """The text of a topology with objectives that bind and at most so many choices.

    Args:
        seed: draws everything.
        choices: the most that `scaling` may leave.
        bent: whether threads are held, queues full, calls late and repeated as well.
        slowed: whether cores and replicas slow each other down.
    """
    random = Random(seed)
    text = Drawing(random, choices, bent=bent).topology()
    if slowed:
        _slow_down(Random(seed), text)
    return json.dumps(objectives(random, text), indent=1)


def _slow_down(random: Random, text: Written) -> None:
    """Components whose cores or replicas slow each other down, some of them so much that more do less."""
    for component in text["components"].values():
        if "machine" not in component or random.random() < 0.2:
            continue
        law: Written = {}
        if random.random() < 0.7:
            law |= {
                "contention": random.choice((0, 0.02, 0.1, 0.3)),
                "coherency": random.choice((0, 0.001, 0.05, 0.15)),
            }
        if random.random() < 0.7:
            contention, coherency = random.choice((0, 0.02, 0.1)), random.choice((0, 0.002, 0.05, 0.12))
            law["across_replicas"] = {"contention": contention, "coherency": coherency}
        component["scalability"] = law
        if random.random() < 0.2:
            component["discipline"] = "ps"


@dataclass
class Drawing:
    """One topology in the making.

    Attributes:
        random: draws everything.
        choices: the most that `scaling` may leave.
        machines, components, requests: what there is so far.
        bent: whether threads may be held, queues full, and calls late and repeated.
    """

    random: Random
    choices: int
    machines: Written = field(default_factory=dict)
    components: Written = field(default_factory=dict)
    requests: Written = field(default_factory=dict)
    bent: bool = False

    def chance(self, probability: float) -> bool:
        """True as often as that."""
        return self.random.random() < probability

    def topology(self) -> Written:
        """Everything but the load and what must hold."""
        self._machines()
        if self.chance(0.2):
            self._lanes()
        else:
            entry = self._entry()
            for index in range(self.random.choice((0, 1, 1, 2, 2))):
                self._behind(f"c{index}")
            self._extras()
            self._classes(entry)
        written: Written = {
            "version": 1,
            "workload": {"rate": "100/s"},
            "machines": self.machines,
            "components": self.components,
        }
        if self.requests:
            written["requests"] = self.requests
        if self.chance(0.15):
            written["workload"]["burstiness"] = self.random.choice((0.3, 2.0, 4.0))
        if self.chance(0.25):
            written["locations"] = self._locations()
        self._free()
        return written

    def _machines(self) -> None:
        roomy, wired, priced = self.chance(0.2), self.chance(0.25), self.chance(0.93)
        for name in "wxyz"[: self.random.choice((2, 3, 3, 4))]:
            cores = self.random.choice((0.5, 1, 1, 2, 2, 3, 4))
            machine: Written = {"cores": cores, "family": "f"}
            if self.chance(0.5):
                machine["speed"] = self.random.choice((0.8, 1.3, 2.0))
            if priced:
                machine["price"] = self._price(cores * machine.get("speed", 1.0))
            if roomy:
                machine["memory"] = self.random.choice(("2GB", "4GB", "8GB"))
                machine["disk"] = {"iops": self.random.choice((300, 600, 1200)), "size": "100GB"}
            if wired:
                machine["network"] = self.random.choice(("50Mbps", "100Mbps", "400Mbps"))
            self.machines[name] = machine

    def _price(self, power: float) -> float:
        if self.chance(0.5):
            return self.random.choice(PRICES)
        return round(0.1 * power * self.random.uniform(0.7, 1.3), 4)

    def _time(self) -> str | Written:
        mean = f"{self.random.uniform(1.0, 20.0):.4g}ms"
        law = self.random.choice(("exponential", "cv", "cv", "deterministic", "erlang", "hyperexponential"))
        if law == "exponential":
            return mean
        if law == "deterministic":
            return {"mean": mean, "dist": "deterministic"}
        cv = {"erlang": 0.5, "hyperexponential": 1.8}.get(law, round(self.random.uniform(0.5, 2.0), 2))
        return {"mean": mean, "cv": cv} if law == "cv" else {"mean": mean, "cv": cv, "dist": law}

    def _own(self, kind: str) -> Written:
        """A component with machines of its own."""
        component: Written = {
            "kind": kind,
            "machine": self.random.choice(tuple(self.machines)),
            "replicas": self.random.randint(1, 4),
            "time": self._time(),
        }
        first = next(iter(self.machines.values()))
        if "memory" in first and self.chance(0.6):
            component["memory"] = {"base": "500MB", "per_visit": self.random.choice(("1MB", "50MB", "200MB"))}
        if "disk" in first and self.chance(0.4):
            component["io"] = self.random.choice((1, 2))
        if "network" in first and self.chance(0.5):
            component["response"] = self.random.choice(("5kB", "20kB"))
        if self.chance(0.15):
            component |= {"availability": self.random.choice(("99%", "99.9%"))}
        elif self.chance(0.05):
            component |= {"mtbf": "30d", "mttr": "2h"}
        return component

    def _lanes(self) -> None:
        """Kinds of requests that share nothing but the plan."""
        for lane, length in (("page", self.random.choice((1, 2))), ("ping", 1)):
            for place in range(length):
                self.components[f"{lane}{place}"] = self._own("server")
            if length == 2:
                self.components[f"{lane}0"]["calls"] = {f"{lane}1": self.random.choice((1, 2))}
            self.requests[lane] = {"share": 0.5, "to": f"{lane}0"}

    def _entry(self) -> str:
        self.components["app"] = self._own("server")
        if self.bent and self.chance(0.5):
            self.components["app"]["concurrency"] = self.random.choice((4, 8, 16))
        if self.chance(0.55):
            return "app"
        balancer: Written = {"kind": "balancer", "forwards_to": "app", "policy": self.random.choice(POLICIES)}
        if balancer["policy"] == "ip_hash" and self.chance(0.6):
            balancer["skew"] = self.random.choice((0.3, 0.8))
        elif self.chance(0.15):
            balancer["weights"] = [self.random.choice((1, 2, 3)) for _ in range(self.components["app"]["replicas"])]
        if self.chance(0.4):
            balancer |= {"machine": self.random.choice(tuple(self.machines)), "time": "0.5ms"}
        self.components = {"lb": balancer, **self.components}
        return "lb"

    def _behind(self, name: str) -> None:
        """Another component and who calls it."""
        kind = self.random.choice(("server", "database", "database", "cache", "queue"))
        callers = [other for other, c in self.components.items() if c["kind"] in ("server", "cache")]
        caller = self.random.choice(callers)
        component = self._own(kind)
        self.components[name] = component
        callee = name
        if kind == "database" and self.chance(0.3):
            callee = self._with_readers(name)
        if kind == "queue":
            self.components[f"{name}w"] = self._own("server")
            component |= {"workers": f"{name}w", "time": "0.3ms"}
        self._call(self.components[caller], callee)
        if kind == "database" and self.chance(0.3):
            component["concurrency"] = self.random.choice((10, 20, 40))
        if self.bent and self.chance(0.3):
            component["backlog"] = self.random.choice((5, 30))

    def _with_readers(self, name: str) -> str:
        component = self.components[name]
        component["endpoints"] = {"read": {"time": component["time"]}, "write": {"time": self._time()}}
        component |= {"readers": self.random.choice((1, 2)), "read_endpoints": ["read"]}
        for key in ("time", "io", "response"):
            component.pop(key, None)
        caller = next(c for c in self.components.values() if c["kind"] == "server")
        self._call(caller, f"{name}.write")
        return f"{name}.read"

    def _call(self, caller: Written, callee: str) -> None:
        """One more call, in turn with the others or at the same time as the last."""
        key = "on_miss" if caller["kind"] == "cache" else "calls"
        if key == "on_miss":
            caller["hit_ratio"] = self.random.choice(("60%", "90%"))
        call: Written = {callee: self.random.choice((1, 1, 1, 2))}
        if self.chance(0.2):
            call["probability"] = self.random.choice((0.3, 0.7))
        elif self.chance(0.1):
            call["async"] = True
        if self.chance(0.25):
            call["pool"] = self.random.choice((5, 10))
        if self.bent and "async" not in call and self.chance(0.3):
            call |= {"timeout": self.random.choice(("100ms", "1s")), "retries": self.random.choice((0, 1, 2))}
        calls = caller.setdefault(key, [])
        if calls and "async" not in call and "parallel" not in calls[-1] and self.chance(0.4):
            calls[-1] = {"parallel": [calls[-1], call]}
        else:
            calls.append(call)

    def _extras(self) -> None:
        """What others run, and what shares machines."""
        if self.chance(0.25):
            self.components["pay"] = {"kind": "external", "latency": self._time(), "rate_limit": "1/s"}
            if self.chance(0.5):
                self.components["pay"] |= {"error_rate": "0.2%", "price": "2/million"}
            self._call(self.components["app"], "pay")
        if self.chance(0.15):
            hosts = [name for name, c in self.components.items() if c["kind"] in ("server", "database")]
            kind = self.random.choice(("server", "cache"))
            self.components["side"] = {"kind": kind, "time": self._time(), "host": self.random.choice(hosts)}
            self._call(self.components["app"], "side")

    def _classes(self, entry: str) -> None:
        """Several kinds of requests: to the default endpoint, and to another one with fewer calls."""
        app = self.components["app"]
        if not self.chance(0.35):
            patience: Written = {"timeout": "2s", "retries": self.random.choice((0, 1))} if self.bent else {}
            self.requests["page"] = {"share": 1, "to": entry, **patience}
            return
        calls = app.get("calls", [])
        calls = app.pop("calls", [])
        shared = self.chance(0.5)
        app["endpoints"] = {
            "page": {"time": app.pop("time"), "calls": calls if shared else calls[1:]},
            "ping": {"time": self._time(), "calls": calls[:1]},
        }
        for key in ("io", "response"):
            app.pop(key, None)
        others = [n for n, c in self.components.items() if n.startswith("c") and "endpoints" not in c]
        alone = others and self.chance(0.4)
        self.requests["page"] = {"share": 0.6, "to": entry}
        self.requests["ping"] = {"share": 0.4, "to": self.random.choice(others) if alone else entry}

    def _locations(self) -> Written:
        places: Written = {"local": "0.4ms"} if self.chance(0.5) else {}
        places |= {"here": {"rtt": {"there": "3ms"}, "zones": self.random.choice((2, 3))}, "there": {"zones": 2}}
        for component in self.components.values():
            if "host" not in component:
                component["location"] = self.random.choice(("here", "here", "there"))
        return places

    def _free(self) -> None:
        """What may change: narrowed until few enough choices are left."""
        spans = {name: self._scaling(c) for name, c in self.components.items() if "machine" in c}
        for name in self.random.sample(sorted(spans), len(spans)):
            others = [_choices(span) for other, span in spans.items() if other != name]
            while _product(others) * _choices(spans[name]) > self.choices and spans[name]["scaling"]:
                spans[name] = _narrower(spans[name])
        for name, span in spans.items():
            component = self.components[name]
            written = span["scaling"]
            component["scaling"] = (
                {"fixed": True}
                if not written
                else {"machines": written["machines"], "replicas": f"{written['low']}..{written['high']}"}
            )

    def _scaling(self, component: Written) -> Written:
        if self.chance(0.12) or (component["kind"] == "balancer" and self.chance(0.5)):
            return {"scaling": None}
        count = min(self.random.choice((1, 2, 2, 3)), len(self.machines))
        low = self.random.choice((1, 1, 1, 2))
        span = {"low": low, "high": low + self.random.choice((0, 1, 2, 3))}
        return {"scaling": {"machines": self.random.sample(sorted(self.machines), count), **span}}


def _choices(span: Written) -> int:
    scaling = span["scaling"]
    return (len(scaling["machines"]) + 1) * (scaling["high"] - scaling["low"] + 1) if scaling else 1


def _product(numbers: Sequence[int]) -> int:
    found = 1
    for number in numbers:
        found *= number
    return found


def _narrower(span: Written) -> Written:
    scaling = span["scaling"]
    if scaling["high"] > scaling["low"]:
        return {"scaling": {**scaling, "high": scaling["high"] - 1}}
    return {"scaling": {**scaling, "machines": scaling["machines"][:-1]} if len(scaling["machines"]) > 1 else None}
