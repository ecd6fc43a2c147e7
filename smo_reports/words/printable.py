"""Text that somebody wrote, as one line that can be printed."""

from __future__ import annotations


def printable(text: str, longest: int = 0) -> str:
    r"""Text as one line: nothing in it can start another line, move the cursor, colour a terminal or turn the text.

    Parameters
    ----------
    text : str
        Titles, names and notes as they were written; half surrogates count as not printable too.
    longest : int
        Cut what is longer, with an ellipsis; 0 cuts nothing.

    Returns
    -------
    str
        Control and format characters are spaces, spaces are single, and none is at either end.

    Examples
    --------
    >>> printable("a\nb\x1b[2J\x00"), printable("x" * 40, 4)
    ('a b [2J', 'xxx…')
    """
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if not longest or len(line) <= longest else line[: longest - 1] + "…"
