"""What a shell on an instance answers: docker, the agent, its files, and the unknown."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hosts import Region, ec2_instance, mysql, walk_region, wordpress

from ecs_tutorial.data_plane.docker_cli import duration, ports, status, table
from ecs_tutorial.data_plane.runtime import ContainerRecord, ContainerSpec, PublishedPort

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def region():
    return walk_region()


def record(**changes):
    spec = ContainerSpec("web", "nginx", ports=(PublishedPort(80, 32768),))
    return ContainerRecord(
        "ab" * 32, spec, NOW - timedelta(minutes=5), **{"exposed_ports": ((80, "tcp"),), **changes}
    )


def test_docker_ps_lists_the_task_and_the_agent(region):
    """As on a real container instance: WordPress, MySQL and the agent's own container."""
    header, *rows = region.shell("docker ps").stdout.splitlines()
    assert re.split(r"\s{3,}", header) == [
        *("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES")
    ]
    assert [row.split()[1] for row in rows] == [
        "wordpress",
        "mysql",
        "amazon/amazon-ecs-agent:latest",
    ]
    assert "0.0.0.0:80->80/tcp" in rows[0]
    assert "3306/tcp" in rows[1]
    assert '"docker-entrypoint.s…"' in rows[0]
    assert re.search(r"ecs-wordpress-1-wordpress-[0-9a-f]{20}$", rows[0])
    assert re.search(r'"/agent" .*Up .*\(healthy\) +ecs-agent$', rows[2])


def test_columns_stand_under_their_headers(region):
    """Every row's columns begin where the header's do."""
    header, *rows = region.shell("docker ps").stdout.splitlines()
    for name in ("IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"):
        at = header.index(name)
        assert all(row[at - 1] == " " for row in rows)


def test_docker_ps_options(region):
    """-q gives ids, --no-trunc gives them whole, -a adds what has ended."""
    short = region.shell("docker ps -q").stdout.split()
    whole = region.shell("docker ps --quiet --no-trunc").stdout.split()
    assert [len(i) for i in short] == [12, 12, 12]
    assert [i[:12] for i in whole] == short
    ended = walk_region()
    host = ended.hosts.host("i-1")
    host.runtime.kill(host.listener(80).runtime_id)
    ended.clock.advance(60)
    assert "wordpress" not in ended.shell("docker ps").stdout
    assert "Exited (137)" in ended.shell("docker ps -a").stdout


def test_docker_kill():
    """SIGKILL by name or id: the name is printed, the container has ended with 137."""
    world = walk_region()
    web = world.hosts.host("i-1").listener(80).runtime_id
    assert world.shell(f"docker kill {web}").stdout == f"{web}\n"
    world.clock.advance(1)
    assert web[:12] not in world.shell("docker ps").stdout
    again = world.shell(f"docker kill {web} nope")
    assert again.exit_code == 1
    assert again.stderr.splitlines() == [
        f"Error response from daemon: cannot kill container: {web}: container {web} is not running",
        "Error response from daemon: No such container: nope",
    ]


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("$(echo 'one  two')", "[one][two]"),
        ("$two a$two", "[one][two][aone][two]"),
        ('"$two" "$(echo three)"', "[one  two][three]"),
        ('x"$two"y', "[xone  twoy]"),
        ('$nothing "$nothing" last', "[][last]"),
    ],
)
def test_what_stands_without_quotes_becomes_words(region, words, printed):
    """As ``docker kill $(docker ps -q)`` needs it: blanks part words, but not between quotes."""
    found = region.shell(f"two='one  two'\nprintf '[%s]' {words}")
    assert (found.stdout, found.stderr) == (printed, "")


def test_docker_kill_takes_what_docker_ps_lists():
    """The line that everybody types to end all containers."""
    region = walk_region()
    killed = region.shell("docker kill $(docker ps -q)")
    assert (killed.exit_code, killed.stderr) == (0, "")


def test_docker_logs(region):
    """The log of a container by its name, by the start of its id, or its last lines."""
    name = region.shell("docker ps").stdout.splitlines()[1].split()[-1]
    container = region.shell("docker ps -q").stdout.split()[0]
    lines = region.shell(f"docker logs {name}").stdout
    assert lines
    assert region.shell(f"sudo docker logs {container}").stdout == lines
    assert region.shell(f"docker logs --tail 1 {name}").stdout == lines.splitlines()[-1] + "\n"


def test_docker_inspect(region):
    """The main fields of a container, in Docker's own form."""
    container = region.shell("docker ps -q --no-trunc").stdout.split()[0]
    (document,) = json.loads(region.shell(f"docker inspect {container}").stdout)
    assert document["Id"] == container
    assert document["State"]["Running"] is True
    assert document["HostConfig"]["Memory"] == 500 * 1024 * 1024
    assert document["HostConfig"]["PortBindings"] == {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "80"}]
    }
    (link,) = document["HostConfig"]["Links"]
    assert re.fullmatch(r"/ecs-wordpress-1-mysql-\w+:/ecs-wordpress-1-wordpress-\w+/mysql", link)
    assert "WORDPRESS_DB_USER=root" in document["Config"]["Env"]
    assert document["Config"]["Labels"]["com.amazonaws.ecs.container-name"] == "wordpress"


