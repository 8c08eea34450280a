"""Imports that are confirmed or taken back twice, or at the same moment."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from sextant.core.errors import Refused
from sextant.exchange import commands as exchange
from sextant.exchange.models import Import
from sextant.metrics.models import Batch, Metric
from tests.at_once import at_once, problems_of
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "kpis.csv"
    file.write_text("KPI,2026-01,2026-02,2026-03\nBeds made,1,2,3\nMeals,4,5,6\n")
    return file


def ready(world: World, sheet: Path) -> tuple[Import, Import]:
    """An import that was read, as two people hold it."""
    imp = exchange.start_import(world.lea, name=sheet.name, team=world.emergency)
    shutil.copy(sheet, exchange.files_folder(imp))
    exchange.read_import(world.lea, imp)
    return Import.objects.get(pk=imp.pk), Import.objects.get(pk=imp.pk)


def test_an_import_confirmed_twice_is_written_once(world: World, sheet: Path) -> None:
    mine, theirs = ready(world, sheet)
    exchange.confirm_import(world.lea, mine)
    with pytest.raises(Refused):
        exchange.confirm_import(world.cem, theirs)
    assert Metric.objects.filter(name__in=("Beds made", "Meals")).count() == 2
    assert Batch.objects.filter(kind="import").count() == 1


@pytest.mark.parametrize("second", ["read", "discard", "mapping", "begin"])
def test_an_import_that_was_just_written_stays_written(world: World, sheet: Path, second: str) -> None:
    mine, theirs = ready(world, sheet)
    exchange.confirm_import(world.lea, mine)
    late: dict[str, Callable[[], Any]] = {
        "read": lambda: exchange.read_import(world.cem, theirs),
        "discard": lambda: exchange.discard_import(world.cem, theirs),
        "mapping": lambda: exchange.change_mapping(world.cem, theirs, {}),
        "begin": lambda: exchange.begin_work(world.cem, theirs, "reading"),
    }
    with pytest.raises(Refused):
        late[second]()
    now = Import.objects.get(pk=mine.pk)
    assert (now.state, now.batch is not None) == ("done", True)
    exchange.undo_import(world.lea, now.key)
    assert not Metric.objects.filter(name__in=("Beds made", "Meals"), archived_at=None).exists()


def test_an_import_taken_back_twice_is_taken_back_once(world: World, sheet: Path) -> None:
    mine, _theirs = ready(world, sheet)
    exchange.confirm_import(world.lea, mine)
    exchange.undo_import(world.lea, mine.key)
    with pytest.raises(Refused) as refused:
        exchange.undo_import(world.cem, mine.key)
    assert refused.value.problems[0].key == "already-undone"


def test_an_import_is_taken_back_whole_from_wherever_its_values_are(world: World, sheet: Path) -> None:
    mine, _theirs = ready(world, sheet)
    batch = exchange.confirm_import(world.lea, mine).batch
    assert world.client("lea").post(f"/values/{batch}/undo").status_code == 302
    assert Import.objects.get(pk=mine.pk).state == "undone"
    assert not Metric.objects.filter(name__in=("Beds made", "Meals"), archived_at=None).exists()


def test_an_import_whose_files_never_arrived_says_so(world: World) -> None:
    imp = exchange.start_import(world.lea, name="gone.csv", team=world.emergency)
    shutil.rmtree(imp.folder)  # the process was killed between the row and the files
    with pytest.raises(Refused):
        exchange.read_import(world.lea, imp)
    assert Import.objects.get(pk=imp.pk).state == "failed"


def test_uploads_that_nobody_came_for_are_swept_away(world: World) -> None:
    import os

    forgotten, fresh = (Path(settings.DATA_FOLDER) / "uploads" / name for name in ("forgotten", "fresh"))
    for folder in (forgotten, fresh):
        folder.mkdir(parents=True)
        (folder / "1").write_text("left by a process that was killed")
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(forgotten, (long_ago, long_ago))
    exchange.start_import(world.lea, name="x.csv", team=world.emergency)
    assert (forgotten.exists(), fresh.exists()) == (False, True)
    shutil.rmtree(fresh)


@pytest.mark.django_db(transaction=True)
def test_an_import_confirmed_by_several_at_once_is_written_once(real: World, sheet: Path) -> None:
    mine, _theirs = ready(real, sheet)
    lea = real.lea
    results = at_once(*[lambda: exchange.confirm_import(lea, Import.objects.get(pk=mine.pk))] * 4)
    assert set(problems_of(results)) <= {"import-busy", "import-not-ready"}
    assert sum(isinstance(one, exchange.Imported) for one in results) == 1
    assert Metric.objects.filter(name__in=("Beds made", "Meals")).count() == 2
    assert Import.objects.get(pk=mine.pk).state == "done"


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_make_each_kpi_once(real: World, sheet: Path) -> None:
    first, _ = ready(real, sheet)
    second, _ = ready(real, sheet)
    lea = real.lea
    results = at_once(*[lambda one=one: exchange.confirm_import(lea, one) for one in (first, second)])
    assert problems_of(results) == []
    assert sorted(one.new_metrics for one in results if isinstance(one, exchange.Imported)) == [0, 2]
    assert Metric.objects.filter(name__in=("Beds made", "Meals")).count() == 2
