"""Delimited files: every trap that files from other people's programs hold."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sextant.readers import Grid, ReadError, limits, open_path

Written = Callable[..., Grid]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write text or bytes to a file and open it."""

    def write(content: str | bytes, name: str = "values.csv", **options: str) -> Grid:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        [grid] = open_path(path, **options)
        return grid

    return write


def keys(grid: Grid) -> set[str]:
    return {note.key for note in grid.notes}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":"])
def test_every_delimiter_is_found(written: Written, delimiter: str) -> None:
    lines = [["key", "period", "value"], ["a", "2024", "1"], ["b", "2025", "2"], ["c", "2026", ""]]
    grid = written("\n".join(delimiter.join(line) for line in lines))
    assert grid.delimiter == delimiter
    assert list(grid.raw_rows()) == lines
    assert grid.columns == 3


def test_decimal_commas_do_not_hide_the_semicolon(written: Written) -> None:
    grid = written("date;value\n" + "".join(f"2024-01-{day:02d};1,{day}\n" for day in range(1, 29)))
    assert grid.delimiter == ";"
    assert grid.head()[1] == (2, ["2024-01-01", "1,1"])


def test_decimal_commas_without_a_header_do_not_hide_the_semicolon(written: Written) -> None:
    grid = written("01.01.2024;1,5\n02.01.2024;2,5\n")
    assert grid.head()[0] == (1, ["01.01.2024", "1,5"])


def test_clock_times_do_not_make_the_colon_a_delimiter(written: Written) -> None:
    grid = written("at,value\n" + "".join(f"2024-01-01 {hour:02d}:00:00,{hour}\n" for hour in range(24)))
    assert grid.delimiter == ","


def test_delimiters_inside_quoted_texts_do_not_count(written: Written) -> None:
    rows = "".join(f'{n},"one; two; three",{n}\n' for n in range(20))
    grid = written('id,"name; with; signs",value\n' + rows)
    assert grid.delimiter == ","
    assert grid.head()[1] == (2, ["0", "one; two; three", "0"])


def test_the_first_line_of_a_spreadsheet_program_names_the_delimiter(written: Written) -> None:
    grid = written("sep=|\na,b|c\nd|e\n")
    assert grid.delimiter == "|"
    assert "delimiter-declared" in keys(grid)
    assert grid.head()[1] == (2, ["a,b", "c"])


def test_a_given_delimiter_overrules_the_guess(written: Written) -> None:
    grid = written("a;b,c\nd;e,f\n", delimiter=",")
    assert grid.head() == [(1, ["a;b", "c"]), (2, ["d;e", "f"])]


def test_a_file_of_one_column_stays_whole(written: Written) -> None:
    grid = written("value\n12\n13\n")
    assert grid.columns == 1
    assert "single-column" in keys(grid)
    assert [row for _, row in grid.rows()] == [["value"], ["12"], ["13"]]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(written: Written, ending: str) -> None:
    grid = written(ending.join(["a,b", "1,2", "3,4"]) + ending)
    assert list(grid.raw_rows()) == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert grid.rows_estimate == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_files_are_read_with_and_without_a_mark(written: Written, encoding: str) -> None:
    grid = written("Straße;Größe\nÎle;5 €\n".encode(encoding))
    assert grid.head() == [(1, ["Straße", "Größe"]), (2, ["Île", "5 €"])]
    assert not {"encoding-guessed", "damaged-characters"} & keys(grid)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_a_mark_is_recognised(written: Written, encoding: str) -> None:
    grid = written("name,value\nÉté,5\n".encode(encoding))
    assert grid.head()[1] == (2, ["Été", "5"])


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Année;Valeur\nÉtat de santé – à l’hôpital;12 €\n"),
        ("latin-1", "Größe;Wert\nMünchen;5\n"),
        ("mac_roman", "Région;Valeur\nCôté d’Île-de-France;3\n"),
        ("cp850", "Größe;Wert\nMünchen Straße;5\n"),
        ("cp1251", "Продажи по месяцам;Сумма\nСредняя цена заказа за квартал;5\n"),
    ],
)
def test_one_byte_encodings_are_guessed_and_the_guess_is_told(written: Written, encoding: str, text: str) -> None:
    grid = written(text.encode(encoding))
    assert [row for _, row in grid.rows()] == [line.split(";") for line in text.splitlines()]
    assert "encoding-guessed" in keys(grid)


def test_a_given_encoding_overrules_the_guess(written: Written) -> None:
    grid = written("naïve,1\n".encode("cp1250", "replace").replace(b"?", b"\xec"), encoding="cp1250")
    assert grid.encoding == "cp1250"
    assert grid.head()[0][1][0] == "naěve"


def test_an_unknown_encoding_is_refused(written: Written) -> None:
    with pytest.raises(ReadError) as caught:
        written("a,b\n", encoding="no-such-thing")
    assert caught.value.key == "unknown-encoding"


