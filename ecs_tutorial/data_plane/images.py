"""The images that the simulated Docker Hub has, and what each one is made of.

Names of Docker's official library and a few others as data. What their containers do is
told here only as far as the image decides it; ``behaviours`` does the rest.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_OFFICIAL_NAMES = """
    adminer aerospike almalinux alpine alt amazoncorretto amazonlinux api-firewall arangodb
    archlinux backdrop bash bonita buildpack-deps busybox caddy cassandra chronograf cirros
    clearlinux clickhouse clojure composer convertigo couchbase couchdb crate dart debian docker
    drupal eclipse-mosquitto eclipse-temurin eggdrop elasticsearch elixir emqx erlang fedora flink
    fluentd friendica gazebo gcc geonetwork ghost golang gradle groovy haproxy haskell haxe
    hello-world hitch httpd hylang ibm-semeru-runtimes ibmjava influxdb irssi jetty joomla jruby
    julia kapacitor kibana kong krakend lightstreamer liquibase logstash mageia mariadb matomo
    maven mediawiki memcached mongo mongo-express monica mysql nats neo4j neurodebian nextcloud
    nginx node notary odoo open-liberty openjdk oraclelinux orientdb percona perl photon php
    phpmyadmin plone postfixadmin postgres pypy python r-base rabbitmq rakudo-star redis redmine
    registry rethinkdb rockylinux ros ruby rust sapmachine satosa silverpeas solr sonarqube spark
    spiped storm swift swipl teamspeak telegraf tomcat tomee traefik ubuntu unit valkey varnish
    websphere-liberty wordpress xwiki yourls znc zookeeper centos
"""

OFFICIAL = frozenset(_OFFICIAL_NAMES.split())
"""Docker Hub's official library."""

OTHERS = frozenset(
    {
        "amazon/amazon-ecs-agent",
        "amazon/amazon-ecs-sample",
        "nginxdemos/hello",
        "public.ecr.aws/amazonlinux/amazonlinux",
        "public.ecr.aws/ecs-sample-image/amazon-ecs-sample",
    }
)

_TAG_WORDS = """
    latest stable mainline edge slim alpine perl apache fpm cli rc beta dev nightly management
    lts current bookworm bullseye trixie buster jammy noble focal bionic trusty xenial glibc musl
    uclibc jdk jre debian ubuntu oracle innovation community oss minimal linux php openjdk
"""
_DOCKER_HUB = re.compile(r"^((index\.)?docker\.io/|public\.ecr\.aws/docker/)?(library/)?")


@dataclass(frozen=True)
class ImageName:
    """``repository:tag@digest`` taken apart; ``latest`` when no tag is given.

    >>> ImageName.of("docker.io/library/mysql:8.4")
    ImageName(repository='mysql', tag='8.4')
    """

    repository: str
    tag: str

    @classmethod
    def of(cls, image: str) -> ImageName:
        name = image.partition("@")[0]
        head, colon, tail = name.rpartition(":")
        if not colon or "/" in tail:
            head, tail = name, "latest"
        return cls(_DOCKER_HUB.sub("", head, count=1), tail)

    @property
    def is_ecr(self) -> bool:
        return ".dkr.ecr." in self.repository


def has_repository(name: ImageName) -> bool:
    return name.repository in OFFICIAL or name.repository in OTHERS


def looks_published(tag: str) -> bool:
    """Whether a tag reads like one that an image would have, such as ``8.4`` or ``fpm-alpine``."""
    # AWS: Docker Hub has exactly the tags it has; the lab takes any that look like a version.
    parts, words = re.split(r"[-.]", tag), {"", *_TAG_WORDS.split()}
    return bool(re.match(r"^v?\d", tag)) or all(
        re.sub(r"\d+$", "", part) in words for part in parts
    )


def digest(image: str) -> str:
    """The same digest for the same image on every instance."""
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


@dataclass(frozen=True)
class Image:
    """What an image brings along.

    ``stop_exit_code`` is the exit code after SIGTERM, ``None`` if that is ignored.
    ``needs_one_of`` are variables of which one must be set, else it ends with ``refusal``.
    """

    command: tuple[str, ...] = ()
    entry_point: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    log: tuple[str, ...] = ()
    pull_seconds: float = 4.0
    data_folder: str = ""
    """Where it keeps its data."""
    first_log: tuple[str, ...] = ()
    """Those lines of ``log`` that it writes only if that folder is empty."""
    stop_exit_code: int | None = 0
    least_memory: int = 6
    """MiB; with less it is killed soon after its start."""
    needs_one_of: tuple[str, ...] = ()
    refusal: tuple[str, ...] = ()
    ends_with: int | None = None
    """The exit code of an image that does its work and ends, such as ``hello-world``."""
    is_shell: bool = False
    """An operating system without a service: it runs what it is told, or nothing."""


_HELLO = """
Hello from Docker!
This message shows that your installation appears to be working correctly.
""".splitlines()

_APACHE = "AH00558: apache2: Could not reliably determine the server's fully qualified domain name"

_MYSQL_REFUSAL = (
    "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified",
    "    You need to specify one of the following as an environment variable:",
    "    - MYSQL_ROOT_PASSWORD",
    "    - MYSQL_ALLOW_EMPTY_PASSWORD",
    "    - MYSQL_RANDOM_ROOT_PASSWORD",
)
_MYSQL_FIRST_START = (
    "[Note] [Entrypoint]: Initializing database files",
    "[Note] [Entrypoint]: MySQL init process done. Ready for start up.",
)
_MYSQL_PASSWORDS = (
    "MYSQL_ROOT_PASSWORD",
    "MYSQL_ALLOW_EMPTY_PASSWORD",
    "MYSQL_RANDOM_ROOT_PASSWORD",
    "MYSQL_ROOT_PASSWORD_FILE",
)
_MARIADB_PASSWORDS = (
    *_MYSQL_PASSWORDS,
    "MARIADB_ROOT_PASSWORD",
    "MARIADB_ROOT_PASSWORD_HASH",
    "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
    "MARIADB_RANDOM_ROOT_PASSWORD",
)
_POSTGRES_REFUSAL = (
    "Error: Database is uninitialized and superuser password is not specified.",
    "       You must specify POSTGRES_PASSWORD to a non-empty value for the",
    '       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".',
)

