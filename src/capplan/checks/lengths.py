"""Round lengths of time: steps of a timeline, ticks of its axis."""

ROUND = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0, 43200.0)
DAY = 86400.0
TIED = 1e-9


def round_length(duration: float, most: int) -> float:
    """The shortest round length of which at most so many make up a duration; whole days where that is longer."""
    fitting = (length for length in ROUND if duration <= length * most * (1.0 + TIED))
    return next(fitting, DAY * max(-(-duration // (DAY * most)), 1.0))
