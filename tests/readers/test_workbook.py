"""Workbooks: written by a library where it can, and as bare XML where the trap needs it."""

import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from sextant.readers import Cell, Grid, ReadError, limits, open_path
from sextant.readers.shared_strings import SharedStrings, unescape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
Bare = Callable[..., list[Grid]]


def saved(book: Workbook, folder: Path) -> list[Grid]:
    book.save(folder / "book.xlsx")
    return open_path(folder / "book.xlsx")


def texts(grid: Grid) -> list[list[str]]:
    return [[str(cell) for cell in row] for _, row in grid.rows()]


def cell(grid: Grid, row: int, column: int) -> Cell:
    found = dict(grid.rows())[row][column - 1]
    assert isinstance(found, Cell)
    return found


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    """A workbook of one sheet out of the XML of its content."""

    def write(sheet: str, strings: str = "", styles: str = "", book: str = "", **extra: str | bytes) -> list[Grid]:
        path = tmp_path / "bare.xlsx"
        kinds = {"worksheet": "worksheets/sheet1.xml", "sharedStrings": "sharedStrings.xml", "styles": "styles.xml"}
        links = "".join(
            f'<Relationship Id="r{n}" Type="{LINKS}/{kind}" Target="{target}"/>'
            for n, (kind, target) in enumerate(kinds.items(), 1)
        )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("_rels/.rels", f'<Relationships><Relationship Id="r1" Type="{LINKS}/officeDocument" '
                             'Target="xl/workbook.xml"/></Relationships>')  # fmt: skip
            archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{links}</Relationships>")
            archive.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{book}'
                             '<sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>')  # fmt: skip
            archive.writestr("xl/worksheets/sheet1.xml", sheet)
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
            archive.writestr("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>')
            for name, content in extra.items():
                archive.writestr(f"xl/{name}", content)
        return open_path(path)

    return write


def sheet(rows: str, after: str = "", before: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def test_every_kind_of_cell_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["text", 5, 2.5, True, datetime(2024, 1, 31), None, "#REF!", "last"])
    [grid] = saved(book, tmp_path)
    [(number, row)] = grid.rows()
    assert number == 1
    kinds = [item.kind for item in row if isinstance(item, Cell)]
    assert kinds == ["text", "number", "number", "boolean", "date", "empty", "error", "text"]
    assert cell(grid, 1, 2).value == 5.0
    assert cell(grid, 1, 5).value == datetime(2024, 1, 31)
    assert cell(grid, 1, 7).text == "#REF!"
    assert next(grid.raw_rows())[:4] == ["text", "5", "2.5", "TRUE"]


def test_percent_cells_keep_their_number_and_show_their_percent(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = 0.825
    book.active["A1"].number_format = "0.0%"
    [grid] = saved(book, tmp_path)
    found = cell(grid, 1, 1)
    assert (found.number, found.text, found.format, found.is_percent) == (0.825, "82.5%", "0.0%", True)


def test_dates_count_from_1904_where_the_workbook_says_so(bare: Bare) -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    rows = '<row r="1"><c r="A1" s="0"><v>43830</v></c></row>'
    [grid] = bare(sheet(rows), styles=styles, book='<workbookPr date1904="1"/>')
    assert cell(grid, 1, 1).value == datetime(2024, 1, 1)
    assert "dates-since-1904" in {note.key for note in grid.notes}


def test_a_number_without_a_date_format_stays_a_number(bare: Bare) -> None:
    [grid] = bare(sheet('<row r="1"><c r="A1"><v>45292</v></c></row>'))
    assert cell(grid, 1, 1) == Cell("number", 45292.0, "45292")


def test_month_headers_are_shown_as_a_person_sees_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = datetime(2022, 3, 1)
    book.active["A1"].number_format = "mmm yyyy"
    [grid] = saved(book, tmp_path)
    assert cell(grid, 1, 1).text == "Mar 2022"


def test_several_sheets_are_read_and_hidden_ones_marked(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Shown"
    book.active.append(["a"])
    for name, state in (("Hidden", "hidden"), ("Deep", "veryHidden")):
        book.create_sheet(name).append(["b"])
        book[name].sheet_state = state
    book.create_sheet("Empty")
    shown, hidden, deep = saved(book, tmp_path)
    assert [grid.hidden for grid in (shown, hidden, deep)] == [False, True, True]
    assert [note.key for note in hidden.notes] == ["hidden-sheet"]
    assert "empty-sheet" in {note.key for note in shown.notes}


def test_merged_cells_repeat_their_value_over_the_whole_range(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows = (["Year 2023", None, "Year 2024", None], ["Q1", "Q2", "Q1", "Q2"], ["North", 1, 2, 3], [None, 4, 5, 6])
    for row in rows:
        book.active.append(row)
    for merged in ("A1:B1", "C1:D1", "A3:A4"):
        book.active.merge_cells(merged)
    [grid] = saved(book, tmp_path)
    assert texts(grid) == [
        ["Year 2023", "Year 2023", "Year 2024", "Year 2024"],
        ["Q1", "Q2", "Q1", "Q2"],
        ["North", "1", "2", "3"],
        ["North", "4", "5", "6"],
    ]
    assert cell(grid, 1, 2).merged
    assert cell(grid, 1, 1).merged
    assert not cell(grid, 2, 1).merged
    assert "merged-cells" in {note.key for note in grid.notes}


def test_a_title_merged_over_all_columns_does_not_widen_the_sheet(bare: Bare) -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>Title</v></c></row><row r="2"><c r="B2"><v>1</v></c></row>'
    [grid] = bare(sheet(rows, after='<mergeCells><mergeCell ref="A1:XFD1"/></mergeCells>'))
    assert grid.columns == 2
    assert texts(grid)[0] == ["Title", "Title"]


def test_hidden_rows_and_columns_are_read_and_marked(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["a", "b", "c"], [1, 2, 3], [4, 5, 6]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["B"].hidden = True
    [grid] = saved(book, tmp_path)
    assert not cell(grid, 2, 1).hidden
    assert cell(grid, 2, 2).hidden
    assert cell(grid, 3, 1).hidden
    assert {"hidden-rows", "hidden-columns"} <= {note.key for note in grid.notes}


def test_formulas_give_their_saved_value(bare: Bare) -> None:
    rows = (
        '<row r="1"><c r="A1"><f>B1*2</f><v>84</v></c><c r="B1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'
        '<c r="C1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="D1" t="b"><f>TRUE()</f><v>1</v></c></row>'
    )
    [grid] = bare(sheet(rows))
    assert texts(grid) == [["84", "ab", "#DIV/0!", "TRUE"]]


def test_a_formula_without_a_saved_value_is_an_error_not_an_empty_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([1, "=A1*2"])
    [grid] = saved(book, tmp_path)
    assert cell(grid, 1, 2) == Cell("error", "formula-without-value", "formula-without-value")


def test_texts_with_inner_formatting_and_phonetic_guides_are_plain(bare: Bare) -> None:
    strings = (
        "<si><r><rPr><b/></rPr><t>Bold</t></r><r><t xml:space='preserve'> plain</t></r></si>"
        "<si><t>課</t><rPh sb='0' eb='1'><t>カ</t></rPh></si><si><t>two_x000D_\nlines</t></si><si/>"
    )
    cells = "".join(f'<c r="{"ABCD"[n]}1" t="s"><v>{n}</v></c>' for n in range(4))
    inline = '<c r="E1" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>'
    [grid] = bare(sheet(f'<row r="1">{cells}{inline}</row>'), strings)
    assert texts(grid) == [["Bold plain", "課", "two\nlines", "", "inline"]]


def test_cells_that_do_not_state_their_place_are_counted(bare: Bare) -> None:
    [grid] = bare(sheet("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"))
    assert list(grid.raw_rows()) == [["1", "2"], ["3"]]
    assert grid.columns == 2


def test_prefixed_xml_is_read_too(bare: Bare) -> None:
    xml = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="2"><x:c r="B2"><x:v>7</x:v></x:c></x:row>'
        '</x:sheetData><x:mergeCells><x:mergeCell ref="B2:C2"/></x:mergeCells></x:worksheet>'
    )
    [grid] = bare(xml)
    assert next(grid.rows())[0] == 2
    assert texts(grid) == [["", "7"]]


def test_a_dimension_that_lies_and_styled_emptiness_change_nothing(bare: Bare) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row>'
    rows += "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(2, 500))
    [grid] = bare(sheet(rows, before='<dimension ref="A1:XFD1048576"/>'))
    assert grid.columns == 1
    assert list(grid.raw_rows()) == [["1"]]


def test_row_numbers_are_those_of_the_sheet(bare: Bare) -> None:
    [grid] = bare(sheet('<row r="3"><c r="A3"><v>1</v></c></row><row r="7"><c r="A7"><v>2</v></c></row>'))
    assert [number for number, _ in grid.rows()] == [3, 7]
    assert list(enumerate(grid.raw_rows(), 1))[6] == (7, ["2"])


@pytest.mark.parametrize("value", ["NaN", "INF", "1e999", "abc"])
def test_values_that_are_no_numbers_are_errors(bare: Bare, value: str) -> None:
    [grid] = bare(sheet(f'<row r="1"><c r="A1"><v>{value}</v></c></row>'))
    assert cell(grid, 1, 1).kind == "error"


def test_a_text_that_the_workbook_lost_is_an_error(bare: Bare) -> None:
    [grid] = bare(sheet('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'))
    assert cell(grid, 1, 1).kind == "error"


def test_a_number_that_is_no_possible_date_stays_visible(bare: Bare) -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    [grid] = bare(sheet('<row r="1"><c r="A1" s="0"><v>-5</v></c></row>'), styles=styles)
    assert (cell(grid, 1, 1).kind, cell(grid, 1, 1).text) == ("number", "-5")


def test_macros_and_links_are_told_and_ignored(bare: Bare) -> None:
    extra = {"vbaProject.bin": b"anything", "externalLinks/externalLink1.xml": "<x/>"}
    [grid] = bare(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'), **extra)
    assert {"macros-ignored", "links-ignored"} <= {note.key for note in grid.notes}


def test_an_archive_that_swells_is_refused(bare: Bare) -> None:
    with pytest.raises(ReadError) as caught:
        bare(sheet("<row/>" + " " * 20_000_000))
    assert caught.value.key == "archive-swells"


def test_an_archive_that_unpacks_to_too_much_is_refused(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 500)
    with pytest.raises(ReadError) as caught:
        bare(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'))
    assert caught.value.key == "archive-too-large"


def test_xml_entities_are_refused(bare: Bare) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    rows = '<row r="1"><c r="A1" t="str"><v>&b;</v></c></row>'
    with pytest.raises(ReadError) as caught:
        bare(bomb + sheet(rows))
    assert caught.value.key == "unsafe-workbook"


def test_a_damaged_workbook_is_a_clear_error(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([1])
    book.save(tmp_path / "book.xlsx")
    data = (tmp_path / "book.xlsx").read_bytes()
    (tmp_path / "book.xlsx").write_bytes(data[: len(data) // 2])
    with pytest.raises(ReadError) as caught:
        open_path(tmp_path / "book.xlsx")
    assert caught.value.key == "damaged-workbook"


def test_broken_xml_is_a_clear_error(bare: Bare) -> None:
    with pytest.raises(ReadError) as caught:
        bare(f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></row>')
    assert caught.value.key == "damaged-workbook"


@pytest.mark.parametrize(
    ("member", "content", "key"),
    [
        ("notes.txt", b"hello", "packed"),
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet", "open-document"),
        ("[Content_Types].xml", b"<Types/>", "packed"),
    ],
)
def test_other_packed_files_say_what_they_are(tmp_path: Path, member: str, content: bytes, key: str) -> None:
    with zipfile.ZipFile(tmp_path / "file.xlsx", "w") as archive:
        archive.writestr(member, content)
    with pytest.raises(ReadError) as caught:
        open_path(tmp_path / "file.xlsx")
    assert caught.value.key == key


def test_a_workbook_without_content_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        saved(openpyxl.Workbook(), tmp_path)
    assert caught.value.key == "empty-file"


def test_a_cell_beyond_the_last_column_is_refused(bare: Bare) -> None:
    with pytest.raises(ReadError) as caught:
        bare(sheet('<row r="1"><c r="ZZZ1"><v>1</v></c></row>'))
    assert caught.value.key == "too-many-columns"


def test_many_texts_move_to_disk_and_stay_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SHARED_TEXT_IN_MEMORY", 10_000)
    strings = SharedStrings()
    for number in range(1_000):
        strings.add(f"text {number} é")
    strings.finish()
    assert len(strings) == 1_000
    assert [strings[0], strings[999]] == ["text 0 é", "text 999 é"]


def test_escaped_characters_are_restored() -> None:
    assert unescape("a_x0041_b_x005F_c") == "aAb_c"
    assert unescape("_x0000_") == "\ufffd"
    assert unescape("plain_text_x") == "plain_text_x"


def test_a_workbook_can_be_read_again_and_again(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for number in range(300):
        book.active.append([f"row {number}", number])
    [grid] = saved(book, tmp_path)
    assert grid.rows_estimate == 300
    assert len(grid.head()) == 200
    assert list(grid.rows()) == list(grid.rows())


def test_overlapping_merged_ranges_do_not_pile_up(bare: Bare) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c></row>'
    after = '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="B1:C1"/></mergeCells>'
    [grid] = bare(sheet(rows, after))
    assert texts(grid) == [["1", "1", "3"]]


def test_endless_rows_of_cells_without_a_place_are_refused(bare: Bare) -> None:
    with pytest.raises(ReadError) as caught:
        bare(sheet("<row>" + "<c><v>1</v></c>" * 16_385 + "</row>"))
    assert caught.value.key == "too-many-columns"


def test_a_text_beyond_all_measure_is_refused(bare: Bare) -> None:
    with pytest.raises(ReadError) as caught:
        bare(sheet(f'<row r="1"><c r="A1" t="str"><v>{"ab" * 600_000}</v></c></row>'))
    assert caught.value.key == "field-too-long"


def test_a_mark_without_end_does_not_fill_the_memory(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TOKEN_BYTES", 200_000)
    with pytest.raises(ReadError) as caught:
        bare(sheet('<row r="1"><c r="A1" x="' + "ab" * 400_000 + '"><v>1</v></c></row>'))
    assert caught.value.key == "damaged-workbook"
