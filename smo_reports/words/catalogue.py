"""Message catalogues: the English sentence is the key, a ``.po`` file beside this module has the others.

>>> catalogue("en")("{n} rows", n="1,204")
'1,204 rows'
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from smo_reports.errors import ProjectError, nearest

LANGUAGES = ("en", "id")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Catalogue:
    """Says sentences in one language; a sentence that is not translated is said in English.

    Attributes
    ----------
    language : str
    """

    language: str
    _messages: Catalog | None = field(default=None, repr=False, compare=False)

    def __call__(self, sentence: str, **values: object) -> str:
        """The sentence with ``{name}`` replaced by values, put in as they are, never interpreted."""
        found = self._messages.get(sentence) if self._messages is not None else None
        said = found.string if found is not None and isinstance(found.string, str) and found.string else sentence
        # Texts of the data pass through here as well: without values nothing is put in, whatever braces they have.
        return said.format(**values) if values else said

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """The form of a sentence for ``n`` things; ``{n}`` is the number."""
        found = self._messages.get(one) if self._messages is not None else None
        given = found.string if found is not None and isinstance(found.string, list | tuple) else ()
        forms = [form for form in given if form]
        said = forms[min(int(n != 1), len(forms) - 1)] if forms else (one if n == 1 else many)
        return str(said).format(n=n, **values)

    def prose(self, markdown: str) -> str:
        """A notebook's prose: each line that the catalogue knows is replaced, headings keep their marks.

        >>> catalogue("id").prose("## Week by week")
        '## Minggu demi minggu'
        """
        lines = []
        for line in markdown.split("\n"):
            text = line.lstrip("# ")
            found = self._messages.get(text) if self._messages is not None and text else None
            said = found.string if found is not None and isinstance(found.string, str) else ""
            lines.append(line[: len(line) - len(text)] + said if said else line)
        return "\n".join(lines)


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language.

    Raises
    ------
    ProjectError
        When there is none.
    """
    if language == "en":
        return Catalogue("en")
    path = _FOLDER / f"{language}.po"
    if language not in LANGUAGES or not path.is_file():
        raise ProjectError(f"no words for language {language!r}; {nearest(language, LANGUAGES)}")
    with path.open("rb") as file:
        return Catalogue(language, read_po(file, locale=language))
