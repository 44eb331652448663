"""What user data leaves on an instance, and what cloud-init's log says of it."""

import base64
import gzip
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs_tutorial.data_plane.bash_syntax import read_script
from ecs_tutorial.data_plane.host_files import LINUX_FOLDERS, HostFiles
from ecs_tutorial.data_plane.user_data import boot_script

CONFIG = "/etc/ecs/ecs.config"
PART = "/var/lib/cloud/instance/scripts/part-001"
FAILED = (
    "cc_scripts_user.py[WARNING]: Failed to run module scripts-user "
    "(scripts in /var/lib/cloud/instance/scripts)"
)


def boot(text: str):
    return boot_script(text.encode())


def config(text: str) -> str | None:
    return boot(text).files.get(CONFIG)


def script(*lines: str) -> str:
    return "\n".join(("#!/bin/bash", *lines)) + "\n"


@pytest.mark.parametrize(
    "lines",
    [
        ["echo ECS_CLUSTER=web >> /etc/ecs/ecs.config"],
        ["echo 'ECS_CLUSTER=web' > /etc/ecs/ecs.config"],
        ['printf "ECS_CLUSTER=%s\\n" web >/etc/ecs/ecs.config'],
        ["NAME=web", 'echo "ECS_CLUSTER=${NAME}" >> /etc/ecs/ecs.config'],
        ["export NAME='web'", "echo ECS_CLUSTER=$NAME >> /etc/ecs/ecs.config"],
        ["echo ECS_CLUSTER=${NAME:-web} >> /etc/ecs/ecs.config"],
        ["echo ECS_CLUSTER=$(echo web) >> /etc/ecs/ecs.config"],
        ["echo ECS_CLUSTER=`echo web` >> /etc/ecs/ecs.config"],
        ["cat <<EOF > /etc/ecs/ecs.config", "ECS_CLUSTER=web", "EOF"],
        ["cat <<'EOF' >> /etc/ecs/ecs.config", "ECS_CLUSTER=web", "EOF"],
        ["cat <<-EOF >> /etc/ecs/ecs.config", "\tECS_CLUSTER=web", "\tEOF"],
        ["cat > /etc/ecs/ecs.config << EOF", "ECS_CLUSTER=web", "EOF"],
        ["echo ECS_CLUSTER=web | tee -a /etc/ecs/ecs.config"],
        ["echo ECS_CLUSTER=web | sudo tee /etc/ecs/ecs.config > /dev/null"],
        ["sudo sh -c 'echo ECS_CLUSTER=web >> /etc/ecs/ecs.config'"],
        ["mkdir -p /etc/ecs && cd /etc/ecs && echo ECS_CLUSTER=web > ecs.config"],
        ["{ echo ECS_CLUSTER=web; } >> /etc/ecs/ecs.config"],
        ["touch /etc/ecs/ecs.config", "/bin/echo ECS_CLUSTER=web >> /etc/ecs/ecs.config"],
        ["false || echo ECS_CLUSTER=web >> /etc/ecs/ecs.config"],
        ["set -euo pipefail", "! false", "echo ECS_CLUSTER=web >> /etc/ecs/ecs.config"],
        ["tee /etc/ecs/ecs.config <<< ECS_CLUSTER=web"],
    ],
)
def test_the_usual_ways_to_name_the_cluster(lines):
    """Every common way to write the agent's config file in bash leaves the same line."""
    assert config(script(*lines)) == "ECS_CLUSTER=web\n"


def test_quotes_decide_what_is_expanded():
    """Single quotes and a quoted here-document keep the dollar; the others do not."""
    text = script(
        "A=1",
        """echo '$A' "$A" \\$A '$A'"$A" >> /etc/ecs/ecs.config""",
        "cat <<'EOF' >> /etc/ecs/ecs.config",
        '"$A" \\$A',
        "EOF",
        "cat <<EOF >> /etc/ecs/ecs.config",
        '"$A" \\$A',
        "EOF",
    )
    assert config(text) == '$A 1 $A $A1\n"$A" \\$A\n"1" $A\n'


def test_a_misspelt_command():
    """`ehco` is not found: the redirection still makes the file, which stays empty."""
    result = boot(script("ehco ECS_CLUSTER=web >> /etc/ecs/ecs.config"))
    assert result.files == {CONFIG: ""}
    assert result.log == (f"{PART}: line 2: ehco: command not found", FAILED)


