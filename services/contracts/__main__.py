"""`python -m services.contracts` (`make schemas`): writes the events' golden schemas anew."""

from services.contracts.golden import write

write()
