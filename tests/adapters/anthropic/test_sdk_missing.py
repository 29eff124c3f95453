"""Without the SDK the package can be imported, and says what to install when it is used."""

import subprocess
import sys

WITHOUT = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "anthropic":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""


def run(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", WITHOUT + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_error_names_the_extra():
    said = run(
        "from eventflow_anthropic import ChatAnthropic\n"
        "from eventflow import MissingDependencyError\n"
        "try:\n    ChatAnthropic(model='x', api_key='k')\n"
        "except MissingDependencyError as error:\n    print(error)"
    )
    assert said == (
        "ChatAnthropic needs the package 'anthropic', which is not installed: pip install 'eventflow[anthropic]'"
    )


def test_importing_does_not_load_the_sdk():
    command = "import sys, eventflow_anthropic; print('anthropic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
