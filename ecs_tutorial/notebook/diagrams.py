"""The pictures of the walk, each with its twin in words.

Pure: a picture is drawn from a response, a table or a text that is handed in, and the
same input gives the same drawing.
"""

from ecs_tutorial.notebook.cluster_map import cluster_map
from ecs_tutorial.notebook.fleet_map import fleet_map
from ecs_tutorial.notebook.image_layers import image_layers
from ecs_tutorial.notebook.picture import Picture
from ecs_tutorial.notebook.task_life import task_life
from ecs_tutorial.notebook.walk_map import walk_map

__all__ = ["Picture", "cluster_map", "fleet_map", "image_layers", "task_life", "walk_map"]
