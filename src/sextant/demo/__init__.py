"""The demo organisation: an invented regional care group with two years of values up to today.

Everything is made by the commands everybody uses, each at the moment in the past at which it would have happened,
so that any page can be looked at as of a past day.
"""
