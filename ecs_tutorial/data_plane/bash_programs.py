"""The programs that a simulated shell has: echo, printf, cat, tee and their like.

Each is a function of one call; none reaches beyond the files of its instance.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from ecs_tutorial.data_plane.bash import Call, Program, ScriptExitError
from ecs_tutorial.data_plane.host_files import SIZE_LIMIT

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_DIRECTIVE = re.compile(r"%(?:%|([-+ 0#]*)(\d+|\*)?(?:\.(\d+|\*))?([sdb]))")
_WIDEST = 10_000
_SHORT_OPTIONS = {"e": "errexit", "x": "xtrace", "u": "nounset", "v": "verbose"}

_INSTALLED_NAMES = """
    amazon-linux-extras awk aws base64 cp crontab curl cut date dd df dnf docker ecs eval exec find
    free grep groupadd gunzip gzip head hostname hostnamectl id initctl ip iptables jq kill ln
    logger ls lsblk mkfs mkfs.ext4 mkfs.xfs modprobe mount mv nohup passwd pip pip3 ps python
    python3 read reboot restart rm rpm sed service shift shutdown sort source start stop swapon
    sysctl systemctl tail tar test timedatectl tr trap ulimit umask umount uname unset useradd
    usermod wait wc wget which xargs yum yum-config-manager cloud-init cloud-init-per [ .
"""
INSTALLED = frozenset(_INSTALLED_NAMES.split())
"""What Amazon Linux has, and what bash has built in, that a boot script may well call."""


def _unescaped(text: str) -> str:
    """Backslash escapes as ``echo -e`` and ``printf`` read them."""
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], _kept(match)), text)


def _kept(match: re.Match[str]) -> str:
    return "\\" if match[1] == "\\" else match[0]


def echo(call: Call) -> int:
    words, options = list(call.arguments), ""
    while words and re.fullmatch("-[neE]+", words[0]):
        options += words.pop(0)[1:]
    text = " ".join(words)
    call.print(_unescaped(text) if "e" in options else text)
    call.print("" if "n" in options else "\n")
    return 0


def printf(call: Call) -> int:
    if not call.arguments:
        return call.fail("printf: usage: printf [-v var] format [arguments]", 2)
    template, *values = call.arguments
    length = 0
    while True:
        rest = list(values)
        try:
            text = _formatted(template, rest)
        except _WidthError as error:
            return call.fail(f"{call.name}: {error}: Numerical result out of range")
        call.print(text)
        length += len(text)
        if not rest or len(rest) == len(values) or length > SIZE_LIMIT:
            return 0
        values = rest


class _WidthError(Exception):
    """A field as wide as this is not written."""


def _formatted(template: str, values: list[str]) -> str:
    """The template with its directives filled in from the front of ``values``."""

    def following() -> str:
        return values.pop(0) if values else ""

    def value(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        width, precision = (_size(following() if n == "*" else n) for n in match.group(2, 3))
        text = _unescaped(following()) if match[4] == "b" else following()
        return _padded(text, match, width or 0, precision)

    return _DIRECTIVE.sub(value, _unescaped(template))


def _size(digits: str | None) -> int | None:
    if digits is None or not re.fullmatch("-?[0-9]+", digits):
        return None
    if len(digits) > len(str(_WIDEST)) or abs(int(digits)) > _WIDEST:
        raise _WidthError(digits)
    return int(digits)


def _padded(text: str, match: re.Match[str], width: int, precision: int | None) -> str:
    if match[4] == "d":
        text = text.zfill(width if "0" in match[1] and "-" not in match[1] else precision or 0)
    elif precision is not None and precision >= 0:
        text = text[:precision]
    return text.ljust(abs(width)) if width < 0 or "-" in match[1] else text.rjust(width)


def cat(call: Call) -> int:
    status = 0
    for path in call.arguments or ("-",):
        text = call.streams.stdin if path == "-" else call.read(path)
        if text is None:
            status = call.fail(f"cat: {path}: No such file or directory")
        else:
            call.print(text)
    return status


def tee(call: Call) -> int:
    append = any(option in call.arguments for option in ("-a", "--append"))
    call.print(call.streams.stdin)
    status = 0
    for path in (word for word in call.arguments if not word.startswith("-")):
        if not call.write(path, call.streams.stdin, append=append):
            status = call.fail(f"tee: {path}: No such file or directory")
    return status


def mkdir(call: Call) -> int:
    for path in (word for word in call.arguments if not word.startswith("-")):
        call.shell.files.make_folder(call.shell.path(path))
    return 0


def touch(call: Call) -> int:
    for path in (word for word in call.arguments if not word.startswith("-")):
        if not call.write(path, "", append=True):
            return call.fail(f"touch: cannot touch '{path}': No such file or directory")
    return 0


def cd(call: Call) -> int:
    path = call.shell.path(call.arguments[0] if call.arguments else "/root")
    if not call.shell.files.is_folder(path):
        return call.fail(f"{call.name}: {call.arguments[0]}: No such file or directory")
    call.shell.folder = path
    return 0


def export(call: Call) -> int:
    for word in call.arguments:
        if "=" in word:
            call.shell.assign(word)
    return 0


def set_options(call: Call) -> int:
    """``set -ex``, ``set +x``, ``set -o errexit``."""
    for word in call.arguments:
        change = call.shell.options.discard if word.startswith("+") else call.shell.options.add
        names = [_SHORT_OPTIONS.get(letter, letter) for letter in word[1:]]
        for name in names if word[:1] in {"-", "+"} else [word]:
            change(name)
    return 0


def end_script(call: Call) -> int:
    code = call.arguments[0] if call.arguments else "0"
    raise ScriptExitError(int(code) % 256 if code.isdigit() else 2)


def sudo(call: Call) -> int:
    """Every command is root's on a booting instance; options of sudo are passed over."""
    words = list(call.arguments)
    while words and words[0].startswith("-"):
        del words[: 2 if words[0] in {"-u", "-g"} else 1]
    return call.shell.call(tuple(words), call.streams, shlex.join(words)) if words else 0


def shell(call: Call) -> int:
    """``bash -c "…"``, also ``bash -xc``, and a script on standard input."""
    options = [word for word in call.arguments if word.startswith("-")]
    operands = [word for word in call.arguments if not word.startswith("-")]
    if not any(option.endswith("c") for option in options):
        text = call.read(operands[0]) if operands else call.streams.stdin
        if text is None:
            return call.fail(f"{call.name}: {operands[0]}: No such file or directory", 127)
        return call.shell.nested(text, call.streams)
    return call.shell.nested(operands[0] if operands else "", call.streams)


def succeed(_: Call) -> int:
    return 0


def give_up(_: Call) -> int:
    return 1


READING_PROGRAMS: Mapping[str, Program] = {
    "cat": cat,
    "echo": echo,
    "printf": printf,
    "sudo": sudo,
    "true": succeed,
    "false": give_up,
    ":": succeed,
}
"""What a learner's command on a running instance may use."""

BOOT_PROGRAMS: Mapping[str, Program] = {
    **READING_PROGRAMS,
    "bash": shell,
    "cd": cd,
    "chmod": succeed,
    "chown": succeed,
    "exit": end_script,
    "export": export,
    "mkdir": mkdir,
    "set": set_options,
    "sh": shell,
    "sleep": succeed,
    "tee": tee,
    "touch": touch,
}
"""What a boot script may use."""
