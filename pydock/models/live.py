"""The verbs that open live views: the one door from models to `pydock.widgets`, opened when somebody knocks.

Danger: nothing of the widgets may be imported before that: `import pydock` needs no ipywidgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from pydock.display.mixin import Displayed
from pydock.models._base import Ref
from pydock.models.options import Command, Environment
from pydock.models.units import Moment

if TYPE_CHECKING:
    from pydock.models.containers import ContainerRef
    from pydock.models.images import ImageRef
    from pydock.models.progress import Progress
    from pydock.widgets.container import ContainerView
    from pydock.widgets.images import ImageExplorer
    from pydock.widgets.logs import LogsView
    from pydock.widgets.progress import ProgressView
    from pydock.widgets.stats import StatsView
    from pydock.widgets.terminal import Terminal

__all__ = ["LiveContainer", "LiveImage", "LiveProgress"]

_WIDGET = "application/vnd.jupyter.widget-view+json"


class LiveContainer(Ref):
    """Verbs that show a container live in a notebook. They need `pip install 'pydock-engine[jupyter]'`."""

    def view(self, *, readonly: bool = False) -> ContainerView:
        """Show it live: its state, log, stats, files and processes, with buttons unless `readonly`.

        view = web.view()
        view                                # in a cell: it runs while it is on the page
        """
        from pydock.widgets.container import ContainerView

        return ContainerView(cast("ContainerRef", self), readonly=readonly)

    def live_logs(
        self,
        *,
        tail: int | None = 500,
        since: Moment | None = None,
        timestamps: bool = False,
        follow: bool = True,
    ) -> LogsView:
        """Show what it prints, as it prints it: the last `tail` lines, to be searched and paused."""
        from pydock.widgets.logs import LogsView

        return LogsView(cast("ContainerRef", self), tail=tail, since=since, timestamps=timestamps, follow=follow)

    def live_stats(self, *, history: int = 120) -> StatsView:
        """Show its use of CPU, memory, network and disk as curves of the last `history` seconds."""
        from pydock.widgets.stats import StatsView

        return StatsView(cast("ContainerRef", self), history=history)

    def terminal(
        self,
        command: Command | None = None,
        *,
        env: Environment = (),
        user: str | None = None,
        workdir: str | None = None,
        rows: int = 24,
        cols: int = 80,
        screen_reader: bool = False,
    ) -> Terminal:
        """Show a terminal in it: a shell, or `command`. Needs `pip install 'pydock-engine[term]'`.

        What runs in it ends half a minute after nobody looks any more. The width is the cell's as soon as it is shown.
        `screen_reader` has the page keep a readable copy of the screen, which makes it slower.

            web.terminal()                      # in a cell
        """
        from pydock.widgets.terminal import Terminal

        return Terminal(
            cast("ContainerRef", self),
            command,
            env=env,
            user=user,
            workdir=workdir,
            rows=rows,
            cols=cols,
            screen_reader=screen_reader,
        )


class LiveImage(Ref):
    """Verbs that show an image live in a notebook. They need `pip install 'pydock-engine[jupyter]'`."""

    async def explore(self) -> ImageExplorer:
        """Read its layers and show their files: what each added, changed and deleted, and what is wasted."""
        from pydock.widgets.images import ImageExplorer

        return await ImageExplorer.of(cast("ImageRef", self))


class LiveProgress(Displayed):
    """Shows an operation live, and runs it, when a cell of a notebook ends with it; elsewhere what is known of it."""

    _view: ProgressView | None = None

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, Any]:
        if (not include or _WIDGET in include) and _WIDGET not in (exclude or ()):
            try:
                from pydock.widgets.progress import ProgressView

                self._view = self._view or ProgressView.maybe(cast("Progress[Any]", self))
                if self._view is not None:
                    return self._view.mimebundle(include, exclude)
            except Exception:  # noqa: BLE001, S110 - no ipywidgets, trio: what is known is shown
                pass
        return super()._repr_mimebundle_(include, exclude)