def test_a_misspelt_folder():
    """A file in a folder that does not exist is not written."""
    result = boot(script("echo ECS_CLUSTER=web >> /etc/esc/ecs.config"))
    assert result.files == {}
    assert f"{PART}: line 2: /etc/esc/ecs.config: No such file or directory" in result.log


def test_the_config_folder_belongs_to_the_ecs_optimized_ami():
    """On another AMI /etc/ecs does not exist until somebody makes it."""
    text = script("echo ECS_CLUSTER=web >> /etc/ecs/ecs.config").encode()
    assert boot_script(text, HostFiles(LINUX_FOLDERS)).files == {}


def test_a_script_without_its_first_line():
    """Without `#!` cloud-init does not know what the text is, and runs nothing."""
    result = boot("echo ECS_CLUSTER=web >> /etc/ecs/ecs.config")
    assert result.files == {}
    assert result.log == (
        "__init__.py[WARNING]: Unhandled non-multipart (text/x-not-multipart) userdata: "
        "'b'echo ECS_CLUSTER=web >> '...'",
    )


def test_a_script_that_begins_with_an_empty_line():
    """An empty line before `#!`, as a Python string easily has, makes it no program."""
    result = boot("\n" + script("echo ECS_CLUSTER=web >> /etc/ecs/ecs.config"))
    assert result.files == {}
    assert result.log == (f"{PART}: Exec format error. Missing #! in script?", FAILED)


def test_a_syntax_error_ends_the_script_where_it_stands():
    """Lines before the error have been run, as bash reads a script while it runs it."""
    result = boot(
        script("echo ECS_CLUSTER=web > /etc/ecs/ecs.config", "echo x; fi", "echo y > /tmp/y")
    )
    assert result.files == {CONFIG: "ECS_CLUSTER=web\n"}
    assert result.log == (f"{PART}: line 3: syntax error near unexpected token `fi'", FAILED)


def test_an_open_quote():
    """An open quotation mark swallows the rest, in bash's words."""
    result = boot(script('echo "ECS_CLUSTER=web >> /etc/ecs/ecs.config'))
    assert result.files == {}
    assert result.log[0] == f"{PART}: line 2: unexpected EOF while looking for matching `\"'"


def test_an_indented_end_of_a_here_document():
    """The document then goes on to the end of the file, with bash's warning."""
    result = boot(script("cat <<EOF > /etc/ecs/ecs.config", "ECS_CLUSTER=web", "  EOF"))
    assert result.files[CONFIG] == "ECS_CLUSTER=web\n  EOF\n"
    assert "here-document at line 2 delimited by end-of-file (wanted `EOF')" in result.log[0]


def test_set_e_ends_the_script_at_the_first_failure():
    """With -e, what comes after a command that fails is not run."""
    lines = ["ehco x", "echo ECS_CLUSTER=web > /etc/ecs/ecs.config"]
    assert CONFIG not in boot("\n".join(("#!/bin/bash -e", *lines))).files
    assert CONFIG not in boot(script("set -e", *lines)).files
    assert CONFIG in boot(script(*lines)).files


def test_exit_ends_the_script():
    """`exit` ends it with its code; 0 is no failure."""
    assert boot(script("exit 0", "echo x > /tmp/x")) == boot(script("exit 0"))
    assert boot(script("exit 3")).log == (FAILED,)


def test_xtrace_is_in_the_log():
    """`bash -x` writes each command before it is run, and output goes to the log."""
    assert boot("#!/bin/bash -x\necho hello there\n").log == ("+ echo hello there", "hello there")


@pytest.mark.parametrize(
    "line",
    [
        "yum install -y httpd > /dev/null 2>&1",
        "systemctl enable --now docker",
        "if true; then echo b; fi",
        "for i in 1 2; do echo $i; done",
        "exec > >(tee /var/log/user-data.log) 2>&1",
        "curl -s http://169.254.169.254/latest/meta-data/instance-id",
        "python3 -c 'print(1)'",
        "case $x in a) echo b;; esac",
        "x=$((1 + 2))",
    ],
)
def test_what_is_not_simulated_is_said(line):
    """What a real instance could do and the lab cannot stands in the log, and is no failure."""
    log = boot(script(line)).log
    assert any(entry.startswith("not simulated: ") for entry in log)
    assert FAILED not in log


