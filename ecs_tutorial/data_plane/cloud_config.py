"""The cloud-config form of user data: YAML that says which files and commands to make.

It knows the few modules of cloud-init that can leave a file; what it does not know it
names. It neither runs the commands nor writes the files.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import shlex
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_UNZIPPED_LIMIT = 1_048_576
_EXPANDED_LIMIT = 4 * _UNZIPPED_LIMIT


@dataclass(frozen=True)
class FileToWrite:
    path: str
    text: str
    append: bool = False


@dataclass(frozen=True)
class CloudConfig:
    """What a cloud-config asks for; commands are lines of shell."""

    boot_commands: tuple[str, ...] = ()
    files: tuple[FileToWrite, ...] = ()
    run_commands: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def read_cloud_config(text: str) -> CloudConfig:
    """Read a cloud-config; a text that is none leaves cloud-init's own warning.

    >>> read_cloud_config("runcmd: [[echo, 'a b']]").run_commands
    ("echo 'a b'",)
    """
    try:
        document = _document(text)
    except _TooMuchError as error:
        return CloudConfig(remarks=(f"not simulated: {error}",))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return CloudConfig(remarks=(_invalid(error),))
    if not isinstance(document, Mapping | None):
        kind = type(document).__name__
        allowed = f"Yaml load allows (<class 'dict'>,) root types, but got {kind} instead"
        return CloudConfig(remarks=(f"util.py[WARNING]: Failed loading yaml blob. {allowed}",))
    return _of(document or {})


class _TooMuchError(Exception):
    """The document's aliases stand for more than a boot script will ever need."""


def _document(text: str) -> Any:
    """Load a document whose aliases, written out, keep within bounds."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _written_out(node, {}) > _EXPANDED_LIMIT:
            raise _TooMuchError("cloud-config whose YAML aliases expand to too much")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """The length of a node with its aliases filled in; one that contains itself has no end."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = _EXPANDED_LIMIT + 1
    if isinstance(node, yaml.MappingNode):
        children = [child for pair in node.value for child in pair]
    else:
        children = node.value if isinstance(node, yaml.SequenceNode) else []
    own = len(node.value) if isinstance(node, yaml.ScalarNode) else 0
    known[id(node)] = 1 + own + sum(_written_out(child, known) for child in children)
    return known[id(node)]


def _invalid(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" at line {mark.line + 1} column {mark.column + 1}" if mark else ""
    return f"util.py[WARNING]: Failed loading yaml blob. Invalid format{where}: {error}"


def _of(document: Mapping[Any, Any]) -> CloudConfig:
    known = {"bootcmd", "write_files", "runcmd"}
    remarks = [f"not simulated: cloud-config {key}" for key in document if key not in known]
    files = tuple(_files(document.get("write_files"), remarks))
    return CloudConfig(
        boot_commands=tuple(_commands(document.get("bootcmd"), remarks)),
        files=files,
        run_commands=tuple(_commands(document.get("runcmd"), remarks)),
        remarks=tuple(remarks),
    )


def _commands(items: Any, remarks: list[str]) -> Iterator[str]:
    """A string is a line for the shell as it is; a list is one command, word by word."""
    for item in items if isinstance(items, list) else []:
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            yield shlex.join(str(word) for word in item)
        else:
            remarks.append(
                f"Unable to shellify type '{type(item).__name__}'. Expected list, string"
            )


def _files(items: Any, remarks: list[str]) -> Iterator[FileToWrite]:
    for number, item in enumerate(items if isinstance(items, list) else [], start=1):
        if not isinstance(item, Mapping) or not item.get("path"):
            remarks.append(
                f"cc_write_files.py[WARNING]: No path provided to write for entry {number}"
            )
            continue
        content = _content(str(item.get("content") or ""), str(item.get("encoding") or ""))
        yield FileToWrite(str(item["path"]), content, append=item.get("append") is True)


def _content(content: str, encoding: str) -> str:
    """The text behind ``encoding``: plain, ``b64``, ``gz+b64`` and their long names."""
    if not any(name in encoding for name in ("b64", "base64")):
        return content
    try:
        data = base64.b64decode(content)
        return (unzipped(data) if "gz" in encoding else data).decode(errors="replace")
    except (binascii.Error, OSError, zlib.error):
        return content


def unzipped(data: bytes) -> bytes:
    """Gunzip, up to the most that a boot script will ever need."""
    return zlib.decompressobj(wbits=31).decompress(data, _UNZIPPED_LIMIT) or gzip.decompress(data)
