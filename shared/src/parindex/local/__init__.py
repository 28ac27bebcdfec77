"""Everything on one machine: embedded servers and the launcher behind `make run`. No production path comes here."""
