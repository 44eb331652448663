"""The readers of what learners write: any bytes go in, and an answer in words comes out."""

from __future__ import annotations

from ecs_tutorial.data_plane.user_data import boot_script
from ecs_tutorial.notebook.dockerfile import plan

UNFORESEEN = "Error:"
"""In the line of a log that names a failure which no reader foresaw."""
SEEDS: dict[str, tuple[bytes, ...]] = {
    "user-data": (
        b"#!/bin/bash\necho ECS_CLUSTER=web >> /etc/ecs/ecs.config\n",
        b"#!/bin/bash\ncat <<'EOF' >> /etc/ecs/ecs.config\nECS_CLUSTER=web\nEOF\n",
        b'#!/bin/sh -e\nA=$(echo "${B:-x}" | tr a b)\nif true; then echo $A; fi\n',
        b"#cloud-config\nwrite_files:\n- path: /etc/ecs/ecs.config\n  content: ECS_CLUSTER=web\n",
        b"#cloud-config\nruncmd:\n- [touch, /a]\n- echo b > /c\n",
        b'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n--B\n'
        b'Content-Type: text/x-shellscript; charset="us-ascii"\n\n#!/bin/bash\ntrue\n--B--\n',
        b"IyEvYmluL2Jhc2gKdHJ1ZQo=",
    ),
    "dockerfile": (
        b"FROM debian\nRUN apt-get update \\\n && apt-get install -y less\nEXPOSE 80\n",
        b"# escape=`\nARG T=1\nFROM a:${T} AS b\nENV A=1 B='2 3'\nCOPY --from=b . /\n",
        b'FROM scratch\nRUN <<EOF\necho a\nEOF\nCMD ["a", "b"]\nONBUILD ADD x y\n',
    ),
}


def read_user_data(data: bytes) -> None:
    """Boot with it; whatever is not understood stands in the log by name."""
    result = boot_script(data)
    unforeseen = [line for line in result.log if _is_unforeseen(line)]
    assert not unforeseen, unforeseen
    assert all(isinstance(text, str) for text in result.files.values())


def _is_unforeseen(line: str) -> bool:
    return line.startswith("not simulated: ") and line.split()[2].endswith(UNFORESEEN)


def read_dockerfile(data: bytes) -> None:
    """Plan a build; its steps are numbered and stand on lines of the file."""
    text = data.decode(errors="replace")
    steps = plan(text)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert all(1 <= step.line <= text.count("\n") + 1 for step in steps)


READERS = {"user-data": read_user_data, "dockerfile": read_dockerfile}