def test_other_interpreters_are_not_simulated():
    """A Python script is named and passed over."""
    assert boot("#!/usr/bin/env python3\nprint(1)\n").log == (
        "not simulated: a script for python3",
    )


def test_nothing_is_executed(tmp_path):
    """A script that names a file of this machine does not touch it."""
    target = tmp_path / "seen"
    result = boot(script(f"mkdir -p {tmp_path.as_posix()}", f"touch {target.as_posix()}"))
    assert target.as_posix() in result.files
    assert not target.exists()


def test_cloud_config():
    """write_files comes before runcmd, whose items are lines or lists of words."""
    text = """#cloud-config
bootcmd:
  - echo early > /tmp/early
write_files:
  - path: /etc/ecs/ecs.config
    content: |
      ECS_CLUSTER=web
runcmd:
  - echo ECS_RESERVED_MEMORY=256 >> /etc/ecs/ecs.config
  - [sh, -c, "echo ECS_IMAGE_PULL_BEHAVIOR=once >> /etc/ecs/ecs.config"]
packages: [httpd]
"""
    result = boot(text)
    assert result.files == {
        CONFIG: "ECS_CLUSTER=web\nECS_RESERVED_MEMORY=256\nECS_IMAGE_PULL_BEHAVIOR=once\n",
        "/tmp/early": "early\n",
    }
    assert result.log == ("not simulated: cloud-config packages",)


@pytest.mark.parametrize("encoding", ["b64", "gz+b64", "gzip+base64"])
def test_encoded_files_of_a_cloud_config(encoding):
    """Contents may be encoded, and may be appended to a file; folders are made."""
    data = gzip.compress(b"two\n") if "gz" in encoding else b"two\n"
    content = base64.b64encode(data).decode()
    text = f"""#cloud-config
write_files:
- {{path: /opt/lab/file, content: "one\\n"}}
- {{path: /opt/lab/file, append: true, encoding: {encoding}, content: {content}}}
"""
    assert boot(text).files == {"/opt/lab/file": "one\ntwo\n"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#cloud-config\nruncmd: [\n", "Failed loading yaml blob. Invalid format at line 3"),
        ("#cloud-config\n- a\n", "but got list instead"),
        ("#cloud-config\nruncmd: [7]\n", "Unable to shellify type 'int'"),
        ("#cloud-config\nwrite_files: [{content: x}]\n", "No path provided"),
    ],
)
def test_a_wrong_cloud_config(text, message):
    """What is wrong with a cloud-config stands in the log, and nothing is written."""
    result = boot(text)
    assert result.files == {}
    assert message in "\n".join(result.log)


def test_a_mime_archive():
    """The parts of an archive do their work in cloud-init's order: config, then scripts."""
    archive = MIMEMultipart()
    archive.attach(MIMEText("echo two >> /etc/ecs/ecs.config", "x-unknown"))
    archive.attach(MIMEText(script("echo three >> /etc/ecs/ecs.config"), "x-shellscript"))
    files = '#cloud-config\nwrite_files: [{path: /etc/ecs/ecs.config, content: "one\\n"}]'
    archive.attach(MIMEText(files, "cloud-config"))
    archive.attach(MIMEText("#cloud-boothook\necho zero > /tmp/zero", "cloud-boothook"))
    result = boot_script(archive.as_bytes())
    assert result.files == {CONFIG: "one\nthree\n", "/tmp/zero": "zero\n"}
    assert "Unhandled unknown content-type (text/x-unknown)" in result.log[0]


@pytest.mark.parametrize(
    "wrap",
    [
        gzip.compress,
        base64.b64encode,
        lambda data: base64.b64encode(gzip.compress(data)),
        lambda data: data.replace(b"\n", b"\r\n"),
    ],
)
def test_wrappings_are_taken_off(wrap):
    """Compressed, encoded twice, or with Windows line ends: the script is the same."""
    data = wrap(script("echo ECS_CLUSTER=web >> /etc/ecs/ecs.config").encode())
    assert boot_script(data).files == {CONFIG: "ECS_CLUSTER=web\n"}


def test_no_user_data():
    """An instance without user data boots without a file and without a word."""
    assert boot("") == boot("  \n")
    assert boot("").files == {}
    assert boot("").log == ()


