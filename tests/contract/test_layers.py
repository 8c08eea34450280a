"""The house stands: what may know what, and who may write."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import Model

from tests.contract.sources import PACKAGE, layers, modules

DOORS = ("web", "api", "cli")
WRITES = {"bulk_create", "bulk_update", "get_or_create", "update_or_create"}
SQL_VERBS = ("insert ", "update ", "delete ", "replace ", "drop ", "alter ", "create ")


def package_of(model: type[Model]) -> str:
    parts = model.__module__.split(".")
    return parts[1] if parts[0] == "sextant" else ""


def test_foreign_keys_point_down_only() -> None:
    height = layers()
    wrong = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if package_of(model) and field.is_relation and not field.auto_created and field.related_model
        if package_of(field.related_model) != package_of(model)
        if height.get(package_of(field.related_model), -1) >= height[package_of(model)]
    ]
    assert not wrong


def test_every_package_has_its_place() -> None:
    found = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert found <= layers().keys()


def orm_writes(tree: ast.Module) -> Iterator[ast.expr]:
    """Calls that write through the ORM or as SQL."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, receiver = node.func.attr, ast.unparse(node.func.value)
            is_query = ".objects" in receiver or "filter(" in receiver or ".all()" in receiver
            on_object = name in ("save", "delete") and not node.args and "session" not in receiver
            if name in WRITES or on_object or (name in ("create", "update", "delete") and is_query):
                yield node
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.lstrip().lower()
            if text.startswith(SQL_VERBS) and (" into " in text or " set " in text or " from " in text):
                yield node


@pytest.mark.parametrize("door", DOORS)
def test_doors_leave_writing_to_commands(door: str) -> None:
    wrong = [
        f"{file}:{node.lineno} {ast.unparse(node)[:80]}" for file, tree in modules(door) for node in orm_writes(tree)
    ]
    assert not wrong


@pytest.mark.parametrize(
    "code",
    [
        "Team.objects.create(name='x')",
        "team.save()",
        "team.save(update_fields=['name'])",
        "Team.objects.filter(pk=1).update(name='x')",
        "Team.objects.all().delete()",
        "Team.objects.bulk_create(rows)",
        "cursor.execute('INSERT INTO people_team values (1)')",
    ],
)
def test_the_search_for_writes_finds(code: str) -> None:
    assert list(orm_writes(ast.parse(code)))


@pytest.mark.parametrize("code", ["names.update(more)", "workbook.save(path)", "request.session.save()"])
def test_the_search_for_writes_lets_pass(code: str) -> None:
    assert not list(orm_writes(ast.parse(code)))


def test_nothing_uses_django_signals() -> None:
    banned = ("django.dispatch", "django.db.models.signals")
    wrong = [
        str(file)
        for file, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(banned)
    ]
    assert not wrong


@pytest.mark.django_db
def test_every_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
