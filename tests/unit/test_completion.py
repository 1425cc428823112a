"""Tab completion of options in IPython, with jedi and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Unpack

import pytest

from pydock.models.options import ContainerOptions, spelled_out

core = pytest.importorskip("IPython.core.interactiveshell")


class Box:
    """A thing with a method as `docker.containers` has them."""

    @spelled_out
    async def run(self, image: str, *, check: bool = False, **options: Unpack[ContainerOptions]) -> None:
        """Run."""
        raise AssertionError(image, check, options)

    async def plain(self, image: str, **options: Unpack[ContainerOptions]) -> None:
        """Run, but without a spelled-out signature."""
        raise AssertionError(image, options)


@pytest.fixture
def shell() -> Iterator[Any]:
    shell = core.InteractiveShell(user_ns={"box": Box()})
    yield shell
    shell.history_manager.end_session()
    core.InteractiveShell.clear_instance()


def completions(shell: Any, line: str, *, jedi: bool) -> set[str]:
    from IPython.core.completer import provisionalcompleter

    shell.Completer.use_jedi = jedi
    with provisionalcompleter():
        return {item.text.removesuffix("=") for item in shell.Completer.completions(line, len(line))}


@pytest.mark.parametrize("jedi", [False, True])
def test_option_names_complete(shell: Any, jedi: bool) -> None:
    assert {"memory", "memory_swap", "memory_reservation"} <= completions(shell, "box.run('x', mem", jedi=jedi)
    assert "cap_add" in completions(shell, "await box.run('x', name='y', cap", jedi=jedi)
    assert {"networks", "name", "check", "read_only"} <= completions(shell, "box.run('x', ", jedi=jedi)


def test_without_the_spelled_out_signature_nothing_completes(shell: Any) -> None:
    assert "memory" not in completions(shell, "box.plain('x', mem", jedi=False)
