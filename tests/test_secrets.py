"""What an agent asks for a task's secrets, and what it says when it does not get them."""

import pytest
from botocore.exceptions import ClientError

from ecs_tutorial.data_plane.secrets import SecretsError, environment, nobody, secret_values

DB = "arn:aws:secretsmanager:eu-west-1:1:secret:db-Ab12Cd"


class Vault:
    """Both services in every region, with what was asked of them."""

    def __init__(self, parameters=None, secret="", error=""):
        self.parameters, self.secret, self.error = parameters or {}, secret, error
        self.asked = []

    def __call__(self, region):
        self.region = region
        return self

    def get_parameters(self, **request):
        names = request["Names"]
        self.asked.append(names)
        self._fail()
        return {
            "Parameters": [
                {"Name": n, "Value": self.parameters[n]} for n in names if n in self.parameters
            ],
            "InvalidParameters": [n for n in names if n not in self.parameters],
        }

    def get_secret_value(self, **request):
        self.asked.append(request)
        self._fail()
        return {"SecretString": self.secret}

    def _fail(self):
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": "No."}}, "Call")


def task(*secrets):
    container = {"name": "app", "secrets": list(secrets)}
    return {"arn": "arn:task/t", "containers": [container]}


def parameter(name, region="us-east-1"):
    return {"name": "V", "valueFrom": name, "region": region, "provider": "ssm"}


def secret(value_from=DB):
    return {"name": "V", "valueFrom": value_from, "region": "eu-west-1", "provider": "asm"}


def reason(given, vault):
    with pytest.raises(SecretsError) as caught:
        secret_values(task(given), vault)
    return str(caught.value)


def test_a_parameter_becomes_a_variable():
    """By the name in the definition, with the value that Parameter Store has."""
    given = task(parameter("/db/user"))
    values = secret_values(given, Vault({"/db/user": "anna"}))
    assert environment(given["containers"][0], values) == {"V": "anna"}


def test_parameters_are_asked_for_ten_at_once():
    """That is GetParameters' own limit; a name that two variables have is asked for once."""
    names = [f"/p/{n}" for n in range(12)]
    vault = Vault(dict.fromkeys(names, "x"))
    secret_values(task(*map(parameter, [*names, names[0]])), vault)
    assert [len(each) for each in vault.asked] == [10, 2]


def test_a_whole_secret():
    """An ARN alone names the whole text; it is asked for in the ARN's region."""
    vault = Vault(secret="s3cret")
    given = task(secret())
    assert environment(given["containers"][0], secret_values(given, vault)) == {"V": "s3cret"}
    assert (vault.asked, vault.region) == ([{"SecretId": DB}], "eu-west-1")


@pytest.mark.parametrize(("text", "value"), [('{"port": 3306}', "3306"), ('{"port": "a"}', "a")])
def test_a_member_of_a_secret(text, value):
    """A JSON key behind the ARN names one member; a number comes as its digits."""
    given = task(secret(f"{DB}:port::"))
    values = secret_values(given, Vault(secret=text))
    assert environment(given["containers"][0], values) == {"V": value}


def test_a_version_of_a_secret():
    """Stage and version id are asked for where they are named."""
    vault = Vault(secret="{}")
    secret_values(task(secret(f"{DB}::AWSPREVIOUS:")), vault)
    secret_values(task(secret(f"{DB}:::7f3a")), vault)
    assert vault.asked == [
        {"SecretId": DB, "VersionStage": "AWSPREVIOUS"},
        {"SecretId": DB, "VersionId": "7f3a"},
    ]


def test_a_parameter_that_is_not_there():
    """The agent names the region and the parameter."""
    assert reason(parameter("/no"), Vault()) == (
        "Fetching secret data from SSM Parameter Store in us-east-1: invalid parameters: /no"
    )


def test_a_parameter_that_may_not_be_read():
    """The service's own code and sentence follow the agent's."""
    assert reason(parameter("/db"), Vault(error="AccessDeniedException")) == (
        "Fetching secret data from SSM Parameter Store in us-east-1: AccessDeniedException: No."
    )


def test_a_secret_that_is_not_there():
    """ResourceInitializationError, with the ARN to check."""
    assert reason(secret(), Vault(error="ResourceNotFoundException")) == (
        f"ResourceInitializationError: The task can't retrieve the secret with ARN '{DB}' from AWS "
        "Secrets Manager. Check that the secret ARN is correct: ResourceNotFoundException: No."
    )


def test_a_member_that_is_not_there():
    """The key is named, not the text it was looked for in."""
    said = reason(secret(f"{DB}:password::"), Vault(secret='{"user": "x"}'))
    assert said == "retrieved secret from Secrets Manager did not contain json key password"


def test_an_arn_with_too_few_parts():
    """Key, stage and version come together or not at all."""
    assert "an invalid ARN format" in reason(secret(f"{DB}:password"), Vault())


def test_no_credentials():
    """Without a role there is nobody to ask."""
    with pytest.raises(SecretsError, match="unable to find execution role credentials"):
        secret_values(task(secret()), lambda region: nobody("", "", region))
