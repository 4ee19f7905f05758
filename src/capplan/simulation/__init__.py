"""A network played out event by event: what happens, not what theory says of it. It knows no topology and no files."""
