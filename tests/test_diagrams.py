"""Pictures: drawn from what is handed in, legible in light and dark, with a twin in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from ecs_tutorial.data_plane.transitions import CONTAINER_TRANSITIONS, TASK_TRANSITIONS
from ecs_tutorial.notebook import colours
from ecs_tutorial.notebook.colours import DARK, GROUNDS, LEAST_CONTRAST, LIGHT, contrast
from ecs_tutorial.notebook.diagrams import (
    Picture,
    cluster_map,
    fleet_map,
    image_layers,
    task_life,
    walk_map,
)
from ecs_tutorial.notebook.picture import Canvas

SVG = "{http://www.w3.org/2000/svg}"
ECS = "arn:aws:ecs:us-east-1:123456789012:"
DOCKERFILE = 'FROM wordpress:6.8\nENV A="<b>&amp;"\nRUN true\nCOPY a b\nEXPOSE 80\n'


def instance(
    number: int, zone: str = "us-east-1a", cpu: int = 0, memory: int = 0, **changes: Any
) -> dict[str, Any]:
    def resources(cpu: int, memory: int, ports: list[str]) -> list[dict[str, Any]]:
        return [
            {"name": "CPU", "integerValue": cpu},
            {"name": "MEMORY", "integerValue": memory},
            {"name": "PORTS", "stringSetValue": ["22", *ports]},
        ]

    return {
        "containerInstanceArn": f"{ECS}container-instance/Wordpress/{number:032x}",
        "ec2InstanceId": f"i-{number:017x}",
        "status": "ACTIVE",
        "agentConnected": True,
        "registeredResources": resources(2048, 3943, []),
        "remainingResources": resources(2048 - cpu, 3943 - memory, ["80"] if cpu else []),
        "attributes": [{"name": "ecs.availability-zone", "value": zone}],
        **changes,
    }


def task(number: int, on: int, status: str = "RUNNING") -> dict[str, Any]:
    bindings = [{"hostPort": 80, "containerPort": 80}] if status == "RUNNING" else []
    return {
        "taskArn": f"{ECS}task/Wordpress/{number:032x}",
        "taskDefinitionArn": f"{ECS}task-definition/ecs-wordpress:1",
        "containerInstanceArn": f"{ECS}container-instance/Wordpress/{on:032x}",
        "lastStatus": status,
        "containers": [
            {"name": "wordpress", "lastStatus": status, "networkBindings": bindings},
            {"name": "mysql", "lastStatus": "RUNNING"},
        ],
    }


def cluster(*instances: dict[str, Any]) -> dict[str, Any]:
    return {"containerInstances": list(instances)}


CHAPTERS: dict[int | str, str] = {
    **dict(enumerate(("start here", "image", "cluster", "container instances", "task definition"))),
    **{5: "service", 6: "find your containers", 7: "scheduling"},
    **{"8a": "when things fail tasks and containers", "8b": "and instances", 10: "clean up"},
}
BUSY = cluster_map(
    cluster(
        instance(1, "us-east-1a", cpu=20, memory=1000),
        instance(2, "us-east-1b", cpu=20, memory=1000),
        instance(3, "us-east-1c", status="DRAINING", agentConnected=False),
        instance(4, "us-east-1d"),
    ),
    {"tasks": [task(1, on=1), task(2, on=2, status="PENDING"), task(3, on=1, status="STOPPED")]},
)
FLEET = cluster(
    instance(1, "us-east-1a", memory=3900, runningTasksCount=3),
    instance(2, "us-east-1b", memory=1300, runningTasksCount=1, pendingTasksCount=0),
    instance(3, "us-east-1a"),
    instance(4, "us-east-1a", memory=1300, pendingTasksCount=1),
)
PICTURES = {
    "walk, start": walk_map(0, CHAPTERS),
    "walk, middle": walk_map("8a", CHAPTERS),
    "walk, end": walk_map(10, CHAPTERS),
    "walk, one row": walk_map(2, {0: "start here", 2: "cluster"}),
    "cluster, empty": cluster_map(cluster()),
    "cluster, one": cluster_map(cluster(instance(1)), {"tasks": []}),
    "cluster, busy": BUSY,
    "cluster, large": cluster_map(cluster(*(instance(n) for n in range(15)))),
    "fleet, empty": fleet_map(cluster()),
    "fleet, few": fleet_map(FLEET),
    "fleet, many": fleet_map(cluster(*(instance(n, "abcd"[n % 4]) for n in range(1000)))),
    "life of a task": task_life(TASK_TRANSITIONS),
    "life of a container": task_life(CONTAINER_TRANSITIONS, "The life of a container"),
    "image": image_layers(DOCKERFILE),
}
HOW_TO_LOOK = re.compile("^Each square is|told of in words below$")
every_picture = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)


def elements(picture: Picture, tag: str) -> Iterator[ElementTree.Element]:
    return ElementTree.fromstring(picture.svg).iter(f"{SVG}{tag}")


def said(picture: Picture) -> list[str]:
    return [element.text or "" for element in elements(picture, "text")]


def width_of(text: ElementTree.Element) -> float:
    """An estimate: DejaVu Sans, a wide font, takes 0.51 of its size a character, bold 0.57."""
    share = 0.59 if text.get("font-weight") else 0.53
    return len(text.text or "") * float(text.get("font-size", 0)) * share


class Page(HTMLParser):
    """The attributes of a page's elements, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] = dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


