"""Files into grids of cells: delimiters, encodings, sheets, number formats. Knows nothing of Django."""

from sextant.readers.folders import open_path, read_folder
from sextant.readers.grids import Cell, Grid, ReadError, ReadNote, Row

__all__ = ["Cell", "Grid", "ReadError", "ReadNote", "Row", "open_path", "read_folder"]
