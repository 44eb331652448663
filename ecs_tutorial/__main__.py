"""``python -m ecs_tutorial`` is ``ecs-tutorial``."""

import sys

from ecs_tutorial.cli import main

if __name__ == "__main__":
    sys.exit(main())