def test_damaged_characters_are_kept_as_such_and_reported_with_their_place(written: Written) -> None:
    good = "".join(f"Zürich,{n}\n" for n in range(20)).encode()
    grid = written(b"name,value\n" + good + b"Gen\xe8ve,5\n")
    [note] = [note for note in grid.notes if note.key == "damaged-characters"]
    assert (note.row, note.column) == (22, 1)
    assert grid.head()[-1] == (22, ["Gen\ufffdve", "5"])
    assert grid.head()[1] == (2, ["Zürich", "0"])


def test_damage_that_came_with_the_file_is_reported_too(written: Written) -> None:
    grid = written("name,value\nGen\ufffdve,5\n")
    assert "damaged-characters" in keys(grid)


def test_zero_bytes_are_shown_not_dropped(written: Written) -> None:
    grid = written(b"name,value\nab\0c,5\n")
    assert grid.head()[1] == (2, ["ab\ufffdc", "5"])
    assert "nul-bytes" in keys(grid)


def test_titles_and_footnotes_are_kept_and_reported(written: Written) -> None:
    table = "Month,Value,Unit\n" + "".join(f"2024-{month:02d},{month},kg\n" for month in range(1, 13))
    grid = written("Report of the year\nMade by hand\n\n" + table + "\nSource: our own count\n")
    notes = {note.key: note for note in grid.notes}
    assert notes["title-rows"].row == 1
    assert "Rows 1 to 2" in notes["title-rows"].message
    assert notes["footnote-rows"].row == 18
    assert grid.head()[0] == (1, ["Report of the year"])
    assert grid.head()[2] == (4, ["Month", "Value", "Unit"])
    assert list(grid.rows())[-1] == (18, ["Source: our own count"])
    assert "short-row" not in keys(grid)


def test_titles_padded_with_delimiters_are_titles_too(written: Written) -> None:
    grid = written("A title,,\nkey,date,value\na,2024,1\nb,2024,2\n")
    assert "title-rows" in keys(grid)


def test_short_and_long_rows_are_reported_with_their_number(written: Written) -> None:
    grid = written("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12,\n13,14,15\n")
    found = {(note.key, note.row) for note in grid.notes if note.row}
    assert found == {("short-row", 3), ("long-row", 4)}  # an empty cell too many is no loss
    assert list(grid.raw_rows())[3] == ["6", "7", "8", "9"]


def test_a_row_with_only_a_name_inside_the_table_is_no_footnote(written: Written) -> None:
    grid = written("a,b,c\n1,2,3\nlonely\n4,5,6\n")
    assert ("short-row", 3) in {(note.key, note.row) for note in grid.notes}
    assert "footnote-rows" not in keys(grid)


def test_blank_lines_keep_the_row_numbers_right(written: Written) -> None:
    grid = written("a,b\n\n1,2\n\n\n3,4\n")
    assert [number for number, _ in grid.rows()] == [1, 3, 6]
    assert list(enumerate(grid.raw_rows(), 1))[5] == (6, ["3", "4"])


def test_line_breaks_inside_quoted_texts_make_one_row(written: Written) -> None:
    grid = written('a,b\n"one\ntwo, three",2\n4,5\n')
    assert list(grid.rows())[1] == (2, ["one\ntwo, three", "2"])
    assert list(grid.rows())[2] == (3, ["4", "5"])
    assert "quote-not-closed" not in keys(grid)


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest(written: Written) -> None:
    body = "".join(f"{n},name {n},{n}\n" for n in range(50))
    grid = written("id,name,value\n" + body + '50,"open name,50\n' + body)
    rows = list(grid.raw_rows())
    assert len(rows) == 102
    assert rows[51] == ["50", '"open name', "50"]
    assert rows[52] == ["0", "name 0", "0"]
    assert ("quote-not-closed", 52) in {(note.key, note.row) for note in grid.notes}


def test_an_open_quote_does_not_hide_proper_quotes_around_it(written: Written) -> None:
    grid = written('a,b,c\n"x, y",1,2\n"u, v",3,"open\n"w, x",4,5\n')
    assert list(grid.raw_rows()) == [
        ["a", "b", "c"], ["x, y", "1", "2"], ["u, v", "3", '"open'], ["w, x", "4", "5"]
    ]  # fmt: skip


def test_an_open_quote_in_the_last_line_is_reported(written: Written) -> None:
    grid = written('a,b\n1,2\n3,"x\n')
    assert list(grid.raw_rows())[-1] == ["3", '"x']
    assert "quote-not-closed" in keys(grid)


def test_inch_marks_are_no_open_quotes(written: Written) -> None:
    grid = written('pipe,count\n5" pipe,1\n6" pipe,2\n')
    assert list(grid.raw_rows())[1] == ['5" pipe', "1"]
    assert "quote-not-closed" not in keys(grid)


def test_very_many_open_quotes_are_refused_with_the_first_place(written: Written) -> None:
    with pytest.raises(ReadError) as caught:
        written("a,b\n" + '1,"x\n2,y\n' * 200)
    assert caught.value.key == "quotes-not-closed"
    assert caught.value.row == 2


