"""Django plumbing without domain words."""
