"""Every knob of people."""

from stoa.kit.limits import Limit

WRITES = Limit("people.writes", per_caller=60, per_s=60)
LIMITS = (WRITES,)
