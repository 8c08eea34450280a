"""How often Python looks for garbage, in processes that stay."""

from __future__ import annotations

import gc


def settle() -> None:
    """Leave alone what is loaded by now, and look for garbage in larger heaps; called once, when a process is ready.

    What is loaded stays until the end. Searching it again and again cost every fortieth page a pause longer than the
    page itself, and an evaluation of thousands of KPIs a fifth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
