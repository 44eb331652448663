"""A web page in words: what a reader of it would read, line by line. Pure."""

from __future__ import annotations

from html.parser import HTMLParser

_UNREAD = frozenset({"head", "script", "style", "template", "svg"})
_INLINE = frozenset({"a", "abbr", "b", "code", "em", "i", "label", "small", "span", "strong", "u"})


def in_words(page: str) -> str:
    """The title, then the text of the page.

    >>> print(in_words("<title>Shop</title><style>p {}</style><h1>Hello</h1><p>to <b>you</b></p>"))
    Shop
    Hello
    to you

    A row of the class ``fact`` is one line, its name and its value.

    >>> in_words("<table><tr class=fact><th>Image</th><td>nginx</td></tr></table>")
    'Image: nginx'
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.text).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._unread: list[str] = []
        self._is_title = False
        self._is_fact = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_title = tag == "title"
        if tag in _UNREAD:
            self._unread.append(tag)
        elif tag == "body":
            # The end of a head may be left out.
            self._unread = [each for each in self._unread if each != "head"]
        if tag == "tr":
            self._is_fact = ("class", "fact") in attrs
        if tag not in _INLINE and not (tag == "td" and self._is_fact):
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._is_title = False
        if tag in self._unread:
            self._unread.remove(tag)
        if tag not in _INLINE:
            self.text.append(": " if tag == "th" and self._is_fact else "\n")

    def handle_data(self, data: str) -> None:
        if self._is_title or not self._unread:
            self.text.append(data.replace("\n", " "))
