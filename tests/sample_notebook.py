"""A notebook that keeps every rule, made in a test so that it can be broken there."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_structure import SWITCH

OPENING = """\
# Chapter 2: A cluster

A cluster is a name under which capacity comes together.

## What you will do

You make a cluster in Amazon Elastic Container Service (Amazon ECS).

## What you will be able to do

- Create a cluster with boto3.
- Read its counts.

## What you need

**Necessary:** Python.

**Helpful:** [Start here](00-start-here.ipynb)."""

CLI = """\
The answer has the status ACTIVE.

<details>
<summary>The same with the AWS CLI</summary>

```bash
aws ecs {command} \\
    --cluster Wordpress
```

</details>"""

CLOSING = """\
## Key points

- One.
- Two.
- Three.

## What was left running

One cluster.

## Questions

{questions}

## Next

[Chapter 3: Container instances](03-container-instances.ipynb)"""

QUESTION = """\
**{number}. What does a cluster cost?**

<details>
<summary>Answer {number}</summary>

Nothing.

</details>"""

THEN_AND_NOW = """\
> **Then and now.** In 2015 every account had a `default` cluster. today you make your own. The
> walk shows both."""

START = f"""\
import ecs_tutorial

{SWITCH}
lab = ecs_tutorial.start(chapter=2, containers=None)"""

STEPS = (
    ("Create it", "create_cluster", ["walk"]),
    ("Look at it", "describe_clusters", []),
    ("Count them", "list_clusters", []),
    ("Tag it", "tag_resource", []),
)
MADE = "import boto3\n\necs = boto3.client('ecs')\n"


def markdown(ident, source, tags=()):
    return _tagged(new_markdown_cell(source, id=ident), tags)


def code(ident, source, tags=(), printed="Something happened: 0123abcd.\n"):
    output = [new_output("stream", name="stdout", text=printed)] if printed else []
    return _tagged(new_code_cell(source, id=ident, outputs=output), tags)


def _tagged(cell, tags):
    if tags:
        cell.metadata["tags"] = list(tags)
    return cell


def sample():
    """The notebook, fresh for each caller."""
    cells = [
        markdown("opening", OPENING, ["opening"]),
        markdown("time", "", ["time"]),
        markdown("map", "", ["map"]),
        markdown("start-the-lab", "## Start the lab\n\nThe banner names the backend."),
        code("start", START, ["start"]),
        markdown("started", "An empty lab.\n\n" + THEN_AND_NOW),
        *predicted(),
    ]
    for number, (title, method, tags) in enumerate(STEPS):
        cells += step(number, title, method, tags)
    questions = "\n\n".join(QUESTION.format(number=number) for number in (1, 2, 3))
    cells.append(markdown("closing", CLOSING.format(questions=questions)))
    return new_notebook(cells=cells, metadata=about())


def about():
    return {
        "ecs_tutorial": {"chapter": 2, "leaves": {"clusters": 1}, "waits": 1200.0},
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }


def predicted():
    """A step that asks for a guess first."""
    return [
        markdown("guess", "## Guess\n\nWhat comes next."),
        markdown("ask", "**Predict before you run.** What is the status?"),
        code("predict", "question.ask()", ["predict"]),
        markdown("reveal", "Now look.\n\n> **Wait.** A minute."),
        code("answer", "ecs.get_waiter('services_stable').wait()\nprint('Yes.')"),
        markdown("read-answer", CLI.format(command="wait services-stable")),
        code("check", "found = 1\nprint('It is there.')", ["check"]),
        markdown("read-check", "It is."),
    ]


def step(number, title, method, tags):
    first = f"{MADE if tags else ''}answer = ecs.{method}(clusterName='Wordpress')\nanswer"
    return [
        markdown(f"intro-{number}", f"## {title}\n\nOne call."),
        code(f"do-{number}", first, tags),
        markdown(f"read-{number}", CLI.format(command=method.replace("_", "-"))),
        code(f"check-{number}", "found = 1\nprint('It is there.')", ["check"]),
        markdown(f"checked-{number}", "So it is."),
    ]