class TestEveryPicture:
    @every_picture
    def test_it_is_an_image_with_a_name_and_a_description(self, picture: Picture) -> None:
        """The SVG says what it is to whoever cannot see it."""
        root = ElementTree.fromstring(picture.svg)
        assert root.get("role") == "img"
        assert root.findtext(f"{SVG}title") == picture.title != ""
        assert root.findtext(f"{SVG}desc") == picture.summary != ""

    @every_picture
    def test_the_page_has_alt_text_and_the_twin(self, picture: Picture) -> None:
        """The image's alternative text is a sentence; all the words are one click away."""
        page = Page(picture.html())
        assert page.found["img"]["alt"] == f"{picture.title}. {picture.summary}"
        assert "details" in page.found
        assert page.text == f"The same in words{picture.words}"

    @every_picture
    def test_the_image_carries_the_drawing(self, picture: Picture) -> None:
        """The data in the page is the SVG itself, needing no file and no network."""
        source = re.search(r'src="data:image/svg\+xml;charset=utf-8,([^"]*)"', picture.html())
        assert source is not None
        assert unquote(source[1]) == picture.svg
        assert "http" not in picture.svg.replace("http://www.w3.org/2000/svg", "")

    @every_picture
    def test_the_words_come_with_it(self, picture: Picture) -> None:
        """A notebook without pictures shows the twin, and print does too."""
        bundle = picture._repr_mimebundle_()
        assert bundle["text/plain"] == picture.words == str(picture)
        assert set(bundle) == {"text/plain", "text/html"}

    @every_picture
    def test_nothing_is_drawn_that_the_words_leave_out(self, picture: Picture) -> None:
        """Every name and number; only how to look at the drawing is not told without it."""
        told = f"{picture.title} {picture.summary} {picture.words}".lower()
        drawn = " ".join(line for line in said(picture) if not HOW_TO_LOOK.search(line)).lower()
        assert [word for word in re.findall(r"\w[\w./:-]*\b", drawn) if word not in told] == []

    @every_picture
    def test_every_text_contrasts_with_its_ground(self, picture: Picture) -> None:
        """At least 4.5 to 1 in the light and in the dark palette."""
        for text in elements(picture, "text"):
            ink, ground = (text.get("class") or "").removeprefix("fill-"), text.get("data-on")
            assert ground in GROUNDS
            for palette in (LIGHT, DARK):
                assert contrast(palette[ink], palette[ground]) >= LEAST_CONTRAST, (ink, ground)

    @every_picture
    def test_a_text_stands_on_the_ground_it_names(self, picture: Picture) -> None:
        """The last shape drawn under a text has the colour that its contrast is counted with."""
        ground_under = {"paper"}
        drawn: list[tuple[ElementTree.Element, tuple[float, float, float, float]]] = []
        for element in ElementTree.fromstring(picture.svg):
            if element.tag == f"{SVG}rect":
                x, y, w, h = (float(element.get(k, 0)) for k in ("x", "y", "width", "height"))
                drawn.append((element, (x, y, x + w, y + h)))
            if element.tag == f"{SVG}circle":
                x, y, r = (float(element.get(k, 0)) for k in ("cx", "cy", "r"))
                drawn.append((element, (x - r, y - r, x + r, y + r)))
            if element.tag == f"{SVG}text":
                x, y = float(element.get("x", 0)), float(element.get("y", 0)) - 4
                under = [e for e, (a, b, c, d) in drawn if a <= x <= c and b <= y <= d]
                ground_under = {(under[-1].get("class") or "").split()[0]}
                assert ground_under == {f"fill-{element.get('data-on')}"}, element.text

    @every_picture
    def test_every_text_stays_inside(self, picture: Picture) -> None:
        """With the widest of common fonts no text leaves the picture."""
        root = ElementTree.fromstring(picture.svg)
        width, height = float(root.get("width", 0)), float(root.get("height", 0))
        for text in elements(picture, "text"):
            x, length = float(text.get("x", 0)), width_of(text)
            left = {"start": x, "middle": x - length / 2, "end": x - length}[
                text.get("text-anchor", "start")
            ]
            assert left >= 0, text.text
            assert left + length <= width, text.text
            assert 0 < float(text.get("y", 0)) < height

    @every_picture
    def test_no_text_is_small(self, picture: Picture) -> None:
        """Nothing is written smaller than 12 pixels."""
        assert all(int(text.get("font-size", 0)) >= 12 for text in elements(picture, "text"))


