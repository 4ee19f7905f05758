"""Why predictions are off where they are: of refuted numbers of the tour, and of the worst case of each family."""

from collections.abc import Mapping
from typing import NamedTuple


class Family(NamedTuple):
    """What the simulated cases of a family are, and why the worst of them is off."""

    title: str
    reason: str


REASONS: Mapping[tuple[str, str], str] = {}
"""By topology and number, or subject, or "" for all of the topology."""

FAMILIES: Mapping[str, Family] = {
    name: Family(name, "")
    for name in "mmc ggc lb lb_holdout lb_skew ps ps_lb usl usl_lb usl_ps path visits e2e closed pool hold threads pools nested finite rooms retry forkjoin budgets timeouts".split()
}
FAMILIES["retry, repeats that could overload"] = Family("", "")
