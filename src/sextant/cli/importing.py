"""Commands that bring files in and take them back: `import`, `undo`."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sextant.cli.progress import Progress
from sextant.core.actors import SYSTEM
from sextant.core.errors import Refused, refuse
from sextant.exchange.toml_text import as_toml

if TYPE_CHECKING:
    from sextant.exchange.commands import Imported
    from sextant.exchange.models import Import
    from sextant.people.models import Team

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

RULES = ("last", "first", "sum", "mean", "max", "refuse")
PROBLEMS_SHOWN = 20
OKR_COUNTS = ("goals", "incomplete", "initiatives", "updates", "periods", "exact_repeats", "conflicting_repeats")


def register(commands: Commands) -> None:
    importing = commands.add_parser("import", help="bring KPIs and values in from files")
    importing.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="files, or folders read whole")
    importing.add_argument("--into", metavar="TEAM", help="the team that gets them (default: the organisation)")
    importing.add_argument("--mapping", metavar="FILE.toml", type=Path, help="how the files are to be read")
    importing.add_argument("--repeats", choices=RULES, default="last", help="which value of a repeated period counts")
    importing.add_argument("--source", default="", help="what these files are known by (default: from the name)")
    importing.add_argument("--dry-run", action="store_true", help="write nothing, print what was understood")
    importing.add_argument("--yes", action="store_true", help="do not ask before writing")
    importing.add_argument("--json", action="store_true", help="print one JSON object")
    importing.add_argument("--save-mapping", metavar="FILE.toml", type=Path, help="write down how the files were read")
    importing.set_defaults(run=run_import)
    undo = commands.add_parser("undo", help="take an import or another batch of values back")
    undo.add_argument("batch", metavar="BATCH", help="the key that the import printed")
    undo.set_defaults(run=run_undo)
    code = commands.add_parser("export-okrs", help="write objectives and key results down as YAML")
    code.add_argument("--cycle", metavar="KEY", help="of this cycle only")
    code.add_argument("--out", metavar="FILE", type=Path, help="into this file (default: to the terminal)")
    code.set_defaults(run=run_export_okrs)
    reading = commands.add_parser(
        "read-import", help="read, or publish, an import started in a browser; the server starts this by itself"
    )
    reading.add_argument("key", metavar="KEY", help="the key of the import, the end of its page's address")
    reading.add_argument("--person", metavar="ID", type=int, help="on whose behalf (default: the administrator)")
    reading.set_defaults(run=run_read_import, needs_database=False)


def run_import(given: argparse.Namespace) -> int:
    if not (given.yes or given.dry_run or sys.stdin.isatty()):
        print("sextant: there is no terminal to ask on: add --yes to write, or --dry-run to look.", file=sys.stderr)
        return 2
    missing = [str(path) for path in given.paths if not path.exists()]
    if missing:
        print(f"sextant: there is no file or folder {missing[0]}", file=sys.stderr)
        return 2
    try:
        mapping = read_mapping(given.mapping)
    except Refused as refused:
        print(f"sextant: {refused}", file=sys.stderr)
        return 2
    imp, imported = _import(given, mapping)
    report = report_of(imp, imported)
    if given.save_mapping:
        given.save_mapping.write_text(as_toml(imp.summary["mapping"]), encoding="utf-8")
    if given.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        _print_report(imp, report, imported)
    return 1 if report["kept_out"] else 0


def read_mapping(path: Path | None) -> dict[str, Any]:
    """The saved mapping. Raises Refused when it can't be read."""
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise refuse("mapping-unreadable", f"The mapping {path} can't be read: {error}") from error