class TestColours:
    def test_the_formula_is_wcag_s(self) -> None:
        """Black on white is 21, a colour on itself 1, and #767676 just reaches 4.5 on white."""
        assert contrast("#000000", "#ffffff") == pytest.approx(21)
        assert contrast("#1b7a50", "#1b7a50") == pytest.approx(1)
        assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)

    @pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
    def test_edges_can_be_seen(self, palette: dict[str, str]) -> None:
        """What only a line tells apart has 3 to 1, WCAG's bound for graphics."""
        for edge, ground in [
            ("line", "paper"),
            ("accent", "free"),
            ("running-edge", "running"),
            ("pending-edge", "pending"),
            ("stopped-edge", "stopped"),
        ]:
            assert contrast(palette[edge], palette[ground]) >= 3, (edge, ground)

    def test_both_palettes_have_the_same_roles(self) -> None:
        """A picture never meets a role that one of them lacks."""
        assert LIGHT.keys() == DARK.keys()
        assert set(LIGHT) >= GROUNDS

    def test_dark_is_used_where_dark_is_asked_for(self) -> None:
        """The stylesheet holds the light colours, and the dark ones inside the query."""
        light, dark = colours.stylesheet().split("@media (prefers-color-scheme:dark)")
        assert LIGHT["ink"] in light
        assert DARK["ink"] in dark


class TestWalkMap:
    def test_the_chapters_are_those_given(self) -> None:
        """Each chapter with its key and its words, in the order given."""
        lines = walk_map(0, CHAPTERS).words.splitlines()[1:]
        said = [line[8:].removesuffix("   <- you are here") for line in lines]
        assert said == [f"{key} {name}" for key, name in CHAPTERS.items()]

    @pytest.mark.parametrize("chapter", CHAPTERS)
    def test_you_are_here_once(self, chapter: int | str) -> None:
        """What lies behind is done, the current one is marked, what lies ahead keeps its key."""
        picture = walk_map(chapter, CHAPTERS)
        keys = [str(key) for key in CHAPTERS]
        place = keys.index(str(chapter))
        assert picture.words.count("you are here") == 1
        assert picture.words.count("  done  ") == place
        assert said(picture).count("you are here") == 1
        assert [s for s in said(picture) if s in keys] == keys[place:]
        assert len(list(elements(picture, "circle"))) == len(keys) + 1

    @pytest.mark.parametrize("chapter", [-1, 8, "8"])
    def test_there_is_no_other_chapter(self, chapter: int | str) -> None:
        """A wrong key is refused with the right ones."""
        with pytest.raises(ValueError, match=r"chapters 0, 1, .*, 8a, 8b, 10, not"):
            walk_map(chapter, CHAPTERS)


