"""The few widgets that views are made of: typed, named for screen readers, with pydock's classes.

Danger: ipywidgets has no types, so it stays behind the protocols here; `HTML` widgets are raw innerHTML, so they
only take `Html` (see `renderer.assign`); and assigning a list's options fires its observers (`assign_options`).
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, cast

from pydock.errors import MissingExtra

__all__ = [
    "Box", "Button", "Choice", "Choices", "HtmlBox", "Layout", "Tabs", "TextBox", "Toggle", "Widget",
    "assign_options", "button", "checkbox", "choices", "dropdown", "hbox", "html", "library", "muted", "select",
    "show", "tabs", "text", "toggle", "vbox", "without_observers",
]  # fmt: skip

Options = Sequence[tuple[str, str]]
"""What a list offers: (what is shown, its key). Keys are ids: text that changes must not be part of them."""


class Layout(Protocol):
    """Where a widget stands; CSS texts or None."""

    display: str | None
    flex: str | None
    width: str | None
    height: str | None


class Widget(Protocol):
    """What all widgets have. Attach callbacks with `view.on(widget, fn)`, never with `observe`."""

    layout: Layout
    tooltip: str | None

    def add_class(self, name: str, /) -> object:
        """Give its element a CSS class."""
        ...

    def remove_class(self, name: str, /) -> object:
        """Take a CSS class away."""
        ...

    def observe(self, handler: Callable[[Any], object], names: str | Sequence[str], /) -> None:
        """Call when a value changes, in whatever thread that happens: only `view.on` may."""
        ...

    def hold_sync(self) -> AbstractContextManager[object]:
        """Send what is assigned meanwhile as one message."""
        ...

    def close(self) -> None:
        """Take it out of the page and of ipywidgets' memory."""
        ...


class HtmlBox(Widget, Protocol):
    """Shows markup; assign with `renderer.assign`."""

    value: str


class Button(Widget, Protocol):
    """Its `description` may change while it works; it is never `disabled`, which would lose the focus."""

    description: str
    icon: str
    button_style: str

    def on_click(self, handler: Callable[[object], object], /) -> None:
        """Call when pressed, in whatever thread that happens: only `view.on` may."""
        ...


class TextBox(Widget, Protocol):
    """One line of text, told with each letter."""

    value: str
    placeholder: str


class Toggle(Widget, Protocol):
    """Something that is on or off."""

    value: bool


class Choice(Widget, Protocol):
    """One of a list by its key; None when nothing is chosen."""

    options: Any
    value: str | None


class Choices(Widget, Protocol):
    """Any number of a list, by their keys."""

    options: Any
    value: tuple[str, ...]


class Box(Widget, Protocol):
    """Widgets beside or above each other."""

    children: Sequence[Widget]


class Tabs(Box, Protocol):
    """One of several at a time."""

    selected_index: int | None


def library() -> Any:
    """Return ipywidgets itself, for the rare widget that has no function here. `MissingExtra` without it."""
    try:
        return importlib.import_module("ipywidgets")
    except ImportError:
        raise MissingExtra("Live views need ipywidgets: pip install 'pydock-engine[jupyter]'") from None


def html(*classes: str) -> HtmlBox:
    """Make an empty place for markup."""
    return cast("HtmlBox", _dressed(library().HTML(), classes))


def button(label: str, *, tooltip: str = "", icon: str = "", look: str = "") -> Button:
    """Make a button. `tooltip` carries the object's name ("Stop demo-web"); `look`: "", "danger", "primary"…."""
    made = library().Button(description=label, tooltip=tooltip or label, icon=icon, button_style=look)
    made.layout.flex = "0 0 auto"  # in a row it would shrink below its label
    made.layout.width = "auto"
    return cast("Button", made)


def text(label: str, *, placeholder: str = "", value: str = "") -> TextBox:
    """Make a line to type in; `label` is for screen readers, `placeholder` for eyes."""
    made = library().Text(value=value, description=label, placeholder=placeholder or label, continuous_update=True)
    return cast("TextBox", _dressed(made, ["pd-quiet"]))


