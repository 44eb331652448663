"""The tutorial's own task with real containers: WordPress finds its database by a link."""

import urllib.error
import urllib.request

import pytest
from images import stand_ins
from task_run import TaskRun

pytestmark = pytest.mark.engine

ENVIRONMENT_2026 = {
    "mysql": {
        "MYSQL_ROOT_PASSWORD": "it's secret",
        "MYSQL_DATABASE": "wordpress",
        "MYSQL_USER": "wordpress",
        "MYSQL_PASSWORD": "blog\\secret",
    },
    "wordpress": {
        "WORDPRESS_DB_HOST": "mysql",
        "WORDPRESS_DB_NAME": "wordpress",
        "WORDPRESS_DB_USER": "wordpress",
        "WORDPRESS_DB_PASSWORD": "blog\\secret",
    },
}


class DoNotFollow(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer as any other."""

    def redirect_request(self, *arguments):
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), DoNotFollow)


def redirect(port):
    """Where a browser is sent from the front page, or None while nothing is ready."""
    try:
        with OPENER.open(f"http://127.0.0.1:{port}/", timeout=10):
            return None
    except urllib.error.HTTPError as error:
        return error.headers["Location"]
    except OSError:
        return None


@pytest.fixture
def walk(world, client):
    """Run the walk's task with the variables given for each container."""
    for name in ("mysql", "wordpress"):
        stand_ins.ensure(client, name)

    def walk(variables):
        def environment(name):
            return [{"name": key, "value": value} for key, value in variables[name].items()]

        mysql = {
            "name": "mysql",
            "image": stand_ins.TAGS["mysql"],
            "memory": 500,
            "environment": environment("mysql"),
        }
        wordpress = {
            "name": "wordpress",
            "image": stand_ins.TAGS["wordpress"],
            "memory": 500,
            "links": ["mysql"],
            "environment": environment("wordpress"),
            "portMappings": [{"containerPort": 80, "hostPort": 80}],
        }
        return TaskRun(world, mysql, wordpress).until("RUNNING", within=60)

    return walk


def where_it_leads(world):
    places = []
    world.until(
        lambda: places.append(redirect(world.runtime.loopback_port(80))) or places[-1], within=120
    )
    return places[-1]


def test_the_task_of_today_shows_the_install_page(walk, world):
    """With its variables WordPress reaches the database and asks only for the blog's name."""
    walk(ENVIRONMENT_2026)
    assert where_it_leads(world).endswith("/wp-admin/install.php")


def test_the_task_of_2015_lands_on_the_set_up_page(walk, world):
    """A link and a password alone no longer tell WordPress where its database is."""
    walk({"mysql": {"MYSQL_ROOT_PASSWORD": "secret"}, "wordpress": {}})
    assert where_it_leads(world).endswith("/wp-admin/setup-config.php")


def test_mysql_without_a_password_ends_with_its_familiar_message(world, client):
    """The image refuses to start: exit code 1."""
    record = world.ended(world.start(stand_ins.ensure(client, "mysql")))
    assert record.exit_code == 1
    log = "\n".join(world.runtime.logs(record.runtime_id))
    assert "Database is uninitialized and password option is not specified" in log


def test_mysql_in_too_little_memory_is_killed(world, client):
    """OutOfMemoryError reaches the task's report."""
    small = {
        "image": stand_ins.ensure(client, "mysql"),
        "memory": 32,
        "environment": [{"name": "MYSQL_ROOT_PASSWORD", "value": "secret"}],
    }
    run = TaskRun(world, small).until("STOPPED", within=60)
    reason = run.reported("app")[-1]["reason"]
    assert reason == "OutOfMemoryError: Container killed due to memory usage"
