"""The one kind of error a person is meant to read."""


class Trouble(Exception):
    """Something the reader can act on, said in one sentence; the cause may follow it."""
