"""Whether a story can be played."""

from capplan.simulation.homes import Place, places
from capplan.simulation.loads import Steps
from capplan.simulation.stories.rollouts import spare
from capplan.simulation.stories.story import Deployed, Lost, Site, Story


def check(story: Story) -> None:
    """See that a story can be played.

    Raises:
        ValueError: it cannot; the message says why.
    """
    if not (story.duration > 0.0 and story.tick > 0.0 and story.warmup >= 0.0):
        raise ValueError("a story has a duration and a tick above 0, and a warm-up of at least 0")
    if isinstance(story.load, Steps) and not story.load.period > 0.0:
        raise ValueError("the steps of a load take no time")
    for site in story.sites:
        _site(story, site)
    _apart(story)
    known = range(len(story.sites))
    if not {one.site for one in story.scalers} | {one.site for one in story.frailties} <= set(known):
        raise ValueError("someone looks after a site that the story does not have")
    for happening in story.happenings:
        if not (happening.at >= 0.0 and happening.until >= happening.at):
            raise ValueError(f"{happening.name} begins at 0 or later and ends after it has begun")
        if isinstance(happening.effect, Lost | Deployed) and happening.effect.site not in known:
            raise ValueError(f"{happening.name} happens at a site that the story does not have")
    _managed(story)


def _managed(story: Story) -> None:
    """See that there are places enough for deployments and autoscalers."""
    most = [site.ready for site in story.sites]
    for scaler in story.scalers:
        site = story.sites[scaler.site]
        if not (0 < scaler.least <= scaler.most and scaler.interval > 0.0 and scaler.target > 0.0):
            raise ValueError(
                f"the autoscaler of {site.name} has 1 <= least <= most, and an interval and a target above 0"
            )
        if scaler.most > site.replicas:
            raise ValueError(f"{site.name} has places for {site.replicas} replicas, its autoscaler for {scaler.most}")
        most[scaler.site] = max(most[scaler.site], scaler.most)
    if len({scaler.site for scaler in story.scalers}) < len(story.scalers):
        raise ValueError("a site has two autoscalers")
    for happening in story.happenings:
        what = happening.effect
        if isinstance(what, Deployed):
            site, needed = story.sites[what.site], most[what.site] + spare(what, most[what.site])
            if needed > site.replicas:
                raise ValueError(
                    f"{happening.name} needs places for {needed} replicas of {site.name}; there are {site.replicas}"
                )


def _site(story: Story, site: Site) -> None:
    stations = [story.network.stations[index] for index in site.stations]
    gates = [story.network.gates[index] for index in site.gates]
    groups = [(one.name, one.group) for one in stations] + [(one.name, one.group) for one in gates]
    for name, group in groups:
        if group.replicas != site.replicas:
            raise ValueError(f"{name} has {group.replicas} replicas, {site.name}, where it is, {site.replicas}")
    if not 0 <= site.ready <= site.replicas:
        raise ValueError(f"{site.name} begins with {site.ready} of {site.replicas} replicas")


def _apart(story: Story) -> None:
    """See that no station or gate is at two sites, and that runs stay at the site of their home."""
    stations = {station: site for site in story.sites for station in site.stations}
    gates = {gate: site for site in story.sites for gate in site.gates}
    if len(stations) < sum(len(site.stations) for site in story.sites):
        raise ValueError("a station is at two sites")
    if len(gates) < sum(len(site.gates) for site in story.sites):
        raise ValueError("a gate is at two sites")
    for task in story.network.tasks:
        home = None if task.gate is None else gates.get(task.gate)
        for visit, place in zip(task.visits, places(story.network, task)[1], strict=True):
            site = None if visit.station is None else stations.get(visit.station)
            if place is Place.SETTLES:
                home = site
            elif place is Place.HOME and site is not home:
                raise ValueError(f"{task.name} is at home at one site, and visits the same replica of another")
