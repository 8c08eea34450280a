"""The saved mapping: what a person decides, and what a second reading makes of it."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from sextant.calc.periods import hour_of
from sextant.exchange.understanding import Mapping, MappingError
from sextant.exchange.understanding.understand import Understanding, understand
from sextant.readers.folders import read_folder
from tests.exchange.understanding_files import metric, read_files, read_text, roles, target, values

ODD = "Wann,Was,Wieviel,Irgendwas\n2024-01,A,5,x\n2024-02,A,6,y\n"


def measured(understood: Understanding) -> list[tuple[object, ...]]:
    return [entry for block in understood.measurements() for entry in block]


def test_roles_can_be_pointed_out(tmp_path: Path) -> None:
    decisions = {"table": [{"columns": {"Was": "metric_name", "Wieviel": "value", "Irgendwas": "ignored"}}]}
    understood = read_text(tmp_path, ODD, mapping=decisions)
    assert values(understood) == {"A": {"2024-01": 5.0, "2024-02": 6.0}}
    assert roles(understood)["Irgendwas"] == "ignored"


def test_the_header_row_can_be_pointed_out(tmp_path: Path) -> None:
    text = "Report,made,by\nKPI,2023,2024\nSales,1,2\nCost,3,4\n"
    understood = read_text(tmp_path, text, mapping={"table": [{"header_row": 2}]})
    assert values(understood) == {"Sales": {"2023": 1.0, "2024": 2.0}, "Cost": {"2023": 3.0, "2024": 4.0}}


def test_facts_in_the_mapping_overrule_the_files(tmp_path: Path) -> None:
    decisions = tomllib.loads(
        """
        [[table]]
        file = "*.csv"
        frequency = "month"
        [table.metrics.Sales]
        name = "Sales per month"
        unit = "currency:EUR"
        direction = "up"
        target = 95
        aim_by = "2030"
        """
    )
    understood = read_text(tmp_path, "KPI,Unit,Target,2024-01,2024-02\nSales,number,5,1,2\n", mapping=decisions)
    sales = metric(understood, "Sales per month")
    assert (sales.unit, sales.direction, target(sales).target) == ("currency:EUR", "up", 95.0)
    assert target(sales).aim_by is not None
    assert sales.evidence["unit"] == "mapping"


def test_a_fiscal_calendar_in_the_mapping_places_the_years(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "KPI,FY2023,FY2024\nSales,1,2\nCost,3,4\n",
        mapping={"year_start_month": 4, "fiscal_year_named_by": "end"},
    )
    first = measured(understood)[0]
    assert understood.calendar.year_start_month == 4
    assert first[1] == hour_of(date(2022, 4, 1))


def test_a_saved_mapping_reads_the_same_and_fits_next_months_file(tmp_path: Path) -> None:
    files = {
        "kpis-2024-01.csv": "Bericht;;;\nKennzahl;Monat;Wert;Region\n"
        "Umsatz;2024-01;1.000,5;\nUmsatz;2024-01;500,5;Nord\n",
        "ward-list.csv": "Month,Ward,In time,All\n2024-01,A,90,100\n2024-01,B,10,20\n",
    }
    first = read_files(tmp_path, files, {"table": [{"file": "ward*", "roll_up": "sum", "breakdowns": [["Ward"]]}]})
    saved = first.to_mapping()
    assert {"kpis-*-*.csv", "ward-list.csv"} == {table["file"] for table in saved["table"]}
    again = understand(read_folder(tmp_path)[0], mapping=Mapping.from_dict(saved))
    assert measured(again) == measured(first)
    assert again.to_mapping() == saved
    (tmp_path / "kpis-2024-01.csv").unlink()
    (tmp_path / "kpis-2024-02.csv").write_text(
        "Bericht;;;\nKennzahl;Monat;Wert;Region\nUmsatz;2024-02;7;\n", encoding="utf-8"
    )
    later = understand(read_folder(tmp_path)[0], mapping=Mapping.from_dict(saved))
    assert values(later)["Umsatz"] == {"2024-02": 7.0}


def test_the_saved_mapping_is_plain_enough_for_toml(tmp_path: Path) -> None:
    saved = read_text(tmp_path, ODD).to_mapping()

    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(item) for key, item in value.items())
        if isinstance(value, list):
            return all(plain(item) for item in value)
        return isinstance(value, str | int | float | bool)

    assert plain(saved)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"tabel": []}, "mapping-unknown-setting"),
        ({"table": [{"colums": {}}]}, "mapping-unknown-setting"),
        ({"table": {}}, "mapping-invalid"),
        ({"table": [{"columns": "x"}]}, "mapping-invalid"),
        ({"table": [{"ratio": [{"name": "x"}]}]}, "mapping-invalid"),
    ],
)
def test_a_mapping_with_a_mistake_says_which(values: dict[str, object], key: str) -> None:
    with pytest.raises(MappingError) as refused:
        Mapping.from_dict(values)
    assert refused.value.key == key


def test_tables_can_be_left_out(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {"a.csv": "KPI,2023,2024\nSales,1,2\nCost,3,4\n", "b.csv": "KPI,2023,2024\nStaff,1,2\nRent,3,4\n"},
        {"table": [{"file": "b.csv", "role": "ignored"}]},
    )
    assert [draft.name for draft in understood.metrics] == ["Sales", "Cost"]
    assert understood.tables[1].reason == "left out by the mapping"
