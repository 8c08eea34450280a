"""Objectives and key results on their way in and out: planned, taken in, taken back, written as code."""
