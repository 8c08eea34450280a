"""Where forecasts are computed: in processes on this machine, or on a Dask or Ray cluster through Fugue.

Every engine calls the same function of the same plain values, so all give the same figures.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np

from sextant.calc.forecast import LEVELS, Floats
from sextant.core.errors import refuse
from sextant.forecasts.members import ENSEMBLE, LIGHT, History, Outcome, forecast_all, has_library

ENGINES = ("local", "dask", "ray")
FEW = 24
"""So many histories are forecast in this process: starting others would take longer."""
CHUNK = 16
Said = Callable[[int], None]


def run(
    histories: Sequence[History], engine: str = "local", *, light: bool = False, said: Said | None = None,
    processes: int | None = None,
) -> list[Outcome]:  # fmt: skip
    """The outcome of each history, in their order. `said` hears how many are done; `processes`: all processors.

    Raises Refused for an engine that is unknown or not installed.
    """
    if engine not in ENGINES:
        raise refuse("engine-unknown", f"There is no engine '{engine}'. Name one of {', '.join(ENGINES)}.", "engine")
    if engine != "local":
        return _on_cluster(histories, engine, light)
    count = processes or os.cpu_count() or 1
    if len(histories) <= FEW or count == 1 or (light and len(histories) <= 20 * FEW):
        return _here(histories, light, said)
    return _in_processes(histories, light, said, count)


def _here(histories: Sequence[History], light: bool, said: Said | None) -> list[Outcome]:
    found = []
    for chunk in _chunks(histories):
        found += forecast_all(chunk, light=light)
        if said is not None:
            said(len(found))
    return found


def _in_processes(histories: Sequence[History], light: bool, said: Said | None, count: int) -> list[Outcome]:
    found: list[Outcome] = []
    # Spawned, not forked: a fork copies the locks of threads that do not live on in it.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        for outcomes in pool.map(partial(forecast_all, light=light), _chunks(histories)):
            found += outcomes
            if said is not None:
                said(len(found))
    return found


def _chunks(histories: Sequence[History]) -> Iterator[Sequence[History]]:
    for first in range(0, len(histories), CHUNK):
        yield histories[first : first + CHUNK]


def _on_cluster(histories: Sequence[History], engine: str, light: bool) -> list[Outcome]:
    """As rows of text through Fugue, which has a frame on every engine. Without an address one is started here."""
    with _cluster(engine) as chosen, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from fugue import transform  # type: ignore[attr-defined]

        rows = pd.DataFrame({"place": range(len(histories)), "told": [_written(history) for history in histories]})
        found = transform(
            rows, forecast_rows, schema="place:long,told:str", params={"light": light}, engine=chosen, as_local=True,
            partition={"num": max(1, min(len(rows), 2 * (os.cpu_count() or 1))), "algo": "even"},
        )  # fmt: skip
        told = dict(zip(found["place"].tolist(), found["told"].tolist(), strict=True))
    return [_read(told[place]) for place in range(len(histories))]


def forecast_rows(rows: list[dict[str, Any]], light: bool) -> Iterable[dict[str, Any]]:
    """Histories as outcomes; runs on the machines of a cluster. Fugue reads from the annotations what to hand over."""
    outcomes = forecast_all([_history(row["told"]) for row in rows], light=light)
    return [{"place": row["place"], "told": _outcome_text(one)} for row, one in zip(rows, outcomes, strict=True)]


@contextmanager
def _cluster(engine: str) -> Iterator[Any]:
    """The engine as Fugue takes it. Raises Refused when it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if engine == "ray":
                import fugue_ray  # noqa: F401 - its import makes the engine known
                import ray

                ray.init(ignore_reinit_error=True, include_dashboard=False, log_to_driver=False)
                yield "ray"
                ray.shutdown()
                return
            import fugue_dask  # noqa: F401 - its import makes the engine known
            from dask.distributed import Client
    except ImportError as error:
        message = f"The engine '{engine}' needs the extra `cluster`: install sextant[cluster] ({error})."
        raise refuse("engine-not-installed", message, "engine") from error
    with Client(os.environ.get("DASK_SCHEDULER_ADDRESS")) as client:
        yield client


def _written(history: History) -> str:
    facts = {name: getattr(history, name) for name in ("frequency", "with_total", "low", "high", "season")}
    return json.dumps({**facts, "values": history.values.tolist(), "steps": list(history.steps)})


def _history(text: str) -> History:
    facts = json.loads(text)
    return History(**{**facts, "values": np.array(facts["values"], dtype=np.float64), "steps": tuple(facts["steps"])})


def _outcome_text(outcome: Outcome) -> str:
    members = {name: fan.tolist() for name, fan in outcome.members.items()}
    total = None if outcome.total is None else outcome.total.tolist()
    return json.dumps({"method": outcome.method, "fan": outcome.fan.tolist(), "total": total, "members": members})


def _read(text: str) -> Outcome:
    facts = json.loads(text)
    total = None if facts["total"] is None else _fan(facts["total"])
    members = {name: _fan(rows) for name, rows in facts["members"].items()}
    return Outcome(facts["method"], _fan(facts["fan"]), total, members)


def _fan(rows: list[list[float]]) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(-1, len(LEVELS))


def method_here(*, light: bool = False) -> str:
    """The method a forecast made now would name."""
    return LIGHT if light or not has_library() else ENSEMBLE
