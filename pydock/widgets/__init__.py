"""Live views for notebooks, made of ipywidgets: `await docker.explore()`, `container.view()`, `image.explore()`.

Needs the extra: `pip install 'pydock-engine[jupyter]'`. Only asyncio, as the kernel's loop is. What a view is stands
in `view.py`; it lives on a `home.py` loop, runs by its `host.py` while `visibility.py` says that somebody looks,
paints by a `renderer.py`, hears of changes from the `hub.py`, and is made of `pieces.py` and `actions.py`.

Danger: callbacks come in other threads, pages vanish without a word, and widgets are raw HTML: see those files.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydock.widgets.container import ContainerView
    from pydock.widgets.explorer import Explorer
    from pydock.widgets.images import ImageExplorer
    from pydock.widgets.logs import LogsView
    from pydock.widgets.stats import StatsView
    from pydock.widgets.terminal import Terminal
    from pydock.widgets.view import Job, View, close_all

_HOME = {
    "ContainerView": "container",
    "Explorer": "explorer",
    "ImageExplorer": "images",
    "Job": "view",
    "LogsView": "logs",
    "StatsView": "stats",
    "Terminal": "terminal",
    "View": "view",
    "close_all": "view",
}

__all__ = [
    "ContainerView",
    "Explorer",
    "ImageExplorer",
    "Job",
    "LogsView",
    "StatsView",
    "Terminal",
    "View",
    "close_all",
]


def __getattr__(name: str) -> Any:
    """Import a view when it is first used (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'pydock.widgets' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"pydock.widgets.{_HOME[name]}"), name)
    globals()[name] = value
    return value
