"""How fast it is, beside the limits and the usual ways, measured in one run: `make bench`."""
