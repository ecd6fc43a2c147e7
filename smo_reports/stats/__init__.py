"""Numbers in, numbers out: statistics that know nothing of tables, each with the paper it is taken from."""
