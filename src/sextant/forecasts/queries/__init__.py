"""Reads of forecasts and of the chances that follow from them."""
