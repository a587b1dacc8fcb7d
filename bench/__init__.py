"""Measurements, each beside what is wanted and beside a limit of the same run: `make bench`."""
