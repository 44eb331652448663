"""A notebook as the tests read it: its cells, its steps, its Markdown and its AWS calls."""

from __future__ import annotations

import ast
from functools import cached_property
from pathlib import Path

import mistune
import nbformat

from ecs_tutorial.chapters import Chapters
from ecs_tutorial.workshop.calls import calls_in, cli_blocks, clients_in

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"

parse = mistune.create_markdown(renderer="ast", plugins=["table"])


class Cell:
    """One cell of a notebook."""

    def __init__(self, node, place):
        self.node = node
        self.place = place
        """Its number in the notebook, from 0."""
        self.source = node.source
        self.tags = list(node.metadata.get("tags", ()))
        self.is_code = node.cell_type == "code"
        self.outputs = node.get("outputs", [])

    def __str__(self):
        return f"cell {self.place} ({self.node.get('id', '?')})"

    @cached_property
    def tokens(self):
        """The Markdown's tokens, those inside others too."""
        return list(_flat(parse(self.source))) if not self.is_code else []

    def of_kind(self, kind):
        return [token for token in self.tokens if token["type"] == kind]

    @cached_property
    def headings(self):
        """Level and text of each heading."""
        return [(each["attrs"]["level"], words(each)) for each in self.of_kind("heading")]

    @cached_property
    def prose(self):
        """What is read as language: no code, no HTML, no title of the notebook."""
        blocks = [token for token in parse(self.source) if not _is_title(token)]
        return "\n".join(words(block) for block in blocks)

    @cached_property
    def tree(self):
        return ast.parse(self.source)

    @cached_property
    def printed(self):
        """What the cell printed, as one text."""
        return "".join(each.text for each in self.outputs if each.output_type == "stream")

    @property
    def cli_blocks(self):
        """The lines of its blocks with the CLI's form, block by block."""
        return cli_blocks(self.source)


def _flat(tokens):
    for token in tokens:
        yield token
        yield from _flat(token.get("children", ()))


def _is_title(token):
    return token["type"] == "heading" and token["attrs"]["level"] == 1


def words(token):
    """The text in a token and below it; code and HTML are left out."""
    if token["type"] in {"codespan", "block_code", "block_html", "inline_html", "image"}:
        return " "
    if token["type"] in {"softbreak", "linebreak", "blank_line"}:
        return "\n"
    below = (words(child) for child in token.get("children", ()))
    return token.get("raw", "") + "".join(below) + ("\n" if token["type"] == "paragraph" else "")


class Book:
    """A whole notebook, read from its file or made in a test."""

    def __init__(self, path, node=None):
        self.path = path
        self.node = node or nbformat.read(path, as_version=4)
        self.about = self.node.metadata.get("ecs_tutorial", {})
        self.chapter = self.about.get("chapter")
        self.cells = [Cell(each, place) for place, each in enumerate(self.node.cells)]

    def __str__(self):
        return self.path.stem

    @cached_property
    def code(self):
        return [cell for cell in self.cells if cell.is_code]

    @cached_property
    def markdown(self):
        return [cell for cell in self.cells if not cell.is_code]

    def tagged(self, tag):
        return [cell for cell in self.cells if tag in cell.tags]

    @cached_property
    def title(self):
        return self.cells[0].source.partition("\n")[0].removeprefix("# ")

    @cached_property
    def headings(self):
        return [heading for cell in self.markdown for heading in cell.headings]

    @cached_property
    def sections(self):
        """The cells below each heading of the second level, in order, as lists."""
        found = [[]]
        for cell in self.cells:
            if cell.source.startswith("## ") and not cell.is_code:
                found.append([])
            found[-1].append(cell)
        return found

    @cached_property
    def steps(self):
        """The sections with code, but the one that starts the lab."""
        return [
            section
            for section in self.sections
            if any(c.is_code for c in section) and not any("start" in c.tags for c in section)
        ]

    def section_of(self, cell):
        return next(section for section in self.sections if cell in section)

    def before(self, cell):
        return self.cells[cell.place - 1] if cell.place else None

    def after(self, cell):
        return self.cells[cell.place + 1] if cell.place + 1 < len(self.cells) else None

    @cached_property
    def clients(self):
        """The names that hold a boto3 client, with its service."""
        return {name: service for cell in self.code for name, service in clients_in(cell.tree)}

    def calls(self, cell):
        """The AWS operations that a cell calls, in the order of the text."""
        return list(calls_in(cell.tree, self.clients))


def books():
    """The tutorial, in the order in which it is read."""
    return [Book(path) for path in Chapters(NOTEBOOKS).notebooks.values()]