def test_ten_thousand_columns_are_read(written: Written) -> None:
    header = ",".join(f"c{n}" for n in range(10_000))
    grid = written(header + "\n" + ",".join("1" * 10_000) + "\n")
    assert grid.columns == 10_000
    assert len(grid.head()[1][1]) == 10_000


def test_more_columns_than_a_worksheet_has_are_refused(written: Written) -> None:
    with pytest.raises(ReadError, match="16,384"):
        written(",".join("x" * 16_385) + "\n")


def test_a_wide_row_far_below_is_refused_when_it_is_reached(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "COLUMNS", 5)
    grid = written("a,b\n" + "1,2\n" * 500 + "1,2,3,4,5,6\n")
    with pytest.raises(ReadError) as caught:
        list(grid.rows())
    assert (caught.value.key, caught.value.row) == ("too-many-columns", 502)


def test_a_cell_beyond_all_measure_is_a_clear_error(written: Written) -> None:
    with pytest.raises(ReadError) as caught:
        written("a,b\n1," + "x" * 1_100_000 + "\n2,y\n")
    assert caught.value.key == "field-too-long"
    assert caught.value.row == 2


def test_a_file_without_line_ends_is_refused_before_it_fills_the_memory(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LINE_BYTES", 2_000_000)
    with pytest.raises(ReadError) as caught:
        written("x" * 5_000_000)
    assert caught.value.key == "line-too-long"


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"\xef\xbb\xbf", b"  \n \n"])
def test_an_empty_file_says_so(written: Written, content: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        written(content)
    assert caught.value.key == "empty-file"


def test_binary_content_is_refused(written: Written) -> None:
    with pytest.raises(ReadError) as caught:
        written(bytes(range(256)) * 20)
    assert caught.value.key == "not-text"


def test_rows_can_be_read_again_and_again(written: Written) -> None:
    grid = written("a,b\n1,2\n")
    assert list(grid.rows()) == list(grid.rows())
    assert list(grid.raw_rows()) == list(grid.raw_rows())


def test_large_files_tell_their_odd_rows_on_request(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WHOLE_CHECK_BYTES", 1000)
    grid = written("a,b,c\n" + "1,2,3\n" * 5_000 + "4,5\n" + "1,2,3\n" * 5_000)
    assert not grid.notes_complete
    assert grid.notes == ()
    assert [(note.key, note.row) for note in grid.row_notes()] == [("short-row", 5_002)]


def test_notes_about_rows_are_counted_beyond_a_thousand(written: Written) -> None:
    grid = written("a,b,c\n" + "1,2,3\n" * 1_500 + "4,5\n" * 1_200)
    notes = [note for note in grid.notes if note.key == "short-row"]
    assert len(notes) == limits.ROW_NOTES
    assert "200 more" in grid.notes[-1].message


def test_a_tab_file_with_commas_in_its_texts_is_cut_at_tabs(written: Written) -> None:
    grid = written("name\tvalue\nOne, two\t1\nThree, four\t2\n", name="values.tsv")
    assert grid.head()[1] == (2, ["One, two", "1"])


def test_prose_in_a_text_file_is_not_cut_at_its_commas(written: Written) -> None:
    text = "Dear all,\n\nthis is a letter, not a table.\nIt has words, commas, and more, here and there.\nBye\n"
    grid = written(text, name="letter.txt")
    assert grid.columns == 1
    assert grid.head()[2] == (4, ["It has words, commas, and more, here and there."])


def test_quotes_count_after_a_blank_where_the_file_is_written_so(written: Written) -> None:
    grid = written('name, place, value\n"Kim", "Oslo, Norway", 1\n"Lee", "Bonn, Germany", 2\n')
    assert list(grid.raw_rows())[1] == ["Kim", "Oslo, Norway", "1"]


def test_quotes_written_with_a_backslash_are_understood(written: Written) -> None:
    grid = written('name,value\n"say \\"hi, there\\" now",1\n"so \\"a, b\\" it",2\n')
    assert list(grid.raw_rows())[1] == ['say "hi, there" now', "1"]
    assert "backslash-quotes" in keys(grid)


def test_paths_that_end_in_a_backslash_stay_whole(written: Written) -> None:
    grid = written('path,value\n"C:\\data\\",1\n"D:\\",2\n')
    assert list(grid.raw_rows())[1] == ["C:\\data\\", "1"]


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n"])
def test_a_delimiter_that_is_none_is_refused(written: Written, delimiter: str) -> None:
    with pytest.raises(ReadError) as caught:
        written("a,b\n", delimiter=delimiter)
    assert caught.value.key == "bad-delimiter"


def test_long_plain_lines_around_one_accent_are_read_at_once(written: Written) -> None:
    grid = written(("x" * 900_000 + ",1\ncaf\xe9,2\n").encode("cp1252"))
    assert list(grid.raw_rows())[1] == ["café", "2"]