class TestClusterMap:
    def test_what_is_reserved_and_free_is_said(self) -> None:
        """CPU, memory and host ports of each instance, in the picture and in the words."""
        assert {"20 of 2048 CPU units", "1000 of 3943 MiB memory", "2943 free"} <= set(said(BUSY))
        assert {"host ports taken: 80", "host ports taken: none"} <= set(said(BUSY))
        assert "memory MiB: 1000 of 3943 reserved, 2943 free" in BUSY.words

    def test_the_bar_is_as_long_as_what_is_reserved(self) -> None:
        """Half of the CPU reserved fills half of the bar; nothing reserved fills nothing."""
        half = cluster_map(cluster(instance(1, cpu=1024)))
        bars = [e for e in elements(half, "rect") if e.get("class") in ("fill-free", "fill-accent")]
        track, filled, memory = (float(bar.get("width", 0)) for bar in bars)
        assert filled == pytest.approx(track / 2)
        assert memory == track

    def test_instances_stand_in_their_zones(self) -> None:
        """A zone is named once; instances are in order of zone and id."""
        zones = [words for words in said(BUSY) if words.startswith("us-east-1")]
        assert zones == ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"]

    def test_tasks_stand_on_their_instance(self) -> None:
        """Running and pending tasks are drawn with their containers; stopped ones are not."""
        assert said(BUSY).count("ecs-wordpress:1") == 2
        assert said(BUSY).count("wordpress 80 → 80") == 1
        assert "task 00000002, ecs-wordpress:1, PENDING" in BUSY.words
        assert "STOPPED" not in BUSY.words

    def test_status_is_never_colour_alone(self) -> None:
        """A pending task has its status in words and a dashed edge, a running one neither dash."""
        assert {"RUNNING", "PENDING"} <= set(said(BUSY))
        for rect in elements(BUSY, "rect"):
            if "edge-pending-edge" in (rect.get("class") or ""):
                assert rect.get("stroke-dasharray")
            if "edge-running-edge" in (rect.get("class") or ""):
                assert not rect.get("stroke-dasharray")

    def test_a_draining_instance_says_so(self) -> None:
        """Status and agent are words, in the picture and beside it."""
        assert "DRAINING, agent disconnected" in said(BUSY)
        assert "(DRAINING, agent disconnected)" in BUSY.words

    def test_an_empty_cluster(self) -> None:
        """There is a picture before the first instance has joined."""
        assert "No container instance yet" in said(cluster_map(cluster()))

    def test_a_large_cluster_is_not_drawn_to_the_last(self) -> None:
        """Twelve instances are drawn, the words tell of all."""
        large = PICTURES["cluster, large"]
        assert "3 more are told of in words below" in said(large)
        assert large.words.count("agent connected") == 15

    def test_the_order_of_a_response_does_not_matter(self) -> None:
        """The same cluster gives the same drawing, however ECS lists it."""
        there = [instance(1, "b"), instance(2, "a"), instance(3, "a")]
        tasks = [task(1, on=1), task(2, on=1), task(3, on=2)]
        one = cluster_map(cluster(*there), {"tasks": tasks})
        other = cluster_map(cluster(*reversed(there)), {"tasks": tasks[::-1]})
        assert one == other


class TestFleetMap:
    def test_each_zone_says_how_many_have_how_many(self) -> None:
        """All that the squares tell is there in words: the fullest first, tasks on the way too."""
        assert fleet_map(FLEET).words.splitlines() == [
            "5 tasks on 3 of 4 container instances; 41 % of the memory reserved; "
            "0 to 3 tasks on one instance.",
            "us-east-1a: 4 tasks on 3 instances (1 with 3: 99 %, 1 with 1: 33 %, 1 with 0: 0 %)",
            "us-east-1b: 1 task on 1 instance (1 with 1: 33 %)",
        ]

    def test_where_all_are_alike_no_range_is_told(self) -> None:
        """As many tasks on each instance as on the next are one number."""
        alike = fleet_map(cluster(instance(1, cpu=1024), instance(2, cpu=1024)))
        assert alike.summary.endswith("0 tasks on each instance.")

    def test_a_square_is_filled_as_far_as_it_is_reserved(self) -> None:
        """A third of the memory reserved fills a third of the square, nothing reserved nothing."""
        fillings = [
            float(height)
            for path in elements(fleet_map(FLEET), "path")
            if path.get("class") == "fill-accent"
            for height in re.findall(r"v([\d.]+)h", path.get("d", ""))
        ]
        assert fillings == [25.7, 8.6, 8.6]

    def test_it_can_be_of_cpu(self) -> None:
        """What fills the squares is said with them."""
        picture = fleet_map(cluster(instance(1, cpu=1024)), "CPU")
        assert "50 % of the CPU units reserved" in picture.summary
        assert any("as far as its CPU units" in words for words in said(picture))

    def test_the_order_of_a_response_does_not_matter(self) -> None:
        """The same cluster gives the same drawing, however ECS lists it."""
        turned = {"containerInstances": FLEET["containerInstances"][::-1]}
        assert fleet_map(turned) == fleet_map(FLEET)

    def test_a_thousand_are_drawn_without_a_shape_for_each(self) -> None:
        """Each zone is two strokes, so that a browser is not slow with it; none has a number."""
        many = PICTURES["fleet, many"]
        assert len(list(elements(many, "path"))) == 8
        assert not [words for words in said(many) if words.isdecimal()]
        assert len(many.svg) < 100_000


