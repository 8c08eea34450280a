"""Vision, themes and cycles."""
