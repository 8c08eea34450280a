"""Arriving and leaving: reading, planning, previewing and confirming an import; the lossless export."""