class TestTaskLife:
    @pytest.mark.parametrize("table", [TASK_TRANSITIONS, CONTAINER_TRANSITIONS])
    def test_the_whole_table_is_drawn(self, table: tuple[Any, ...]) -> None:
        """Each state once as a box, each row once in the legend and in the words."""
        picture = task_life(table)
        for state in {t.source for t in table} | {t.target for t in table}:
            assert said(picture).count(state) == 1
        for number, row in enumerate(table, 1):
            assert row.when in said(picture)
            assert f"{number}  {row.source} -> {row.target}: {row.step} ({row.when})" in str(
                picture
            )

    def test_one_arrow_for_each_way(self) -> None:
        """Two rows between the same states share an arrow that names both."""
        picture = task_life(TASK_TRANSITIONS)
        ways = {(t.source, t.target) for t in TASK_TRANSITIONS}
        lines = [p for p in elements(picture, "path") if p.get("fill") == "none"]
        assert len(lines) == len(ways)
        assert "4 exit · 5 stop" in said(picture)


class TestImageLayers:
    def test_the_base_is_at_the_bottom(self) -> None:
        """Steps stack upwards, and a container's writable layer lies on top."""
        at = {text.text: float(text.get("y", 0)) for text in elements(PICTURES["image"], "text")}
        assert at["FROM wordpress:6.8"] > at["RUN true"] > at["COPY a b"] > at["EXPOSE 80"]
        assert at["EXPOSE 80"] > at["each container: one writable layer"]

    def test_settings_are_dashed_and_said(self) -> None:
        """What adds no files is told apart by its edge and in words."""
        dashed = [r for r in elements(PICTURES["image"], "rect") if r.get("stroke-dasharray")]
        assert len(dashed) == 3
        assert said(PICTURES["image"]).count("changes a setting, adds no files") == 2
        assert said(PICTURES["image"]).count("adds a layer of files") == 2

    def test_it_says_that_nothing_was_built(self) -> None:
        """The picture is a plan, and says so plainly."""
        assert any("nothing has been built" in words for words in said(PICTURES["image"]))
        assert "nothing has been built" in PICTURES["image"].words

    def test_a_long_step_is_cut_in_the_picture_only(self) -> None:
        """The words have the whole of it."""
        long = "RUN " + "apt-get install -y less && " * 10 + "true"
        picture = image_layers(f"FROM debian:12\n{long}\n")
        assert long in picture.words
        assert long not in said(picture)
        assert any(words.endswith("…") for words in said(picture))

    def test_an_empty_dockerfile(self) -> None:
        """There is nothing to draw, and the sentence says so."""
        with pytest.raises(ValueError, match="no instruction"):
            image_layers("# nothing\n")


def test_words_are_never_markup() -> None:
    """What a response or a file holds is drawn as text, in the image and in the page."""
    picture = image_layers('FROM debian\nENV A="</text><script>"\n')
    assert "<script>" not in picture.svg
    assert "<script>" not in picture.html()
    assert 'ENV A="</text><script>"' in said(picture)


def test_a_canvas_closes_what_it_opens() -> None:
    """A drawing with every stroke is well-formed."""
    canvas = Canvas()
    canvas.text(1, 2, "a & b <c>")
    canvas.box(1, 2, 3, 4, "card", edge="line", dashed=True)
    canvas.circle(1, 2, 3, "card", edge="line")
    canvas.path("M0 0H1", edge="line")
    canvas.shape("M0 0H1z", fill="line")
    root = ElementTree.fromstring(canvas.svg(10, 10, "t & t", "s < s"))
    assert root.findtext(f"{SVG}text") == "a & b <c>"
