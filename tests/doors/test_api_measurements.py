"""Pushing values: good points are kept, each bad one says why it was not."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection

from sextant.metrics.models import Measurement
from tests.doors.calls import pusher, script
from tests.make import make_metric
from tests.world import World

pytestmark = pytest.mark.django_db
PATH = "/measurements"


def point(period: str, value: object, metric: str = "waiting-time", **more: object) -> dict[str, object]:
    return {"metric": metric, "period": period, "value": value, **more}


def test_values_are_recorded_and_told_apart(world: World) -> None:
    make_metric()
    call = pusher(world)
    first = call("POST", PATH, {"points": [point("2024-01", 5), point("2024-02", 6, note="Holidays")]})
    assert (first.status, first.body["accepted"], first.body["rejected"]) == (200, 2, [])
    again = call("POST", PATH, {"points": [point("2024-01", 5), point("2024-02", 7)]})
    assert (again.body["accepted"], again.body["unchanged"], again.body["superseded"]) == (1, 1, 1)


def test_a_batch_sent_again_is_answered_again_and_recorded_once(world: World) -> None:
    make_metric()
    call = pusher(world)
    body = {"batch": "night-1", "points": [point("2024-01", 5), point("soon", 6)]}
    first, again = call("POST", PATH, body), call("POST", PATH, body)
    assert again.body == first.body | {"replayed": True}
    assert Measurement.objects.count() == 1


def test_each_bad_point_is_refused_alone(world: World) -> None:
    make_metric()
    points = [
        point("2024-01", 5),
        point("2024-13", 5),
        {"period": "2024-01", "value": 5},
        point("2024-02", [1]),
        "nonsense",
        point("2024-03", 5, colour="red"),
        point("2024-04", "1e400"),
        point("2024-05", None),
        point("2024-06", 5, metric="unknown"),
        point("2024-07", 5, note="\0"),
        point("2024-08", 5, qualifier="x" * 41),
        point("2024-09", True),
        point("2024-10", "12,5 %"),
        point("2024-11", 5, metric="un\0known"),
    ]
    answer = pusher(world)("POST", PATH, {"points": points})
    assert answer.status == 200
    rejected = {one["index"]: one["key"] for one in answer.body["rejected"]}
    assert rejected == {
        1: rejected[1], 2: "bad-point", 3: "bad-point", 4: "bad-point", 5: "bad-point", 6: rejected[6],
        7: "missing-value", 8: "unknown-metric", 9: "unreadable-text", 10: "qualifier-too-long", 11: "bad-point",
        **({12: rejected[12]} if 12 in rejected else {}), 13: "unknown-metric",
    }  # fmt: skip
    assert answer.body["accepted"] == 14 - len(rejected)
    assert all(one["message"] for one in answer.body["rejected"])


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"points": 5}', b'{"points": [], "colour": 1}', b'{"points": null}'])
def test_a_body_of_another_form_is_refused(body: bytes, world: World) -> None:
    refused = pusher(world)("POST", PATH, body)
    assert (refused.status, refused.keys) == (422, ["bad-value"])


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"points": [', b"\xff", b'{"points": [' + b"[" * 50_000, b'{"points": [{"metric": NaN}]}']
)
def test_a_body_that_is_not_json_is_refused(body: bytes, world: World) -> None:
    refused = pusher(world)("POST", PATH, body)
    assert (refused.status, refused.keys) == (400, ["bad-json"])


def test_too_much_at_once_is_refused_whole(world: World) -> None:
    make_metric()
    many = {"points": [point("2024-01", 5)] * 10_001}
    assert pusher(world)("POST", PATH, many).keys == ["too-large"]
    huge = {"points": [point("2024-01", 5, note="x" * 9_000_000)]}
    refused = pusher(world)("POST", PATH, huge)
    assert (refused.status, refused.keys) == (413, ["too-large"])
    assert Measurement.objects.count() == 0


def test_a_batch_name_that_would_be_cut_short_is_refused(world: World) -> None:
    make_metric()
    refused = pusher(world)("POST", PATH, {"batch": "x" * 81, "points": [point("2024-01", 5)]})
    assert (refused.status, refused.keys) == (422, ["bad-batch-key"])


def test_a_push_token_reaches_the_metrics_of_its_team_and_of_the_teams_below_only(world: World) -> None:
    make_metric("here", visibility="team")
    make_metric("there", team=world.surgery)
    answer = pusher(world)("POST", PATH, {"points": [point("2024-01", 1, "here"), point("2024-01", 1, "there")]})
    assert answer.body["accepted"] == 1
    assert [(one["index"], one["key"]) for one in answer.body["rejected"]] == [(1, "unknown-metric")]


def test_what_changed_since_the_last_push_counts_at_once(world: World) -> None:
    metric = make_metric("beds")
    call, lea = pusher(world), script(world, "lea")
    assert call("POST", PATH, {"points": [point("2024-01", 1, "beds")]}).body["accepted"] == 1
    assert call("POST", PATH, {"points": [point("2024-02", 1, "beds")]}).body["accepted"] == 1
    assert lea("PATCH", "/metrics/beds", {"version": metric.version, "archived": True}).status == 200
    refused = call("POST", PATH, {"points": [point("2024-03", 1, "beds")]})
    assert [one["key"] for one in refused.body["rejected"]] == ["metric-archived"]
    assert lea("PATCH", "/metrics/beds", {"version": metric.version, "archived": False}).status == 200
    assert call("POST", PATH, {"points": [point("2024-03", 1, "beds")]}).body["accepted"] == 1


def test_a_push_takes_as_many_statements_for_one_point_as_for_many(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(60):
        make_metric(f"metric-{number}")
    call = pusher(world)
    with django_assert_max_num_queries(30) as counted:
        call("POST", PATH, {"points": [point("2024-01", 1, "metric-0")]})
    many = [point("2024-02", 1, f"metric-{number}") for number in range(60)]
    with django_assert_max_num_queries(len(counted)):
        assert call("POST", PATH, {"points": many}).body["accepted"] == 60


def test_the_writer_is_free_after_a_refusal(world: World) -> None:
    """A thread that is refused must not keep others from writing."""
    make_metric()
    pusher(world)("POST", PATH, {"batch": "x" * 90, "points": []})
    from sextant.core import writing

    taken: list[bool] = []

    def take() -> None:
        taken.append(writing._thread_lock.acquire(timeout=1))
        if taken[0]:
            writing._thread_lock.release()

    other = threading.Thread(target=take)
    other.start()
    other.join()
    assert taken == [True] or connection.vendor != "sqlite"


def test_numbers_come_back_exactly(world: World) -> None:
    make_metric("exact", unit="number")
    values = [0.1, 1 / 3, 1e300, -1e-300, 123456789.123456789, 0, -0.5]
    points = [point(f"2024-{month:02d}", value, "exact") for month, value in enumerate(values, 1)]
    assert pusher(world)("POST", PATH, json.dumps({"points": points})).body["accepted"] == len(values)
    stored = script(world, "vic", "read").all("/metrics/exact/measurements")
    assert [one["value"] for one in stored] == values