def test_docker_images(region):
    """What was pulled for the task, and the agent's own image."""
    header, *rows = region.shell("docker images").stdout.splitlines()
    assert header.split()[:4] == ["REPOSITORY", "TAG", "IMAGE", "ID"]
    assert {tuple(row.split()[:2]) for row in rows} == {
        ("wordpress", "latest"),
        ("mysql", "latest"),
        ("amazon/amazon-ecs-agent", "latest"),
    }


@pytest.mark.parametrize(
    ("command", "error", "exit_code"),
    [
        ("docker logs nope", "Error response from daemon: No such container: nope", 1),
        ("docker inspect nope", "Error: No such object: nope", 1),
        ("docker pss", "docker: 'pss' is not a docker command.\nSee 'docker --help'", 1),
        ("docker ps --nope", "unknown flag: --nope\nSee 'docker ps --help'.", 125),
        ("docker exec web ls", "not simulated: docker exec", 1),
        ("docker ps --format x", "not simulated: this option of docker ps: format", 1),
        ("docker logs", '"docker logs" requires exactly 1 argument.', 1),
    ],
)
def test_docker_refuses_in_its_own_words(region, command, error, exit_code):
    """A wrong name, command or option gives Docker's message and exit code."""
    result = region.shell(command)
    assert result.stderr.startswith(error)
    assert result.exit_code == exit_code


def test_the_agents_introspection(region):
    """Port 51678 tells the cluster, the container instance and its tasks."""
    metadata = json.loads(region.shell("curl -s http://localhost:51678/v1/metadata").stdout)
    assert metadata == {
        "Cluster": "web",
        "ContainerInstanceArn": "arn:instance/1",
        "Version": "Amazon ECS Agent - v1.107.0 (*abcdef01)",
    }
    (task,) = json.loads(region.shell("curl http://127.0.0.1:51678/v1/tasks").stdout)["Tasks"]
    assert task["KnownStatus"] == "RUNNING"
    assert {container["Name"] for container in task["Containers"]} == {"wordpress", "mysql"}


def test_an_agent_that_has_not_joined_answers_nothing():
    """Without a registration curl is refused, with its own exit code."""
    region = Region()
    region.ecs.allowed = False
    region.boot(ec2_instance())
    result = region.shell("curl -s http://localhost:51678/v1/metadata")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "", 7)


def test_curl_of_a_mapped_port(region):
    """A container that listens answers on the host's port, on localhost or the private address."""
    page = region.shell("curl -s localhost").stdout
    assert "SIMULATED" in page
    assert region.shell("curl -s http://172.31.0.1:80/wp-admin/").stdout == page
    assert region.shell("curl -sI http://localhost/").stdout == "HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    ("command", "error", "exit_code"),
    [
        ("curl http://localhost:8080", "curl: (7) Failed to connect to localhost port 8080", 7),
        ("curl -sS https://localhost", "curl: (7) Failed to connect to localhost port 443", 7),
        ("curl http://example.com/", "curl: (6) Could not resolve host: example.com", 6),
        ("curl http://localhost:99999", "curl: (3) URL using bad/illegal format", 3),
        ("curl", "curl: (2) no URL specified", 2),
        ("curl --nope x", "curl: option --nope: is unknown", 2),
    ],
)
def test_curl_fails_as_curl_does(region, command, error, exit_code):
    """Nothing listens, nothing leaves the lab, and curl's exit codes say which."""
    result = region.shell(command)
    assert result.stderr.startswith(error)
    assert result.exit_code == exit_code


def test_files_of_the_instance(region):
    """The config file, the agent's log and cloud-init's log can be read."""
    assert region.shell("cat /etc/ecs/ecs.config").stdout == "ECS_CLUSTER=web\n"
    log = region.shell("sudo cat /var/log/ecs/ecs-agent.log").stdout
    assert "Registered container instance with cluster!" in log
    last = region.shell("tail -n 2 /var/log/ecs/ecs-agent.log").stdout
    assert last == "".join(log.splitlines(keepends=True)[-2:])
    assert region.shell("head -1 /var/log/cloud-init-output.log").stdout.startswith("Cloud-init v.")


@pytest.mark.parametrize(
    ("command", "error", "exit_code"),
    [
        ("foo", "sh: line 1: foo: command not found\n", 127),
        ("rm -rf /", "sh: line 1: rm: command not found\n", 127),
        ("/opt/foo", "sh: line 1: /opt/foo: No such file or directory\n", 127),
        ("cat /nope", "cat: /nope: No such file or directory\n", 1),
        ("tail -n x /nope", "tail: invalid number of lines: 'x'\n", 1),
    ],
)
def test_everything_else_is_refused(region, command, error, exit_code):
    """What is not simulated is not found."""
    result = region.shell(command)
    assert (result.stdout, result.stderr, result.exit_code) == ("", error, exit_code)