def _import(given: argparse.Namespace, mapping: dict[str, Any]) -> tuple[Import, Imported | None]:
    from sextant.exchange import commands
    from sextant.project.database import migrate_when_needed

    migrate_when_needed()
    name = ", ".join(path.resolve().name for path in given.paths)
    imp = commands.start_import(
        SYSTEM, name=name, team=_team(given.into), source=given.source, mapping=mapping, repeats=given.repeats
    )
    progress = Progress("Reading")
    try:
        commands.read_import(
            SYSTEM, imp, paths=[path.resolve() for path in given.paths],
            progress=lambda share, step: progress.at(int(share * 1000), 1000),
        )  # fmt: skip
    except Refused:
        commands.discard_import(SYSTEM, imp)
        raise
    progress.done(f"Read {name}")
    if given.dry_run or not (given.yes or _agreed(imp)):
        imp.problems_found = problems_of(imp)  # type: ignore[attr-defined]
        commands.discard_import(SYSTEM, imp)
        return imp, None
    return imp, commands.confirm_import(SYSTEM, imp)


def _team(key: str | None) -> Team:
    """The team with this key; the organisation itself when none is named, made on an empty installation."""
    from sextant.people.models import Team
    from sextant.people.queries import is_set_up

    if not is_set_up():
        _first_run()
    if key is None:
        return Team.objects.get(parent=None)
    team = Team.objects.filter(key=key, archived_at=None).first()
    if team is None:
        keys = ", ".join(Team.objects.filter(archived_at=None).values_list("key", flat=True)[:20])
        raise refuse("unknown-team", f"There is no team '{key}'. Teams: {keys}.")
    return team


def _first_run() -> None:
    """Files may come before people: the organisation gets an administrator who chooses a password by a link."""
    from django.conf import settings

    from sextant.people.commands import make_password_link, set_up_organisation

    host = settings.SITE_HOST if "." in settings.SITE_HOST else "sextant.localdomain"
    person = set_up_organisation(
        name="Our organisation", admin_name="Administrator", email=f"admin@{host}", password=None
    )
    print(f"New installation. {person.email} is its administrator and chooses a password at", file=sys.stderr)
    print(make_password_link(SYSTEM, person), file=sys.stderr)


def _agreed(imp: Import) -> bool:
    counts = imp.summary["counts"]
    if imp.summary.get("kind") == "okrs":
        things = f"{counts['objectives']} objectives, {counts['key_results']} key results"
    else:
        things = f"{counts['metrics']} metrics"
    print(f"{things} and {counts['measurements']} values would be written.", file=sys.stderr)
    return input("Write them? [y/N] ").strip().lower() in ("y", "yes")


def problems_of(imp: Import) -> list[dict[str, Any]]:
    """All problems of a read import."""
    from sextant.exchange.queries import problems

    return list(problems(imp))


def report_of(imp: Import, imported: Imported | None) -> dict[str, Any]:
    """The counts and problems that `--json` prints."""
    counts = imp.summary["counts"]
    found = getattr(imp, "problems_found", None)
    problems = found if found is not None else problems_of(imp)
    return {
        "import": imp.key,
        "batch": imported.batch if imported else None,
        "written": imported is not None,
        "metrics": counts["metrics"],
        "indicators": counts["indicators"],
        "with_series": counts["with_series"],
        "measurements": counts["measurements"],
        "objectives": counts.get("objectives", 0),
        "key_results": counts.get("key_results", 0),
        **{name: counts[name] for name in OKR_COUNTS if name in counts},
        **({"progress": imp.summary["progress"]} if "progress" in imp.summary else {}),
        ("new_objectives" if "objectives" in counts else "new_metrics"): _new(imported, counts),
        "accepted": imported.accepted if imported else 0,
        "unchanged": imported.unchanged if imported else 0,
        "superseded": imported.superseded if imported else 0,
        "targets": imported.targets if imported else counts["targets"],
        "skipped": counts["skipped"],
        "offered": counts["offered"],
        "kept_out": counts["kept_out"],
        "offers": imp.summary["offers"],
        "notes": imp.summary["notes"],
        "problems": problems,
    }


def _new(imported: Imported | None, counts: dict[str, Any]) -> int:
    """How many objectives, or else metrics, were not known before."""
    if imported is None:
        return int(counts["new"])
    return imported.objectives if "objectives" in counts else imported.new_metrics


