"""Who may date changes back: builders of history and nobody else."""

from __future__ import annotations

import ast

from tests.contract.sources import modules

BUILDERS = ("demo/",)


def test_only_builders_of_history_write_at_a_moment_of_the_past() -> None:
    users = [
        str(file)
        for file, tree in modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "writing_at")
        or (isinstance(node, ast.alias) and node.name == "writing_at")
    ]
    assert users
    assert all(any(builder in user for builder in BUILDERS) for user in users), users
