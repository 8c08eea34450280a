"""`/events` through a real server and real connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.served import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("live") / "data") as server:
        yield server


@pytest.fixture(autouse=True)
def no_page_left_open(served: Served) -> Iterator[None]:
    yield
    served.close_pages()


def settled(served: Served, who: str) -> int:
    """The id of the newest event this person may see."""
    newest = 0
    while True:
        _, page = served.call("GET", f"/api/v1/events?limit=500&after={newest}", served.known["tokens"][who])
        if not page["items"]:
            return newest
        newest = page["items"][-1]["id"]


def test_a_value_pushed_by_a_script_is_told_to_an_open_page(served: Served) -> None:
    page = served.listen(session=served.known["sessions"]["vic"], after=settled(served, "vic"))
    served.push(served.known["push"], ("waiting-time", "2026-01", 30))
    assert "metric:waiting-time" in page.topics()


def test_without_a_sign_in_there_is_no_stream(served: Served) -> None:
    assert served.listen().status == 401
    assert served.listen(token="sxt_wrong").status == 401
    assert served.listen(session="wrong").status == 401


def test_a_push_token_hears_nothing(served: Served) -> None:
    assert served.listen(token=served.known["push"]).status == 403


def test_what_is_restricted_is_told_to_those_who_may_see_it_only(served: Served) -> None:
    tokens = served.known["tokens"]
    start = settled(served, "ada")
    inside, outside = served.listen(token=tokens["cem"], after=start), served.listen(token=tokens["otto"], after=start)
    served.push(tokens["lea"], ("secret", "2026-01", 1))
    served.push(tokens["lea"], ("waiting-time", "2026-02", 1))
    assert inside.topics() == ["batch:" + batch_of(served, "secret"), "metric:secret"]
    assert "metric:waiting-time" in inside.topics()
    assert "metric:waiting-time" in outside.topics()


def batch_of(served: Served, metric: str) -> str:
    _, page = served.call("GET", f"/api/v1/metrics/{metric}/measurements", served.known["tokens"]["lea"])
    return str(page["items"][-1]["batch"])


def test_a_page_that_was_cut_off_hears_what_it_missed(served: Served) -> None:
    token = served.known["tokens"]["vic"]
    before = settled(served, "vic")
    served.push(served.known["push"], ("waiting-time", "2026-03", 5))
    page = served.listen(token=token, after=before)
    assert "metric:waiting-time" in page.topics()


@pytest.mark.parametrize("after", [10**9, 10**17])
def test_a_page_from_another_time_is_told_to_fetch_everything(served: Served, after: int) -> None:
    page = served.listen(token=served.known["tokens"]["vic"], after=after)
    assert page.topics() == ["refresh"]


def test_a_revoked_token_loses_its_stream_at_once(served: Served, tmp_path: Path) -> None:
    tokens = served.known["tokens"]
    status, _teams = served.call("GET", "/api/v1/teams", tokens["otto"])
    assert status == 200
    page = served.listen(token=tokens["otto"], after=settled(served, "otto"))
    other = served.listen(token=tokens["vic"], after=settled(served, "vic"))
    _, person = served.call("GET", "/api/v1/people/otto-outsider", tokens["ada"])
    body = {"version": person["version"], "archived": True}
    assert served.call("PATCH", "/api/v1/people/otto-outsider", tokens["ada"], body)[0] == 200
    assert page.ends()
    assert "person:otto-outsider" in other.topics()
    assert served.listen(token=tokens["otto"]).status == 401


def test_nobody_holds_more_streams_than_a_browser_needs(served: Served) -> None:
    token = served.known["tokens"]["lea"]
    pages = [served.listen(token=token) for _ in range(31)]
    assert [page.status for page in pages[:30]] == [200] * 30
    assert pages[30].status == 429


def test_other_methods_and_other_hosts_are_refused(served: Served) -> None:
    assert served.call("POST", "/events", served.known["tokens"]["vic"])[0] == 405


def test_open_pages_do_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        page = server.listen(token=server.known["tokens"]["vic"])
        server.process.terminate()
        assert page.ends()
        said, _ = server.process.communicate(timeout=20)
        assert server.process.returncode == 0
        assert "Traceback" not in said
        assert "Cancel" not in said


def test_two_processes_tell_the_same(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--workers", "2") as server:
        token = server.known["tokens"]["vic"]
        pages = [server.listen(token=token, after=settled(server, "vic")) for _ in range(6)]
        server.push(server.known["push"], ("waiting-time", "2026-01", 30))
        assert all("metric:waiting-time" in page.topics() for page in pages)
