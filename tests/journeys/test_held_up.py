"""A Valkey that stands still for a moment makes answers late, never untrue."""

import os
import signal
import threading

from tests.harness.platform import Platform
from tests.harness.study import newcomer, taught


def test_who_gave_a_seat_up_is_refused_at_once_though_valkey_stood_still(split: Platform) -> None:
    course = taught(split, title="Keeping a lighthouse", run="shared")
    learner = newcomer(split, course)
    # Twice: the second answer goes by what was kept of the first.
    learner.units()
    learner.units()
    valkey = split.pid_of("valkey")
    os.kill(valkey, signal.SIGSTOP)
    going_on = threading.Timer(0.6, os.kill, (valkey, signal.SIGCONT))
    going_on.start()

    learner.api.post(f"/enrollment/courses/{course}/withdraw")
    learner.api.get(f"/learn/{course}/outline", expect=403)

    going_on.join()
