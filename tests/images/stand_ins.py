"""Images for tests on a machine that cannot reach Docker Hub, made from Debian's packages.

Each image is a folder beside this file. What has been made is kept outside the tree under
the hash of all that it was made from, so that it is made once.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import os
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from docker import APIClient
from docker.errors import APIError
from platformdirs import user_cache_dir

HERE = Path(__file__).resolve().parent
PARENTS = {
    "httpd": "busybox",
    "mysql": "debian",
    "registry": "debian",
    "wordpress": "debian",
    "listens": "busybox",
}
TAGS = {
    "busybox": "busybox:latest",
    "debian": "debian:bookworm-slim",
    "httpd": "httpd:2.4",
    "listens": "service.invalid/listens:latest",
    "mysql": "mysql:8.4",
    "registry": "registry:2.8",
    "wordpress": "wordpress:6.8-apache",
}
"""The image's name in tests and notebooks; ``.invalid`` is a registry that nobody can reach."""
LABEL = "ecs-tutorial.stand-in"
"""On a stand-in: the hash of what it was made from."""


def cache_folder() -> Path:
    given = os.environ.get("ECS_TUTORIAL_IMAGE_CACHE")
    folder = Path(given or user_cache_dir("ecs-tutorial", "ecs-tutorial")) / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ensure(client: APIClient, name: str) -> str:
    """Have an image on the engine: its own, Docker Hub's, a kept one or a new one; its tag."""
    tag = TAGS[name]
    if not (is_current(client, name) or pulled(client, tag)):
        kept = cache_folder() / f"{name}-{key(name)}.tar.zst"
        if not kept.exists():
            make(client, name)
            keep(client, tag, kept)
        else:
            load(client, kept, tag)
    return tag


def is_current(client: APIClient, name: str) -> bool:
    """Whether the engine has the real image, or a stand-in made of what is here now."""
    if not is_there(client, TAGS[name]):
        return False
    labels = client.inspect_image(TAGS[name])["Config"]["Labels"] or {}
    return labels.get(LABEL, key(name)) == key(name)


def is_there(client: APIClient, tag: str) -> bool:
    try:
        return bool(client.inspect_image(tag))
    except APIError:
        return False


def pulled(client: APIClient, tag: str) -> bool:
    try:
        client.pull(*tag.split(":"))
    except APIError:
        return False
    return is_there(client, tag)


def key(name: str) -> str:
    """The hash of all that an image is made from: its folder or program, and its parent."""
    digest = hashlib.sha256()
    if name in PARENTS:
        digest.update(key(PARENTS[name]).encode())
    else:
        digest.update(inspect.getsource(BASES[name]).encode())
    for file in sorted((HERE / name).rglob("*")):
        digest.update(str(file.relative_to(HERE)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def make(client: APIClient, name: str) -> None:
    if name in PARENTS:
        ensure(client, PARENTS[name])
        build(client, name)
    else:
        BASES[name](client)


def build(client: APIClient, name: str) -> None:
    """``docker build``; a step that fails says so with its last lines."""
    lines: list[str] = []
    options = {"tag": TAGS[name], "labels": {LABEL: key(name)}, "rm": True, "forcerm": True}
    for message in client.build(path=str(HERE / name), decode=True, **options):
        lines.append(message.get("stream", ""))
        if "error" in message:
            raise RuntimeError("".join(lines[-40:]) + message["error"])


def keep(client: APIClient, tag: str, path: Path) -> None:
    """Keep an image for the next time, in place of what was kept of it before."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        zstd = subprocess.Popen(["zstd", "-q", "-3"], stdin=subprocess.PIPE, stdout=file)
        for part in client.get_image(tag):
            zstd.stdin.write(part)
        zstd.stdin.close()
        if zstd.wait() != 0:
            raise RuntimeError(f"zstd failed on {tag}")
    for older in path.parent.glob(f"{path.name.partition('-')[0]}-*"):
        older.unlink()
    Path(file.name).replace(path)


def load(client: APIClient, path: Path, tag: str) -> None:
    """Load a kept image under the tag that it has now."""
    with subprocess.Popen(["zstd", "-q", "-dc", path], stdout=subprocess.PIPE) as zstd:
        for message in client.load_image(zstd.stdout):
            if "error" in message:
                raise RuntimeError(message["error"])
            _, loaded, name = message.get("stream", "").strip().partition("Loaded image: ")
            if loaded and name != tag:
                client.tag(name, *tag.split(":"))
                client.remove_image(name)


def make_busybox(client: APIClient) -> None:
    """One static program under all its names."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        subprocess.run(
            ["apt-get", "download", "-q", "busybox-static"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        [package] = Path(folder).glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        program = next(Path(folder).rglob("bin/busybox"))
        listing = subprocess.run([program, "--list"], check=True, capture_output=True, text=True)
        import_tree(client, "busybox", busybox_tree(program, listing.stdout.split()))


def busybox_tree(program: Path, names: list[str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tree:
        for folder, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)):
            tree.addfile(entry(folder, tarfile.DIRTYPE, mode))
        tree.add(program, "bin/busybox")
        for name in sorted(set(names) - {"busybox"}):
            link = entry(f"bin/{name}", tarfile.SYMTYPE, 0o777)
            link.linkname = "busybox"
            tree.addfile(link)
        users = b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
        passwd = entry("etc/passwd", tarfile.REGTYPE, 0o644)
        passwd.size = len(users)
        tree.addfile(passwd, io.BytesIO(users))
    return buffer.getvalue()


def entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode = kind, mode
    return info


def make_debian(client: APIClient) -> None:
    """A small Debian, with the certificate authorities that this machine trusts."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "debian.tar"
        subprocess.run(
            ["sh", str(HERE / "debian" / "make.sh"), str(tree)], check=True, capture_output=True
        )
        import_tree(client, "debian", tree.read_bytes(), "bash")


def import_tree(client: APIClient, name: str, tree: bytes, shell: str = "sh") -> None:
    changes = [
        f'CMD ["{shell}"]',
        "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        f"LABEL {LABEL}={key(name)}",
    ]
    repository, tag = TAGS[name].split(":")
    client.import_image_from_data(tree, repository=repository, tag=tag, changes=changes)


BASES: dict[str, Callable[[APIClient], None]] = {"busybox": make_busybox, "debian": make_debian}


def main() -> None:
    """Have every image on the engine that answers, and say what that took."""
    from ecs_tutorial.engine import connect

    client = connect()
    for name in TAGS:
        began = time.monotonic()
        tag = ensure(client, name)
        took, size = time.monotonic() - began, client.inspect_image(tag)["Size"] / 1e6
        print(f"{tag}: {size:.0f} MB, {took:.1f} s", flush=True)
    client.close()


if __name__ == "__main__":
    main()