def test_several_lines(region):
    """Lines run one after another; the last one gives the exit code, the line is counted."""
    result = region.shell("foo", "echo done", "bar")
    assert result.stdout == "done\n"
    assert (
        result.stderr == "sh: line 1: foo: command not found\nsh: line 3: bar: command not found\n"
    )
    assert result.exit_code == 127
    assert region.shell("foo", "echo done").exit_code == 0


def test_commands_can_be_joined(region):
    """Pipes, variables and substitutions work as in the boot script's shell."""
    assert region.shell("docker ps | head -n 1 | cat").stdout.startswith("CONTAINER ID")
    first = region.shell("docker logs $(docker ps -q | head -n 1)")
    assert first.exit_code == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "Less than a second"),
        (1.9, "1 second"),
        (59.9, "59 seconds"),
        (60, "About a minute"),
        (119, "About a minute"),
        (120, "2 minutes"),
        (3600, "About an hour"),
        (3 * 3600, "3 hours"),
        (47 * 3600, "47 hours"),
        (48 * 3600, "2 days"),
        (20 * 86400, "2 weeks"),
        (70 * 86400, "2 months"),
    ],
)
def test_times_in_dockers_words(seconds, words):
    """Docker rounds times for people."""
    assert duration(seconds) == words


def test_status_and_ports():
    """Created, running with its health, and ended, each as Docker writes it."""
    started = {"state": "running", "started_at": NOW - timedelta(seconds=30)}
    assert status(record(), NOW) == "Created"
    assert status(record(**started), NOW) == "Up 30 seconds"
    assert status(record(**started, health="starting"), NOW) == "Up 30 seconds (health: starting)"
    assert status(record(**started, health="healthy"), NOW) == "Up 30 seconds (healthy)"
    assert status(record(**started, health="healthy", is_paused=True), NOW) == (
        "Up 30 seconds (Paused)"
    )
    ended = {"state": "exited", "exit_code": 1, "finished_at": NOW - timedelta(seconds=90)}
    assert status(record(**{**started, **ended}), NOW) == "Exited (1) About a minute ago"
    assert ports(record(**started)) == "0.0.0.0:32768->80/tcp"
    both = ((80, "tcp"), (443, "tcp"))
    assert ports(record(**started, exposed_ports=both)) == "0.0.0.0:32768->80/tcp, 443/tcp"
    assert ports(record()) == ""


def test_table_has_dockers_spacing():
    """Three spaces after the longest cell, ten characters at least, none after the last column."""
    assert table([("A", "LONGHEADER", "C"), ("1", "2", "3")]) == (
        "A         LONGHEADER   C\n1         2            3\n"
    )


def test_two_instances_answer_for_themselves():
    """A shell sees only the containers of its own instance."""
    region = Region()
    region.boot(ec2_instance(1), ec2_instance(2))
    region.acs.run(wordpress(), mysql(), session=0)
    region.clock.advance(60)
    assert "wordpress" in region.shell("docker ps").stdout
    assert "wordpress" not in region.shell("docker ps", instance_id="i-2").stdout


@pytest.mark.parametrize("url", ["http://[", "http://℀.com"])
def test_curl_rejects_what_is_no_url(region, url):
    """A malformed host is curl's error 3."""
    answer = region.shell(f"curl '{url}'")
    assert (answer.exit_code, answer.stderr) == (3, "curl: (3) URL rejected: Bad hostname\n")


@pytest.mark.parametrize("command", ["ls >&-", "exec 2>&-"])
def test_closing_a_stream_is_not_simulated(region, command):
    """The lab says so and goes on."""
    answer = region.shell(command, "echo on")
    assert f"not simulated: {command[-4:].strip()}" in answer.stderr
    assert answer.stdout == "on\n"


def test_commands_nested_too_deeply_are_said_to_be(region):
    """They come back as a remark, not as an exception in the lab."""
    answer = region.shell("{ " * 800 + "echo a; " + "}; " * 800)
    assert "nested too deeply" in answer.stderr
    assert answer.stdout == ""


def test_what_a_reader_did_not_foresee_is_a_remark(region, monkeypatch):
    """No exception of a reader leaves the shell."""
    monkeypatch.setattr("ecs_tutorial.data_plane.shell.json.dumps", lambda *_, **__: 1 / 0)
    answer = region.shell("curl -s localhost:51678/v1/metadata")
    assert answer.exit_code == 1
    assert answer.stderr == "not simulated: ZeroDivisionError: division by zero\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [("'[%5s]' a", "[    a]"), ("'%-4s|' a b", "a   |b   |"), ("%03d 7", "007"), ("%.2s abc", "ab"),
     ("'%*d' 3 1", "  1"), ("x a", "x"), ("%q a", "%q")],
)  # fmt: skip
def test_printf_fields(region, arguments, text):
    """Width and precision as bash has them; a template that takes no value is written once."""
    assert region.shell(f"printf {arguments}").stdout == text


@pytest.mark.parametrize(
    "arguments", ["%3000000000d 1", "%*d 1000000000 1", "%.99999s a", "%*d -99999 1"]
)
def test_printf_refuses_very_wide_fields(region, arguments):
    """A field beyond all sense is an error, not a gigabyte of blanks."""
    answer = region.shell(f"printf {arguments}")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "Numerical result out of range" in answer.stderr
