"""Service models are read once, however many sessions there are."""

import subprocess
import sys

PROGRAM = """
import boto3
from botocore.loaders import JSONFileLoader

from ecs_tutorial import service_models

read, load_file = [], JSONFileLoader.load_file
JSONFileLoader.load_file = lambda self, path: read.append(path) or load_file(self, path)
{first}
for _ in range(3):
    boto3.Session(region_name="us-east-1").client("ecs")
print(len([path for path in read if "ecs" in path and "service-2" in path]))
"""


def test_three_sessions_read_the_model_of_ecs_once():
    """Without it each session reads it for itself."""

    def reads(first):
        program = [sys.executable, "-c", PROGRAM.format(first=first)]
        return int(subprocess.run(program, capture_output=True, text=True, check=True).stdout)

    once = reads("service_models.read_once(); service_models.read_once()")
    assert once * 3 == reads("")
