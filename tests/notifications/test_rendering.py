"""A comment as HTML can harm nobody who reads it, and says what was meant."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.notifications.mentions import Named, People
from sextant.notifications.rendering import mentioned, mentions, plain, to_html

LEA = Named(1, "lea-lead", "Lea Lead")
OLEA = Named(2, "o-brien", "Ann O’Brien-Smith")
TWINS = [Named(3, "jo", "Jo Doe"), Named(4, "jo-2", "Jo Doe")]
EVERYBODY = People([LEA, OLEA, *TWINS])
ALLOWED = {
    "p",
    "br",
    "strong",
    "em",
    "s",
    "a",
    "ul",
    "ol",
    "li",
    "code",
    "pre",
    "blockquote",
    "hr",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
ATTRIBUTES = {
    ("a", "href"),
    ("a", "rel"),
    ("a", "class"),
    ("a", "title"),
    ("p", "class"),
    ("code", "class"),
    ("ol", "start"),
    ("th", "style"),
    ("td", "style"),
}


def html(text: str) -> str:
    return str(to_html(text, EVERYBODY, lambda key: f"/people/{key}"))


class Tags(HTMLParser):
    """Everything a browser would take for a tag."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(text: str) -> None:
    reader = Tags()
    reader.feed(html(text))
    for tag, attributes in reader.found:
        assert tag in ALLOWED, tag
        for name, value in attributes.items():
            assert (tag, name) in ATTRIBUTES, (tag, name)
            if name == "href":
                assert re.match(r"(?i)https?://|mailto:|/people/[a-z0-9-]+$", value or ""), value
            if name == "style":
                assert re.fullmatch(r"text-align:(left|right|center)", value or "")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](data:image/svg+xml,<svg onload=alert(1)>)",
        "<javascript:alert(1)>",
        "[x](vbscript:x)",
        "[x](//evil.example)",
        "[x](/\\evil.example)",
        "[x](java\nscript:alert(1))",
        "[x](&#106;avascript:1)",
        "[x]: javascript:alert(1)\n\n[x]",
        'https://x.example/"onmouseover=alert(1)',
        "`<script>`",
        "```<b>\n</script>\n```",
        '```"onclick=x\ny\n```',
        '!["onerror=x](https://x.example/"y)',
        '[x](https://x.example "a\\"onclick=b")',
        '@lea-lead"<b>',
        "|a|\n|:-:|\n|<b>|",
        "# <h1>",
        "<a href='https://x.example'>x</a>",
        "[a](https://x.example/'><script>)",
        "&lt;script&gt;",
        "[x](file:///etc/passwd)",
        "[x](blob:x)",
        "http://[::1]<script>",
        'mailto:a@b"x',
    ],
)
def test_nothing_a_comment_holds_becomes_markup_or_a_dangerous_link(text: str) -> None:
    assert_harmless(text)


@given(st.text(alphabet=st.sampled_from(list("<>[]()!\"'`*_#|-: \n/\\@abjs&;:hpt.=~1")), max_size=60))
def test_no_text_at_all_becomes_markup_or_a_dangerous_link(text: str) -> None:
    assert_harmless(text)


def test_lists_tables_links_and_emphasis_are_kept() -> None:
    body = html(
        "**Bold** and ~~gone~~\nnext line\n\n- one\n- two\n\n|a|b|\n|-|-|\n|1|2|\n\n[here](https://x.example/a?b=1&c=2)"
    )
    for part in (
        "<strong>Bold</strong>",
        "<s>gone</s>",
        "<br />",
        "<li>one</li>",
        "<td>1</td>",
        '<a href="https://x.example/a?b=1&amp;c=2" rel="noreferrer nofollow">here</a>',
    ):
        assert part in body, part


