"""How objects show themselves in a cell and in a terminal: static HTML and text of what they already know.

Danger: what is shown was written by strangers and is saved with the notebook: escape it, mask secrets.

* `page.py` the wrapper, `css.py` the stylesheet; `markup.py` escaping; `ansi.py`, `masking.py`, `measures.py`
* pieces with two faces: `leaf.py` · `status.py` · `table.py` · `tree.py` · `bars.py` · `pane.py` · `map.py`
* `cards/` one function per noun or result, found by the class attribute `__display__` (`mixin.py`)

Nothing here imports a model, IPython or ipywidgets: objects are read by their attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Shown", "html", "mimebundle", "show", "text"]


def mimebundle(
    obj: object,
    include: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    *,
    show_env: bool = False,
) -> dict[str, str]:
    """Return `text/plain` and `text/html` of an object. Never raises: what fails gives its plain `repr`."""
    from pydock.display.cards import card
    from pydock.display.page import bundle, fallback

    try:
        return bundle(card(obj, show_env=show_env), include, exclude)
    except Exception:  # noqa: BLE001 - an error here would stand in the cell instead of the object
        return {"text/plain": fallback(obj)}


def html(obj: object, *, show_env: bool = False) -> str:
    """Return the HTML of an object, with its stylesheet, for a page of your own. Never raises."""
    bundle = mimebundle(obj, show_env=show_env)
    if "text/html" in bundle:
        return bundle["text/html"]
    from html import escape

    return f"<pre>{escape(bundle['text/plain'])}</pre>"


def text(obj: object, *, show_env: bool = False) -> str:
    """Return the aligned text of an object, as a terminal shows it. Never raises."""
    return mimebundle(obj, ["text/plain"], show_env=show_env)["text/plain"]


def show(obj: object, *, show_env: bool = False) -> Shown:
    """Show an object in a cell with other settings than its own.

    With `show_env` the values of the environment are shown, except those whose names look like a secret's:
    they would be saved with the notebook. Ask the object itself for them.

    ```python
    pydock.display.show(await docker.containers.get("web"), show_env=True)
    ```
    """
    return Shown(obj, show_env)


@dataclass(frozen=True)
class Shown:
    """What `show` returns; the cell asks it for its faces."""

    obj: object
    show_env: bool = False

    def __repr__(self) -> str:
        return text(self.obj, show_env=self.show_env)

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, str]:
        return mimebundle(self.obj, include, exclude, show_env=self.show_env)
