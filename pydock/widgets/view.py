"""What every live view is: widgets, one task while somebody looks, a phase that people see, callbacks at home.

A view is composed of ipywidgets and is none itself. Dangers: callbacks arrive in other threads (`view.on`), every
cell is another task (so the view runs in one task of its own), and a stream left open is paid for by the daemon.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from anyio.abc import TaskGroup

from pydock.display.markup import Html, clean, escape, tag
from pydock.display.page import fallback, wrap
from pydock.errors import MissingExtra
from pydock.widgets import pieces, registry
from pydock.widgets.callbacks import attach
from pydock.widgets.home import Home
from pydock.widgets.host import Host
from pydock.widgets.phase import CLOSED, IDLE, Phase
from pydock.widgets.pieces import Box, Button, HtmlBox, Widget
from pydock.widgets.renderer import Renderer, assign
from pydock.widgets.style import LIVE_STYLE
from pydock.widgets.visibility import Timing, Visibility

__all__ = ["Job", "View", "close_all"]

_MIME = "application/vnd.jupyter.widget-view+json"


class View:
    """A live view: show it in a cell, and it runs while it is on the page.

    Subclasses write three things:

    * `build()` makes the widgets, once, when the view is first shown; attach callbacks with `self.on(widget, fn)`;
    * `async live(tasks)` runs while somebody looks: open streams, read, `self.connected()`, mark renderers.
      It is cancelled when nobody looks any more and begun anew when somebody does, or when the daemon was gone. When
      it returns, the view has ended (`self.end("removed")` says why). `tasks` is its task group;
    * `snapshot()` returns what is known now as (HTML, text): what a saved notebook and a terminal show.

    Pause it with `view.pause()`, go on with `view.resume()`, end it with `view.close()` or `async with view:`. All of
    them may be called from any thread.
    """

    title = "Docker"
    """What the head says; assign `self.heading(...)` to change it."""
    follows_visibility = True
    reconnects = True

    def __init__(self, *, readonly: bool = False, timing: Timing | None = None) -> None:
        self.readonly = readonly
        self.home: Home | None = Home.maybe()
        self.phase: Phase = IDLE
        self._timing = timing or Timing()
        self._visibility: Visibility | None = None
        self._renderers: list[Renderer] = []
        self._head: HtmlBox | None = None
        self._phase_box: HtmlBox | None = None
        self._alert: HtmlBox | None = None
        self._toggle: Button | None = None
        self._host = Host(self)

    # What subclasses write

    def build(self) -> Sequence[Widget]:
        """Make the widgets between the head and the end of the view. On the home loop, once."""
        raise NotImplementedError

    async def live(self, tasks: TaskGroup) -> None:
        """Run while somebody looks."""
        raise NotImplementedError

    def snapshot(self) -> tuple[Html, str]:
        """Return what is known now as HTML and as text; called without a loop, too, so it asks nobody."""
        raise NotImplementedError

    # What subclasses use

    def connected(self) -> None:
        """Say that the data is there: the phase becomes `live`, and the next reconnection is quick again."""
        self._host.connected()

    def end(self, detail: str = "") -> None:
        """Say why nothing more will come; `live` then returns. `view.resume()` still tries again."""
        self._host.end(detail)

    def alert(self, problem: str | Exception | None) -> None:
        """Show an error in the strip below the head; None takes it away. On the home loop."""
        if self._alert is not None:
            words = escape(_words(problem), lines=True)
            assign(self._alert, tag("div", words, class_="pd-alert", role="alert") if words else Html(""))
            pieces.show(self._alert, bool(words))

    def heading(self, html: Html) -> None:
        """Say in the head what this view shows: markup, escaped at its leaves."""
        if self._head is not None:
            assign(self._head, tag("div", html, class_="pd-head"))

    def renderer(self, flush: Callable[[], object], *, hz: float = 4.0) -> Renderer:
        """Make a renderer that runs while the view is live: `self.painter = self.renderer(self.paint, hz=8)`.

        Lists 4 Hz, logs and pulls 8, stats 2. In `build` or in the constructor.
        """
        made = Renderer(hz, flush)
        self._renderers.append(made)
        return made

    def on(
        self, widget: Widget, fn: Callable[[], object | Awaitable[object]], *, name: str | Sequence[str] = "value"
    ) -> None:
        """Attach a callback: the only way, as others run in whatever thread the page's message arrives in.

        `fn` takes nothing, may be async, and runs in a task of its own on the home loop; it reads `widget.value`
        itself. A button that is pressed while its callback runs is not heard; a value that changes meanwhile
        is: `fn` runs once more. Errors are shown in the view's strip.
        """
        attach(self._at_home(), widget, fn, name, self.alert)

    # What people use

    @property
    def root(self) -> Box:
        """The ipywidgets box, for layouts of your own: `HBox([a.root, b.root])`."""
        return self._shown().root

    @property
    def seen(self) -> bool:
        """Whether it is on a page now."""
        return self._visibility is not None and self._visibility.seen

    def pause(self) -> None:
        """Close the streams and keep what is shown, dimmed, until `resume()`."""
        self._at_home().soon(self._host.hold)

    def resume(self) -> None:
        """Go on after `pause()`, an error or the end; it runs as soon as somebody looks."""
        self._at_home().soon(self._host.release)

    def close(self) -> None:
        """End it for good: streams, widgets, memory. What was shown vanishes from the page."""
        if self.home is None:
            self.phase = CLOSED
        else:
            self.home.soon(self._close)

    async def aclose(self) -> None:
        """Close it and wait until its streams are closed."""
        self.close()
        await self._host.gone()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.phase}>"

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Return the live widget, and beside it what is known now for saved notebooks and terminals. Never raises."""
        try:
            bundle = self._faces()
        except Exception:  # noqa: BLE001 - an error here would stand in the cell instead of the view
            bundle = {"text/plain": fallback(self)}
        wanted = {mime: face for mime, face in bundle.items() if not include or mime in include}
        return {mime: face for mime, face in wanted.items() if not exclude or mime not in exclude}

    # What the host and the registry use

    @property
    def renderers(self) -> Sequence[Renderer]:
        """Those that run with the view."""
        return self._renderers

    def show_phase(self, phase: Phase) -> None:
        """Become another phase, visibly. On the home loop."""
        self.phase = phase
        if self._phase_box is None or self._toggle is None or self._visibility is None:
            return
        assign(self._phase_box, phase.html())
        (self.root.remove_class if phase.fresh else self.root.add_class)("pd-stale")
        label = {"error": "Retry", "ended": "Again"}.get(phase.word, "Resume" if self._host.held else "Pause")
        if self._toggle.description != label:
            self._toggle.description = label
            self._toggle.tooltip = f"{label} {self.title}"

    # Parts

    def _at_home(self) -> Home:
        self.home = self.home or Home.current()
        return self.home

    def _shown(self) -> Visibility:
        """Make the widgets when they are first needed."""
        if self._visibility is None:
            home = self._at_home()
            self._head = pieces.html("pd-grow")
            self._phase_box = pieces.html()
            self._alert = pieces.html()
            self._toggle = pieces.button("Pause", tooltip=f"Pause {self.title}")
            style = pieces.html("pd-style")
            style.value = LIVE_STYLE
            head = pieces.hbox(self._head, self._phase_box, *self._controls(), classes=["pd-top"])
            children = [style, head, self._alert, *self.build()]
            self._visibility = Visibility(home, self._host.seen, children, self._timing)
            self._visibility.root.add_class("pydock")
            self.on(self._toggle, self._host.toggle)
            if not self._head.value:
                self.heading(tag("span", self.title, class_="pd-title"))
            self.alert(None)
            self.show_phase(self.phase)
            registry.add(self)
        return self._visibility

    def _controls(self) -> Sequence[Widget]:
        """Return what stands at the right of the head."""
        return [self._toggle] if self._toggle is not None else []

    def _faces(self) -> dict[str, Any]:
        html, text = self.snapshot()
        when = f"{datetime.now().astimezone():%H:%M:%S}"
        note = f"A snapshot of {when}; live in a running notebook only."
        shown = Html(f"{html}{tag('p', note, class_='pd-m')}")
        bundle: dict[str, Any] = {"text/plain": f"{clean(text, lines=True)}\n({note})"}
        bundle["text/html"] = str(wrap(shown, bundle["text/plain"]))
        self.home = self.home or Home.maybe()
        if self.home is not None and self.phase is not CLOSED:
            try:
                model = self._shown().model_id
            except MissingExtra:  # without ipywidgets the mime type would show "Loading widget…" for ever
                return bundle
            bundle[_MIME] = {"version_major": 2, "version_minor": 0, "model_id": model}
        return bundle

    def _close(self) -> None:
        self._host.close()
        self.show_phase(CLOSED)
        registry.discard(self)
        if self._visibility is not None:
            self._visibility.close()


class Job(View):
    """A view of something finite: a pull, a build, a wait. It does not follow visibility: nobody needs to look.

    `live` is run once, from `start()` on (showing it starts it, too), and is never repeated; `cancel()` ends it.
    """

    follows_visibility = False
    reconnects = False

    def start(self) -> None:
        """Begin, once."""
        self._at_home().soon(self._host.begin)

    def cancel(self) -> None:
        """End it: `live` is cancelled, and with it what the daemon does for it."""
        self._at_home().soon(self._host.cancel)

    async def wait(self) -> None:
        """Wait for its end, however it ends; see `phase`."""
        await self._host.gone()

    def _controls(self) -> Sequence[Widget]:
        return []

    def _shown(self) -> Visibility:
        first = self._visibility is None
        visibility = super()._shown()
        if first:
            self.start()
        return visibility


def close_all() -> None:
    """Close every live view: streams, widgets, memory."""
    for view in registry.views():
        view.close()


def _words(problem: str | Exception | None) -> str:
    if problem is None:
        return ""
    return str(problem) or type(problem).__name__
