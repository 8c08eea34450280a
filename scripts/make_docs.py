"""Rewrite the reference pages that come from the code."""

from __future__ import annotations

import reference

reference.start_django()
for file, text in reference.pages().items():
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    print(f"Wrote {file.relative_to(reference.ROOT)}")
