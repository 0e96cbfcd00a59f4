"""Something that the person at the keyboard can put right: shown as one message, without a traceback."""


class Trouble(Exception):
    """`exit_code` is what the command ends with."""

    exit_code = 1


class BadOption(Trouble):
    """An option's value cannot be used."""

    exit_code = 2
