"""Marks of footnotes behind names, titles and periods."""

import re

_MARK = re.compile(
    r"(?:\s*(?:[¹²³⁴⁵⁶⁷⁸⁹⁰]{1,3}\)?|\*{1,3}|[†‡§]|(?<=[\s¹²³])\d{1,2}\)"
    r"|[\[(]\s*(?:see\s+)?(?:foot)?notes?\b[^\])]{0,20}[\])]|\[\s*[a-z0-9]{1,2}\s*\]|\(\d{1,2}\)))+\s*$",
    re.IGNORECASE,
)
_AREA = re.compile(r"(?:^|[\s/])[kcmd]?m[²³]$")


def without_mark(name: str) -> str:
    """ "Waiting time¹", "Staff *", "Visits [note 3]" -> the name alone; "Energy per m²" stays."""
    if _AREA.search(name):
        return name
    return _MARK.sub("", name).strip() or name
