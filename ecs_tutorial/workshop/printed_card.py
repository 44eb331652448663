"""The learner's card for the printer: one page of paper, A4 or Letter, from any browser.

A page of HTML that needs nothing beside it. Its columns and its small type are for paper; on a
screen the same lines stand in as many columns as there is room for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from ecs_tutorial.workshop.card import Entry, entries
from ecs_tutorial.workshop.lessons import Lesson

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The learner's card</title>
<style>
:root {{ color-scheme: light dark; font: 0.875rem/1.35 system-ui, sans-serif }}
body {{ margin: 1rem }}
main {{ columns: 24rem; column-gap: 1.5rem }}
h1 {{ font-size: 1.4em; margin: 0 }}
h2 {{ font-size: 1.05em; margin: 0.5em 0 0.1em; break-after: avoid }}
p {{ margin: 0.2em 0 0.4em }}
dl {{ margin: 0 }}
div {{ break-inside: avoid; padding: 0.1em 0 }}
dt {{ font-weight: 600 }}
dd {{ margin: 0 0 0 1em }}
code {{ font: 0.92em ui-monospace, monospace; overflow-wrap: anywhere }}
span {{ display: inline-block }}
@page {{ size: portrait; margin: 7mm }}
@media print {{
  :root {{ color-scheme: light; font-size: 6pt; line-height: 1.15 }}
  body {{ margin: 0 }}
  main {{ columns: 3; column-gap: 4mm; column-rule: 0.2mm solid #888 }}
}}
</style>
</head>
<body>
<h1>The learner's card</h1>
<p>Every call of the tutorial, at the chapter that first explains it: for boto3, and below it for
the AWS CLI. <code>ecs</code> is <code>boto3.client("ecs")</code>, and so on; <code>…</code> are
parameters that the notebook unpacks, and a waiter gets its own in <code>.wait(…)</code>. Made by
<code>ecs-tutorial workshop --card-to-print</code>.</p>
<main>
{chapters}</main>
</body>
</html>
"""


def page(lessons: Sequence[Lesson]) -> str:
    """The card as a page that a browser shows and prints."""
    return PAGE.format(chapters="".join(_chapters(entries(lessons))))


def _chapters(found: Iterator[Entry]) -> Iterator[str]:
    for title, of_it in groupby(found, lambda each: each.lesson.title):
        calls = "".join(map(_call, of_it))
        yield f"<h2>{escape(title)}</h2>\n<dl>\n{calls}</dl>\n"


def _call(entry: Entry) -> str:
    return f"<div><dt>{_code(entry.boto3)}</dt><dd>{_code(entry.cli)}</dd></div>\n"


def _code(form: str) -> str:
    """A line may end between words and behind a bracket, not at a hyphen inside a word."""
    words = (escape(word).replace("(", "(<wbr>") for word in form.split())
    return f"<code>{' '.join(f'<span>{word}</span>' for word in words)}</code>"