def _print_report(imp: Import, report: dict[str, Any], imported: Imported | None) -> None:
    for table in imp.summary["tables"]:
        where = f"{table['file']}{' · ' + table['sheet'] if table['sheet'] else ''}"
        print(f"{where}: {table['role']}{' (' + table['reason'] + ')' if table['reason'] else ''}")
    for offer in imp.summary["offers"][:PROBLEMS_SHOWN]:
        print(f"? {offer['message']} [{offer['setting']}]")
    for problem in report["problems"][:PROBLEMS_SHOWN]:
        place = ":".join(str(part) for part in (problem["file"], problem["row"]) if part)
        print(f"! {place} {problem['message']}")
    if len(report["problems"]) > PROBLEMS_SHOWN:
        print(f"! and {len(report['problems']) - PROBLEMS_SHOWN} more; --json lists all")
    if imp.summary.get("kind") == "okrs":
        _print_okrs(imp, report, imported)
        return
    print(
        f"{report['indicators']} indicators ({report['with_series']} with values), {report['metrics']} metrics, "
        f"{report['measurements']} values, {report['skipped']} empty cells, {report['kept_out']} kept out"
    )
    if imported is None:
        print("Nothing was written.")
    else:
        print(
            f"Written: {imported.accepted} new or changed values ({imported.superseded} corrections), "
            f"{imported.unchanged} unchanged, {imported.new_metrics} new metrics. "
            f"Take it back with: sextant undo {imported.batch}"
        )


def _print_okrs(imp: Import, report: dict[str, Any], imported: Imported | None) -> None:
    for note in imp.summary["notes"][:PROBLEMS_SHOWN]:
        print(f"  {note['message']}")
    print(
        f"OKRs: {report['objectives']} objectives ({report['goals']} of them goals above others), "
        f"{report['key_results']} key results ({report['incomplete']} incomplete), "
        f"{report['initiatives']} initiatives, "
        f"{report['measurements']} values, {report['skipped']} empty cells, {report['kept_out']} kept out"
    )
    if report["updates"]:
        print(
            f"{report['updates']} records for {report['periods']} periods: {report['exact_repeats']} exact repeats, "
            f"{report['conflicting_repeats']} that differ (rule: {imp.repeats})"
        )
    if report["progress"]["published"]:
        said = ", ".join(f"{count} {why}" for why, count in report["progress"]["other"].items())
        print(
            f"Published progress: {report['progress']['equal']} of {report['progress']['published']} as we compute it"
            f"{f'; the others: {said}' if said else ''}"
        )
    if imported is None:
        print("Nothing was written.")
        return
    print(
        f"Written: {imported.objectives} new objectives, {imported.key_results} new key results, "
        f"{imported.initiatives} new initiatives, {imported.changed} changes, {imported.accepted} values "
        f"({imported.superseded} corrections), {imported.unchanged} unchanged. "
        f"Take it back with: sextant undo {imported.batch}"
    )


def run_undo(given: argparse.Namespace) -> int:
    from sextant.exchange.commands import undo_import

    undone = undo_import(SYSTEM, given.batch)
    print(f"Taken back: {undone}")
    return 0


def run_export_okrs(given: argparse.Namespace) -> int:
    from sextant.exchange.okrs.exporting import export_okrs
    from sextant.strategy.models import Cycle

    cycle = None
    if given.cycle is not None:
        cycle = Cycle.objects.filter(key=given.cycle).first()
        if cycle is None:
            keys = ", ".join(Cycle.objects.filter(archived_at=None).values_list("key", flat=True)[:20])
            raise refuse("unknown-cycle", f"There is no cycle '{given.cycle}'. Cycles: {keys}.")
    text = export_okrs(SYSTEM, cycle)
    if given.out is None:
        sys.stdout.write(text)
    else:
        given.out.write_text(text, encoding="utf-8")
        print(f"Written: {given.out}")
    return 0


def run_read_import(given: argparse.Namespace) -> int:
    from sextant.exchange.runner import work_on

    imp = work_on(given.key, given.person)
    print(f"{imp.name}: {imp.state}")
    return 0