def select(label: str, *, rows: int = 12) -> Choice:
    """Make a list to choose one from; `label` is for screen readers. Fill it with `assign_options`."""
    made = library().Select(options=[], value=None, description=label, rows=rows)
    return cast("Choice", _dressed(made, ["pd-quiet", "pd-list"]))


def choices(label: str, *, rows: int = 12) -> Choices:
    """Make a list to choose any number from; `label` is for screen readers. Fill it with `assign_options`."""
    made = library().SelectMultiple(options=[], description=label, rows=rows)
    return cast("Choices", _dressed(made, ["pd-quiet", "pd-list"]))


def dropdown(label: str, options: Options, *, value: str | None = None) -> Choice:
    """Make a list that opens; `label` is for screen readers."""
    given = list(options)
    first = given[0][1] if given else None
    made = library().Dropdown(options=given, value=first if value is None else value, description=label)
    made.layout.width = "auto"
    return cast("Choice", _dressed(made, ["pd-quiet"]))


def checkbox(label: str, *, value: bool = False, tooltip: str = "") -> Toggle:
    """Make a box to tick, with its label beside it."""
    made = library().Checkbox(value=value, description=label, indent=False, tooltip=tooltip or label)
    made.layout.width = "auto"
    return cast("Toggle", made)


def toggle(label: str, *, value: bool = False, tooltip: str = "") -> Toggle:
    """Make a button that stays pressed."""
    made = library().ToggleButton(value=value, description=label, tooltip=tooltip or label)
    made.layout.width = "auto"
    return cast("Toggle", made)


def vbox(*children: Widget, classes: Sequence[str] = ()) -> Box:
    """Put widgets above each other."""
    return cast("Box", _dressed(library().VBox(list(children)), classes))


def hbox(*children: Widget, classes: Sequence[str] = ()) -> Box:
    """Put widgets beside each other; they wrap where there is no room."""
    made = library().HBox(list(children))
    made.layout.flex_flow = "row wrap"
    made.layout.align_items = "center"
    return cast("Box", _dressed(made, classes))


def tabs(*pages: tuple[str, Widget]) -> Tabs:
    """Show one of several pages at a time; `view.on(tabs, fn, name="selected_index")`."""
    made = library().Tab(children=[page for _, page in pages], titles=[title for title, _ in pages], selected_index=0)
    return cast("Tabs", made)


def show(widget: Widget, shown: bool) -> None:
    """Show or hide a widget."""
    wanted = None if shown else "none"
    if widget.layout.display != wanted:
        widget.layout.display = wanted


def assign_options(widget: Choice | Choices, options: Options, value: str | Sequence[str] | None = None) -> None:
    """Give a list its options and what is chosen in one message, without a word to its observers.

    A key that is not offered is not chosen: the list's value is then None, or has one key fewer.
    """
    given = tuple(options)
    keys = [key for _, key in given]
    several = not (value is None or isinstance(value, str)) or isinstance(widget.value, tuple)
    chosen: object
    if several:
        wanted = [value] if isinstance(value, str) else list(value or ())
        chosen = tuple(key for key in wanted if key in keys)
    else:
        chosen = value if value in keys else None
    if tuple(widget.options) == given and widget.value == chosen:
        return
    untyped: Any = widget
    with without_observers(widget), widget.hold_sync():
        if tuple(widget.options) != given:
            untyped.options = given
        untyped.value = chosen


_silent: set[tuple[int, int]] = set()


@contextmanager
def without_observers(widget: Widget) -> Generator[None]:
    """Assign a widget's value without calling what `view.on` attached; changes from the page are heard meanwhile."""
    mark = (id(widget), threading.get_ident())
    _silent.add(mark)
    try:
        yield
    finally:
        _silent.discard(mark)


def muted(widget: Widget) -> bool:
    """Tell whether this thread assigns to the widget right now (`without_observers`)."""
    return (id(widget), threading.get_ident()) in _silent


def _dressed(made: Any, classes: Sequence[str]) -> Any:
    for name in classes:
        made.add_class(name)
    return made
