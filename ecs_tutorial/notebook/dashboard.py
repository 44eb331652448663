"""``dashboard``: a cluster under one's eyes, moving while things happen in it.

The controls are ipywidgets; what moves is a page of its own. Printed, it says the same in
words, and where no widgets are, a picture of the moment stands in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from ecs_tutorial.notebook.cluster_look import Look, Watcher, watching_client
from ecs_tutorial.notebook.cluster_scene import (
    ALONE,
    EVERY_STATE,
    EVERYTHING,
    ON_THE_WAY,
    RUNNING,
    STOPPING,
    Scene,
    Wish,
    scene,
    words,
)
from ecs_tutorial.notebook.dashboard_page import page
from ecs_tutorial.notebook.dashboard_picture import dashboard_picture
from ecs_tutorial.notebook.living_page import PERIODS, LivingPage
from ecs_tutorial.notebook.picture import Picture

SPEEDS = ("every second", *(f"every {seconds} seconds" for seconds in PERIODS[1:]))


class Dashboard:
    """A cluster as it is, and as it becomes; made by ``dashboard``."""

    def __init__(self, cluster: str, ecs: Any) -> None:
        self._watcher = Watcher(ecs, cluster)
        self._seen: Look = self._watcher.look()
        self._wish = Wish()
        self.living = LivingPage(self._look, self._draw)
        self.pause = ipywidgets.ToggleButton(description="Pause", tooltip="Stop looking")
        self.speed = ipywidgets.Dropdown(options=SPEEDS, description="Look")
        self.service = ipywidgets.Dropdown(options=[EVERYTHING], description="Show")
        states = [EVERY_STATE, RUNNING, ON_THE_WAY, STOPPING]
        self.state = ipywidgets.Dropdown(options=states, description="In state")
        self._offer_services()
        self._connect()

    def _connect(self) -> None:
        # In the browser, so that it obeys also while the kernel is busy.
        ipywidgets.jslink((self.pause, "value"), (self.living, "paused"))
        ipywidgets.jslink((self.speed, "index"), (self.living, "speed"))
        for chooser in (self.service, self.state):
            chooser.observe(self._take_wish, names="value")

    @property
    def scene(self) -> Scene:
        """What is shown now."""
        return scene(self._seen, self._wish)

    def look(self) -> None:
        """Ask once more what is there, whoever looks on."""
        self._look()
        self.living.redraw()

    def show(self, service: str = EVERYTHING, state: str = EVERY_STATE) -> None:
        """Filter without the lists: one service's tasks, or those in one state."""
        self.service.value, self.state.value = service, state

    def picture(self) -> Picture:
        """The moment as a drawing that does not move."""
        return dashboard_picture(self.scene)

    def __str__(self) -> str:
        return words(self.scene)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        controls = ipywidgets.HBox(
            [self.pause, self.speed, self.service, self.state], layout={"flex_flow": "row wrap"}
        )
        bundle = ipywidgets.VBox([controls, self.living])._repr_mimebundle_() or {}
        return {**bundle, **self.picture()._repr_mimebundle_()}

    def _look(self) -> None:
        self._seen = self._watcher.look()
        self._offer_services()

    def _draw(self, chosen: str) -> str:
        return page(self.scene, chosen)

    def _offer_services(self) -> None:
        names = sorted({service["serviceName"] for service in self._seen.services})
        options = (EVERYTHING, *names, ALONE)
        if options != tuple(self.service.options):
            kept = self.service.value if self.service.value in options else EVERYTHING
            with self.service.hold_trait_notifications():
                self.service.options = options
                self.service.value = kept

    def _take_wish(self, _: object) -> None:
        self._wish = Wish(self.service.value or EVERYTHING, self.state.value or EVERY_STATE)
        self.living.redraw()


def dashboard(cluster: str = "default") -> Dashboard:
    """A cluster as people draw it; the last line of a cell shows it, and it moves.

    Its reads do not move a lab's time. It looks at most once a second, and only while
    somebody can see it.
    """
    return Dashboard(cluster, watching_client())
