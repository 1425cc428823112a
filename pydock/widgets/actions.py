"""Buttons that do something to the daemon: named for their object, telling their code, asking twice before harm.

Danger: a button that is `disabled` while it works loses the keyboard's focus, so it only says that it is busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydock.widgets import pieces
from pydock.widgets.pieces import Box, Button, Widget

__all__ = ["Action", "ActionBar", "ActionButton"]

ASKED_FOR = 4.0
"""How long a question stands, in seconds."""


class Shows(Protocol):
    """What buttons need of their view."""

    readonly: bool

    def on(self, widget: Widget, fn: Callable[[], object | Awaitable[object]], /) -> None:
        """Attach a callback at home."""
        ...


@dataclass(frozen=True)
class Action:
    """Something to do to whatever is selected.

    ```python
    Action("Stop", self.stop, code="await container.stop()", busy="Stopping…")
    Action("Remove", self.remove, code="await container.remove(force=True)", busy="Removing…", confirm=True)
    ```
    """

    label: str
    run: Callable[[], Awaitable[object]]
    code: str = ""
    """What a person would write: shown in the tooltip."""
    busy: str = ""
    """What the button says meanwhile."""
    confirm: bool = False
    """Ask "Really remove demo-web?" first, for 4 s."""
    icon: str = ""
    possible: Callable[[], bool] = lambda: True
    """Whether it makes sense now; the button is only dimmed otherwise, as a disabled one loses the focus."""


class ActionButton:
    """One button of one action; `.button` is the widget. `target()` is the object's name, "" when there is none."""

    def __init__(self, view: Shows, action: Action, target: Callable[[], str], *, asked_for: float = ASKED_FOR) -> None:
        self._action = action
        self._target = target
        self._asked_for = asked_for
        self._asked: str | None = None
        self._question = 0
        self._working = False
        self.button: Button = pieces.button(action.label, icon=action.icon, look="danger" if action.confirm else "")
        self.update()
        view.on(self.button, self._pressed)

    def update(self) -> None:
        """Name the object that is selected now, and forget a question about another one."""
        name = self._target()
        if self._asked is not None and self._asked != name:
            self._asked = None
        code = f" · {self._action.code}" if self._action.code else ""
        tooltip = f"{self._action.label} {name}".strip() + code
        if self.button.tooltip != tooltip:
            self.button.tooltip = tooltip
        (self.button.remove_class if name and self._action.possible() else self.button.add_class)("pd-off")
        self._label()

    async def _pressed(self) -> None:
        name = self._target()
        if not name:
            return
        if self._action.confirm and self._asked != name:
            self._ask(name)
            return
        self._asked = None
        self._working = True
        self._label()
        try:
            await self._action.run()
        finally:
            self._working = False
            self.update()

    def _ask(self, name: str) -> None:
        self._asked = name
        self._question += 1
        self._label()
        self._forgetting = asyncio.create_task(self._forget(self._question))

    async def _forget(self, question: int) -> None:
        await asyncio.sleep(self._asked_for)
        if self._question == question and self._asked is not None:
            self._asked = None
            self._label()

    def _label(self) -> None:
        action = self._action
        said = action.label
        if self._working:
            said = action.busy or f"{action.label}…"
        elif self._asked is not None:
            said = f"Really {action.label.lower()} {self._asked}?"
        if self.button.description != said:
            self.button.description = said


class ActionBar:
    """Buttons beside each other; `.box` is the widget, empty in a readonly view. `update()` after each selection."""

    def __init__(self, view: Shows, actions: Sequence[Action], target: Callable[[], str]) -> None:
        given = () if view.readonly else actions
        self.buttons: Sequence[ActionButton] = [ActionButton(view, action, target) for action in given]
        self.box: Box = pieces.hbox(*(button.button for button in self.buttons), classes=["pd-actions"])

    def update(self) -> None:
        """Name the object that is selected now in every button."""
        for button in self.buttons:
            button.update()
