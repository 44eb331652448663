"""What is done with an image; each verb has a module of its own."""

from ecs_tutorial.notebook.image_build import build, layers
from ecs_tutorial.notebook.image_push import push
from ecs_tutorial.notebook.image_run import run_once

__all__ = ["build", "layers", "push", "run_once"]
