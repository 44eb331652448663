"""CloudFormation templates are read as data: moto's loader would run what a tag asks for.

``!!python/object/apply:os.system`` in a template is a call to moto. YAML's own types and
CloudFormation's short forms, ``!Ref`` and its like, are all that a template may have.
"""

from __future__ import annotations

import json
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import yaml
from moto.cloudformation import models, responses
from moto.cloudformation.exceptions import ValidationError

from .seam import Seam


class TemplateLoader(yaml.SafeLoader):
    """Data, and tags of one exclamation mark; a date, as in a version, is text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - pyyaml wants it as it is
        first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def short_form(loader: TemplateLoader, name: str, node: yaml.Node) -> Any:
    """``!Ref`` and its like, written out, with whatever stands in them."""
    full = name if name in ("Ref", "Condition") else f"Fn::{name}"
    if isinstance(node, yaml.MappingNode):
        return {full: loader.construct_mapping(node, deep=True)}
    if isinstance(node, yaml.SequenceNode):
        return {full: loader.construct_sequence(node, deep=True)}
    return {full: node.value.split(".", 1) if name == "GetAtt" else node.value}


TemplateLoader.add_multi_constructor("!", short_form)


class SafeTemplatesSeam(Seam):
    def _mend(self) -> None:
        for module in (models, responses):
            self._replace(module, "yaml", READS_DATA)
        self._replace(models.CloudFormationBackend, "validate_template", complaints)


def complaints(_: models.CloudFormationBackend, template: str) -> list[Any]:
    """What ValidateTemplate finds; moto asks a linter that is not there, through a file.

    Raises:
        ValidationError: it is no template.
    """
    # AWS: a template's resources are looked at too, and its parameters are told.
    load(template)
    return []


def load(text: str, **_: Any) -> dict[str, Any]:
    """The template that a text is, whatever loader is asked for.

    Raises:
        ValidationError: it is none, or has a tag that stands for no data.
    """
    template = _data(text)
    if not isinstance(template, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    if not isinstance(template.get("Resources"), dict):
        # AWS: a template may have resources that only a macro makes.
        message = "Template format error: At least one Resources member must be defined."
        raise ValidationError(message=message)
    return template


def _data(text: str) -> Any:
    try:
        return yaml.load(text, TemplateLoader)
    except yaml.YAMLError as error:
        with suppress(ValueError):  # tabs, say, are JSON's and not YAML's
            return json.loads(text)
        # AWS: the text goes on with line and column.
        message = f"Template format error: YAML not well-formed: {error}"
        raise ValidationError(message=message) from error


READS_DATA = SimpleNamespace(
    load=load, Loader=TemplateLoader, add_multi_constructor=lambda *_: None
)
"""What moto uses of the module yaml."""
