"""The page that a simulated container answers with, as HTML and as text.

It says plainly that it is simulated and what it stands for. Values that look secret are
never shown. It knows containers; it knows nothing of addresses and servers.
"""

from __future__ import annotations

import html
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecs_tutorial.data_plane.runtime import ContainerRecord

MASK = "(hidden)"

LIGHT = {"text": "#1b1f24", "muted": "#4a5560", "ground": "#ffffff", "badge": "#7a3e00"}
DARK = {"text": "#e8eaed", "muted": "#b3bcc5", "ground": "#14181c", "badge": "#ffc069"}
"""Colours, each at least 4.5 to 1 against its ground."""

_SECRET_NAME = re.compile(r"PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|SALT|PRIVATE", re.IGNORECASE)
_CREDENTIALS_IN_URL = re.compile(r"://[^/\s@]*:[^/\s@]*@")
_LABEL = "com.amazonaws.ecs."

_FIRST_SIGHT = {
    "wordpress": "WordPress would show its installation page here.",
    "nginx": "nginx would welcome you here.",
    "httpd": "Apache httpd would say “It works!” here.",
    "phpmyadmin": "phpMyAdmin would ask for your user name here.",
    "ghost": "Ghost would show its first post here.",
}


_WITHOUT_VARIABLES = (
    "WordPress would show its set-up page here (/wp-admin/setup-config.php) and ask for its "
    "database: images since about 2021 read variables named WORDPRESS_…, not those of a link."
)


@dataclass(frozen=True)
class Page:
    """One page: its title, its HTML, and the same in plain text."""

    title: str
    html: str
    text: str


Row = tuple[str, str]


def container_page(record: ContainerRecord, neighbours: Iterable[ContainerRecord] = ()) -> Page:
    """The page of a running container; ``neighbours`` give its links their names."""
    sections = {
        "What answered": _identity(record),
        "Environment": tuple(_environment(record)),
        "Links": tuple(_links(record, neighbours)),
    }
    title = f"{_container_name(record)}: a simulated container"
    return Page(title, _html(title, _lead(record), sections), _text(title, _lead(record), sections))


def shown_value(name: str, value: str) -> str:
    """A variable's value, unless its name or its form says that it is a secret.

    >>> shown_value("WORDPRESS_DB_PASSWORD", "hunter2"), shown_value("WORDPRESS_DB_HOST", "mysql")
    ('(hidden)', 'mysql')
    """
    if _SECRET_NAME.search(name):
        return MASK
    return _CREDENTIALS_IN_URL.sub(f"://{MASK}@", value)


def _container_name(record: ContainerRecord) -> str:
    return record.spec.labels.get(f"{_LABEL}container-name") or record.spec.name


def _lead(record: ContainerRecord) -> str:
    repository = record.spec.image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    would = _FIRST_SIGHT.get(repository, f"The program in {record.spec.image} would answer here.")
    if repository == "wordpress" and not _is_configured(record):
        would = _WITHOUT_VARIABLES
    return f"SIMULATED: no program runs in this container. {would}"


def _is_configured(record: ContainerRecord) -> bool:
    """Whether the image would make WordPress a configuration, right or wrong."""
    return any(name.startswith("WORDPRESS_") for name in record.spec.environment)


def _identity(record: ContainerRecord) -> tuple[Row, ...]:
    labels = record.spec.labels
    family = labels.get(f"{_LABEL}task-definition-family", "")
    revision = labels.get(f"{_LABEL}task-definition-version", "")
    rows = (
        ("Container", _container_name(record)),
        ("Image", record.spec.image),
        ("Command", shlex.join(record.command)),
        ("Task", labels.get(f"{_LABEL}task-arn", "")),
        ("Task definition", f"{family}:{revision}" if family else ""),
        ("Cluster", labels.get(f"{_LABEL}cluster", "")),
        ("Docker name", record.spec.name),
        ("Docker id", record.runtime_id[:12]),
        ("Ports", _ports(record)),
    )
    return tuple((name, value) for name, value in rows if value)


def _ports(record: ContainerRecord) -> str:
    ports = record.spec.ports
    return ", ".join(f"{p.host_port} -> {p.container_port}/{p.protocol}" for p in ports)


def _environment(record: ContainerRecord) -> Iterator[Row]:
    for name, value in sorted(record.spec.environment.items()):
        yield name, shown_value(name, value)


def _links(record: ContainerRecord, neighbours: Iterable[ContainerRecord]) -> Iterator[Row]:
    """Alias and the container behind it."""
    names = {neighbour.runtime_id: _container_name(neighbour) for neighbour in neighbours}
    for alias, runtime_id in sorted(record.spec.links.items()):
        yield alias, f"the container {names.get(runtime_id, runtime_id[:12])}"


def _text(title: str, lead: str, sections: dict[str, tuple[Row, ...]]) -> str:
    blocks = [title, lead]
    for heading, rows in sections.items():
        lines = [f"  {name}: {value}" for name, value in rows] or ["  none"]
        blocks.append("\n".join((f"{heading}:", *lines)))
    return "\n\n".join(blocks) + "\n"


def _html(title: str, lead: str, sections: dict[str, tuple[Row, ...]]) -> str:
    badge, _, rest = lead.partition(": ")
    body = "\n".join(_section(heading, rows) for heading, rows in sections.items())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{html.escape(title)}</h1>
<p><strong>{html.escape(badge)}:</strong> {html.escape(rest)}</p>
{body}
</main>
</body>
</html>
"""


def _section(heading: str, rows: tuple[Row, ...]) -> str:
    cells = "\n".join(
        f'<tr class="fact"><th scope="row">{html.escape(name)}</th>'
        f"<td>{html.escape(value)}</td></tr>"
        for name, value in rows
    )
    content = f"<table>\n{cells}\n</table>" if rows else "<p>none</p>"
    return f"<h2>{heading}</h2>\n{content}"


def _colours(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


_STYLE = f"""
:root {{color-scheme:light dark;{_colours(LIGHT)}}}
@media (prefers-color-scheme:dark) {{:root {{{_colours(DARK)}}}}}
body {{margin:0;padding:1.5rem;font:1rem/1.5 system-ui,sans-serif;color:var(--text);
background:var(--ground)}}
main {{max-width:48rem;margin:auto}}
h1 {{font-size:1.4rem}} h2 {{font-size:1.1rem;margin:1.5rem 0 .25rem}}
strong {{color:var(--badge);border:2px solid;border-radius:.25rem;padding:0 .4rem}}
table {{border-collapse:collapse}} th {{color:var(--muted);font-weight:600}}
th,td {{text-align:left;vertical-align:top;padding:.15rem 1.25rem .15rem 0;
overflow-wrap:anywhere}}
""".strip()
