"""What an instructor hands out: made from the notebooks, the exercises and the lab's error texts.

Nothing here is typed twice. ``ecs-tutorial workshop`` prints a page, ``python -m
ecs_tutorial.workshop`` writes all of them into ``docs``.
"""