def test_a_pasted_address_becomes_a_link_without_the_punctuation_after_it() -> None:
    body = html("See https://x.example/a_b_c. (or http://y.example) and mail a@b.example")
    assert '<a href="https://x.example/a_b_c" rel="noreferrer nofollow">https://x.example/a_b_c</a>.' in body
    assert '<a href="http://y.example" rel="noreferrer nofollow">http://y.example</a>)' in body
    assert body.count("<a ") == 2


def test_a_picture_is_a_link_so_that_reading_fetches_nothing() -> None:
    body = html("![The chart](https://x.example/chart.png) and [![in](https://x.example/i.png)](https://x.example/)")
    assert "<img" not in body
    assert 'href="https://x.example/chart.png"' in body
    assert body.count("<a ") == body.count("</a>") == 2


def test_a_heading_in_a_comment_is_none_of_the_page() -> None:
    assert html("# Loud") == '<p class="said-heading">Loud</p>\n'


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@lea-lead", [LEA]),
        ("@Lea Lead", [LEA]),
        ("Hi @lea lead, and", [LEA]),
        ("@lea-lead's view", [LEA]),
        ("@Lea Lead’s", [LEA]),
        ("(@lea-lead)", [LEA]),
        ("@LEA-LEAD.", [LEA]),
        ("@Ann O’Brien-Smith!", [OLEA]),
        ("**@lea-lead**", [LEA]),
        ("> @lea-lead", [LEA]),
        ("- @lea-lead\n- @lea-lead", [LEA]),
        ("|@lea-lead|\n|-|\n|@o-brien|", [LEA, OLEA]),
        ("lea@lea-lead", []),
        ("`@lea-lead`", []),
        ("```\n@lea-lead\n```", []),
        ("[@lea-lead](https://x.example)", []),
        ("@lea", []),
        ("@lea-leader", []),
        ("@Lea Leadbetter", []),
        ("@nobody", []),
        ("@", []),
        ("@Jo Doe", []),
        ("@jo-2", [TWINS[1]]),
        ("https://x.example/@lea-lead", []),
        ("a/@lea-lead", []),
        ("@lea-lead@o-brien", [LEA]),
    ],
)
def test_a_mention_means_exactly_one_person_or_nobody(text: str, who: list[Named]) -> None:
    assert mentioned(text, EVERYBODY) == who


def test_namesakes_are_noticed() -> None:
    assert [set(one.people) for one in mentions("Ask @Jo Doe", EVERYBODY)] == [set(TWINS)]


def test_a_mention_is_a_link_to_the_person_under_todays_name() -> None:
    assert html("Ask @lea-lead's team") == (
        '<p>Ask <a href="/people/lea-lead" class="mention">@Lea Lead</a>\'s team</p>\n'
    )
    assert str(to_html("Ask @lea-lead", EVERYBODY, lambda key: "")) == "<p>Ask @Lea Lead</p>\n"


def test_an_excerpt_has_no_marks_and_ends_at_a_word() -> None:
    assert plain("# Why\n\nthe **jump** in `May`?\n- first", people=EVERYBODY) == "Why the jump in May? first"
    assert plain("Ask @lea-lead\nnow", people=EVERYBODY) == "Ask @Lea Lead now"
    assert plain("one two three, four", 16) == "one two three…"
    assert len(plain("x" * 500, 100)) <= 100


def test_a_hostile_text_is_read_in_no_time_and_without_a_fault() -> None:
    for text in (
        "[" * 20_000,
        "*" * 20_000,
        ">" * 20_000,
        "@" * 20_000,
        "`" * 19_999,
        "- " * 10_000,
        "![](" * 5_000,
        "@a " * 6_000,
        "\n\n".join(["@lea-lead"] * 1_500),
        "|" * 20_000 + "\n" + "|-" * 9_000,
    ):
        assert_harmless(text)
        assert len(plain(text, 100)) <= 100
        assert mentioned(text, EVERYBODY) in ([], [LEA])


def test_a_link_that_leads_nowhere_is_its_words() -> None:
    assert "<a" not in html("[words]() and ![a picture]()")
    assert "words" in html("[words]()")
