"""Every knob of catalog: limits."""

from stoa.kit.limits import Limit

SEARCHES = Limit("catalog.searches", per_caller=240, by="address")
TRIES = Limit("catalog.tries", per_caller=30, by="address")
LIMITS = (SEARCHES, TRIES)

LONGEST_QUERY = 200
