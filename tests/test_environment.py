"""pyproject.toml, constraints.txt and environment.yml describe one environment."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLATFORMS = {
    "Linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "macOS": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}
PYTHONS = ["3.11", "3.12", "3.13"]


def pins() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def pinned(environment: dict[str, str]) -> dict[str, list[str]]:
    """The versions pinned for an environment, by package."""
    versions: dict[str, list[str]] = {}
    for pin in pins():
        if pin.marker is None or pin.marker.evaluate(environment):
            versions.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier))
    return versions


def environment(platform: str, python: str) -> dict[str, str]:
    return {
        **default_environment(),
        **PLATFORMS[platform],
        "python_version": python,
        "python_full_version": f"{python}.9",
    }


def direct() -> list[Requirement]:
    """What pyproject.toml asks for, tests included."""
    optional = PROJECT["optional-dependencies"]["test"]
    return [Requirement(line) for line in PROJECT["dependencies"] + optional]


def needed(name: str, extras: set[str], seen: set[tuple[str, str]]) -> set[str]:
    """The installed packages that a package needs here, and those that they need."""
    for line in metadata.requires(name) or []:
        requirement = Requirement(line)
        for extra in {"", *extras}:
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
            key = (canonicalize_name(requirement.name), ",".join(sorted(requirement.extras)))
            if wanted and key not in seen:
                seen.add(key)
                needed(requirement.name, requirement.extras, seen)
    return {package for package, _ in seen}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_asked_for_is_pinned_once_and_within_its_range(platform, python):
    """On each system and Python, every direct dependency has one pin, which it allows."""
    versions = pinned(environment(platform, python))
    for requirement in direct():
        (pin,) = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin.removeprefix("=="))


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_no_package_has_two_pins_at_once(platform, python):
    """Two pins that hold together would leave nothing that pip could install."""
    versions = pinned(environment(platform, python))
    assert {name: each for name, each in versions.items() if len(each) > 1} == {}


def test_every_package_that_is_needed_here_is_pinned():
    """The pins reach down to what the dependencies depend on: nothing comes in unpinned."""
    everything = needed("ecs-tutorial", {"test"}, set())
    assert len(everything) > 100
    assert everything - set(pinned(default_environment())) == set()


def test_nothing_is_pinned_that_nobody_needs():
    """A package that was dropped goes from constraints.txt too."""
    everything = needed("ecs-tutorial", {"test"}, set())
    assert set(pinned(default_environment())) - everything == set()


def test_what_is_installed_here_is_what_is_pinned():
    """The tests ran with the versions that a newcomer gets."""
    here = pinned(default_environment())
    different = {
        name: metadata.version(name)
        for name in here
        if here[name] != [f"=={metadata.version(name)}"]
    }
    assert different == {}


def test_pins_name_versions_and_nothing_else():
    """A host, a path or a hash would tie the file to one place or one system."""
    for pin in pins():
        assert pin.url is None
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier))


def test_conda_installs_this_project_with_these_pins():
    """environment.yml repeats no package: it leads to the two other files."""
    *packages, by_pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert by_pip == {"pip": ["-c constraints.txt", "-e .[test]"]}
    assert [package.partition("=")[0] for package in packages] == ["python", "pip"]


def test_the_oldest_python_is_the_same_everywhere():
    """Conda makes the environment with the Python that the pins and the linters start from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"][0]
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    (oldest,) = SpecifierSet(PROJECT["requires-python"])
    assert oldest.operator == ">="
    assert conda == f"python={oldest.version}"
    assert f"--python-version {oldest.version} " in constraints
    assert project["tool"]["mypy"]["python_version"] == oldest.version
    assert project["tool"]["ruff"]["target-version"] == f"py{oldest.version.replace('.', '')}"
