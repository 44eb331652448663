"""The runtime on a Docker Engine holds the contract of all runtimes."""

import pytest
from runtime_contract import RuntimeContract

pytestmark = pytest.mark.engine


class TestDockerRuntime(RuntimeContract):
    """The contract."""
