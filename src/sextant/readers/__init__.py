"""Files into grids of cells: delimiters, encodings, sheets, number formats. Knows nothing of Django.

`open_path(path) -> list[Grid]` opens one file, `read_folder(path) -> (grids, notes)` a whole folder;
both live in `sextant.readers.folders`, the shapes in `sextant.readers.grids`.
"""