_ECS_SAMPLE = Image(("/usr/sbin/apache2", "-D", "FOREGROUND"), (), (80,), (_APACHE,), 5.0)

IMAGES: dict[str, Image] = {
    "wordpress": Image(
        ("apache2-foreground",),
        ("docker-entrypoint.sh",),
        (80,),
        (
            "WordPress not found in /var/www/html - copying now...",
            "Complete! WordPress has been successfully copied to /var/www/html",
            _APACHE,
            "[mpm_prefork:notice] AH00163: Apache configured -- resuming normal operations",
        ),
        6.0,
        least_memory=48,
    ),
    "mysql": Image(
        ("mysqld",),
        ("docker-entrypoint.sh",),
        (3306, 33060),
        (
            "[Note] [Entrypoint]: Entrypoint script for MySQL Server started.",
            *_MYSQL_FIRST_START,
            "[System] [MY-010931] [Server] mysqld: ready for connections. port: 3306",
        ),
        6.0,
        "/var/lib/mysql",
        _MYSQL_FIRST_START,
        least_memory=128,
        needs_one_of=_MYSQL_PASSWORDS,
        refusal=_MYSQL_REFUSAL,
    ),
    "mariadb": Image(
        ("mariadbd",),
        ("docker-entrypoint.sh",),
        (3306,),
        ("[Note] mariadbd: ready for connections.",),
        5.0,
        "/var/lib/mysql",
        least_memory=64,
        needs_one_of=_MARIADB_PASSWORDS,
        refusal=(_MYSQL_REFUSAL[0], *(f"    - {name}" for name in _MARIADB_PASSWORDS[-4:])),
    ),
    "postgres": Image(
        ("postgres",),
        ("docker-entrypoint.sh",),
        (5432,),
        ("LOG:  database system is ready to accept connections",),
        5.0,
        "/var/lib/postgresql/data",
        needs_one_of=("POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"),
        refusal=_POSTGRES_REFUSAL,
    ),
    "nginx": Image(
        ("nginx", "-g", "daemon off;"),
        ("/docker-entrypoint.sh",),
        (80,),
        ("/docker-entrypoint.sh: Configuration complete; ready for start up",),
    ),
    "httpd": Image(
        ("httpd-foreground",),
        (),
        (80,),
        ("[mpm_event:notice] AH00489: Apache/2.4 (Unix) configured -- resuming normal operations",),
    ),
    "redis": Image(
        ("redis-server",),
        ("docker-entrypoint.sh",),
        (6379,),
        ("* Ready to accept connections tcp",),
        2.0,
    ),
    "memcached": Image(("memcached",), ("docker-entrypoint.sh",), (11211,), (), 2.0),
    "mongo": Image(
        ("mongod",),
        ("docker-entrypoint.sh",),
        (27017,),
        ('{"s":"I","c":"NETWORK","msg":"Waiting for connections","attr":{"port":27017}}',),
        6.0,
    ),
    "phpmyadmin": Image(("apache2-foreground",), ("/docker-entrypoint.sh",), (80,), (_APACHE,)),
    "tomcat": Image(("catalina.sh", "run"), (), (8080,), ("Server startup in [1042] ms",), 5.0),
    "registry": Image(("/etc/distribution/config.yml",), ("/entrypoint.sh",), (5000,), (), 2.0),
    "caddy": Image(("caddy", "run", "--config", "/etc/caddy/Caddyfile"), (), (80, 443), (), 2.0),
    "rabbitmq": Image(("rabbitmq-server",), ("docker-entrypoint.sh",), (5672,), (), 5.0),
    "traefik": Image(("traefik",), ("/entrypoint.sh",), (80,), (), 3.0),
    "hello-world": Image(("/hello",), (), (), tuple(_HELLO), 1.0, ends_with=0),
    "amazon/amazon-ecs-sample": _ECS_SAMPLE,
    "public.ecr.aws/ecs-sample-image/amazon-ecs-sample": _ECS_SAMPLE,
    "nginxdemos/hello": Image(("nginx", "-g", "daemon off;"), (), (80,), (), 3.0),
    **{
        name: Image((shell,), (), (), (), 2.0, stop_exit_code=None, is_shell=True)
        for shell, names in {
            "sh": "busybox alpine",
            "/bin/bash": "bash debian ubuntu amazonlinux centos fedora almalinux rockylinux "
            "oraclelinux buildpack-deps public.ecr.aws/amazonlinux/amazonlinux",
        }.items()
        for name in names.split()
    },
}
"""Images whose containers are known in detail."""

# AWS: what is in an image decides what it does; here its name does. One in ECR does what a known
# image of that name does; one that the lab does not know in detail runs on and listens on port 80.
UNKNOWN_IMAGE = Image(("/app",), (), (80, 8080), ("simulated: this image is not known in detail",))


def image_of(image: str) -> Image:
    name = ImageName.of(image)
    repository = name.repository.rpartition("/")[2] if name.is_ecr else name.repository
    return IMAGES.get(repository, UNKNOWN_IMAGE)
