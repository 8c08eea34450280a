"""Several acts begun at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

from sextant.core.errors import Refused


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What came of several acts begun at the same moment in threads of their own."""
    gate, results = threading.Barrier(len(acts)), list[object]([None] * len(acts))

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            results[place] = act()
        except Exception as error:  # the test looks at it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def problems_of(results: list[object]) -> list[str]:
    """What the acts that were refused were told; anything but a refusal is a fault and raised."""
    told = []
    for result in results:
        if isinstance(result, Refused):
            told.append(result.problems[0].key)
        elif isinstance(result, Exception):
            raise result
    return told