def test_a_file_that_doubles_itself_stays_small():
    """A script of a few lines cannot fill the memory of the machine."""
    lines = ["X=0123456789", *["X=$X$X"] * 40, "echo $X > /tmp/x"]
    assert len(boot(script(*lines)).files["/tmp/x"]) <= 65_536


@given(st.from_regex(r"[A-Za-z0-9_-]{1,255}", fullmatch=True))
def test_any_cluster_name_arrives_as_it_was_written(name):
    """Any name that ECS allows comes through echo unchanged."""
    assert config(script(f"echo ECS_CLUSTER={name} >> {CONFIG}")) == f"ECS_CLUSTER={name}\n"


@settings(max_examples=150)
@given(st.text(alphabet="echo $\"'`(){}<>|&;\n\\#!EOF=/x", max_size=60))
def test_no_text_breaks_the_boot(text):
    """Whatever stands in a script, the boot ends with files and a log."""
    result = boot(script(text))
    assert all(isinstance(line, str) for line in result.log)


@settings(max_examples=100)
@given(st.sampled_from(["", "#cloud-config\n", "MIME-Version: 1.0\n"]), st.binary(max_size=80))
def test_no_bytes_break_the_boot(start, data):
    """User data may be any bytes."""
    boot_script(start.encode() + data)


@pytest.mark.parametrize("text", ["echo x'${'", "echo x'${ '", "A='${'B", "cat <<EOF\n'${x'\nEOF"])
def test_an_open_brace_in_quotes(text):
    """bashlex never returns from such a word: the lab does not begin to read it, and says so."""
    result = boot(script("echo ECS_CLUSTER=web > /etc/ecs/ecs.config", text))
    assert result.files == {CONFIG: "ECS_CLUSTER=web\n"}
    assert result.log[0].startswith("not simulated: ")


def test_a_long_script_with_an_open_quote():
    """Reading takes one pass: what was read before the error is not read again."""
    lines = [f"echo LINE_{number} >> /tmp/lines" for number in range(400)]
    result = boot(script(*lines[:300], 'echo "open', *lines[300:]))
    assert result.files["/tmp/lines"].count("\n") == 300
    assert result.log[0].startswith(f"{PART}: line 302: unexpected EOF")


def test_a_script_nested_too_deeply_is_said_to_be():
    """The log says so, and the boot goes on."""
    log = boot(script("{ " * 800 + "echo a; " + "}; " * 800)).log
    assert any("nested too deeply" in line for line in log)


def test_an_archive_nested_too_deeply_is_said_to_be():
    """MIME in MIME two thousand times over leaves a line in the log."""
    heads = [f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000)]
    log = boot("MIME-Version: 1.0\n" + "".join(heads)).log
    assert "not simulated: it is nested too deeply" in log


def test_what_one_script_breaks_does_not_stop_the_next(monkeypatch):
    """A reader's own fault is a line of the log."""
    monkeypatch.setattr("ecs_tutorial.data_plane.user_data.read_cloud_config", lambda _: 1 / 0)
    assert boot("#cloud-config\nruncmd: []").log == (
        "not simulated: ZeroDivisionError: division by zero",
    )


def test_aliases_that_expand_to_too_much_are_refused():
    """A billion laughs: each level holds the one before ten times."""
    levels = ["a0: &a0 [laugh, laugh]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    log = boot("\n".join(["#cloud-config", *levels, "runcmd: [*a9]"])).log
    assert log == ("not simulated: cloud-config whose YAML aliases expand to too much",)
    assert boot("#cloud-config\nruncmd: &a [*a]").log == log


def test_a_few_aliases_are_read():
    """What people write with aliases stays readable."""
    text = "#cloud-config\nbootcmd: &c ['echo ECS_CLUSTER=web > /etc/ecs/ecs.config']\nruncmd: *c"
    assert config(text) == "ECS_CLUSTER=web\n"


def test_a_script_that_many_instances_share_is_read_once_and_walked_on_each():
    """What one walk expands does not stay in the syntax that the next one sees."""
    text = script("name=${name:-}web", 'echo "ECS_CLUSTER=$name" >> /etc/ecs/ecs.config')
    assert read_script(text) is read_script(text)
    assert [config(text) for _ in range(3)] == ["ECS_CLUSTER=web\n"] * 3
