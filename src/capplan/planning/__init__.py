"""Options, search and recommendation: the cheapest plan that holds every objective, what was refused, and why."""
