"""The files of a container, folder by folder: what it added, changed and deleted is marked.

Danger: files are strangers' and may be huge or no text, so only the beginning of one is read and shown.
"""

from __future__ import annotations

import asyncio
import posixpath

import anyio

from pydock.display.leaf import Leaf, code
from pydock.display.markup import Html, clean, cut, escape, join, tag
from pydock.display.measures import size
from pydock.display.status import Status
from pydock.errors import APIError, NotFound
from pydock.models.containers import ContainerRef
from pydock.widgets import pieces
from pydock.widgets.folders import Entry, Folder, beginning, marks_below, read_folder
from pydock.widgets.pieces import Box
from pydock.widgets.renderer import assign
from pydock.widgets.view import View

__all__ = ["FilesPanel"]

_SHOWN = 8000
_MOST = 1000
_UP = ".."
_MARKS = {"A": "added", "M": "changed", "D": "deleted"}
_KINDS = {"A": "good", "M": "warn", "D": "bad"}


class FilesPanel:
    """Shows a folder; what is chosen in it is looked into beside, and opened by the button."""

    def __init__(self, view: View, ref: ContainerRef) -> None:
        self._ref = ref
        self._changes: dict[str, str] = {}
        self._folders: dict[str, Folder] = {}
        self._asked = asyncio.Event()
        self.path: str = "/"
        """The folder that is shown."""
        self._where = pieces.text("Path in the container", value="/")
        self._open = pieces.button("Open", tooltip="Open the folder that is chosen", icon="folder-open")
        self._up = pieces.button("Up", tooltip="To the folder above", icon="arrow-up")
        self._only = pieces.checkbox("Only changes", tooltip="Show only what the container changed in its image")
        self._again = pieces.button("Read again", tooltip="Read the folder again")
        self._list = pieces.select("Files", rows=14)
        self._look = pieces.html("pd-look")
        self._note = pieces.html()
        row = pieces.hbox(self._where, self._up, self._open, self._again, self._only, classes=["pd-row", "pd-wide"])
        both = pieces.hbox(self._list, self._look, classes=["pd-both"])
        self.box: Box = pieces.vbox(row, both, self._note)
        view.on(self._where, lambda: self.go(self._where.value))
        view.on(self._up, lambda: self.go(posixpath.dirname(self.path)))
        view.on(self._open, self._enter)
        view.on(self._again, self._forget)
        view.on(self._only, self._paint)
        view.on(self._list, self._asked.set)

    async def run(self) -> None:
        """Read what is asked for, one thing after the other."""
        await self._read_changes()
        while True:
            self._asked.clear()
            await self._read()
            await self._preview()
            await self._asked.wait()
            await anyio.sleep(0.1)  # arrow keys pass over many

    def go(self, path: str) -> None:
        """Show another folder."""
        path = posixpath.normpath("/" + path.strip().lstrip("/"))
        if path != self.path:
            self.path = path
            self._asked.set()

    def _enter(self) -> None:
        chosen = self._list.value
        if chosen == _UP:
            self.go(posixpath.dirname(self.path))
        elif chosen is not None and self._is_folder(chosen):
            self.go(posixpath.join(self.path, chosen))

    def _is_folder(self, name: str) -> bool:
        entry = self._folder.entries.get(name)
        return entry is not None and entry.kind in {"dir", "symlink"}

    async def _forget(self) -> None:
        self._folders.clear()
        await self._read_changes()
        self._asked.set()

    async def _read_changes(self) -> None:
        told = await self._ref.changes()
        self._changes = {each.path: "MAD"[each.kind] for each in told}

    async def _read(self) -> None:
        if self.path not in self._folders:
            assign(self._note, tag("p", f"Reading {self.path} …", class_="pd-m", role="status"))
            try:
                self._folders[self.path] = await read_folder(self._ref, self.path)
            except NotFound:
                assign(self._note, tag("p", f"There is no folder {self.path}.", class_="pd-m", role="status"))
                return
            except APIError as error:
                assign(self._note, tag("p", str(error), class_="pd-m", role="status"))
                return
        self._paint()

    @property
    def _folder(self) -> Folder:
        return self._folders.get(self.path, Folder())

    def _paint(self) -> None:
        if self.path not in self._folders:
            return
        if self._where.value.rstrip("/") != self.path.rstrip("/"):
            with pieces.without_observers(self._where):
                self._where.value = self.path
        marks, entries = marks_below(self._changes, self.path), dict(self._folder.entries)
        for name in marks.keys() - entries.keys():
            entries[name] = Entry(name, "")
        shown = [each for each in entries.values() if not self._only.value or each.name in marks]
        shown.sort(key=lambda each: (each.kind != "dir", each.name))
        width = min(max((len(each.name) for each in shown), default=0), 26)
        options = [("↑ ..", _UP)] if self.path != "/" else []
        options += [(_row(each, marks.get(each.name, " "), width), each.name) for each in shown[:_MOST]]
        kept = self._list.value if self._list.value in entries else (options[0][1] if options else None)
        pieces.assign_options(self._list, options, kept)
        assign(self._note, self._said(len(shown), marks))

    def _said(self, count: int, marks: dict[str, str]) -> Html:
        words = [f"{count} entries"] + [f"… the first {_MOST} are shown"] * (count > _MOST)
        words += [f"{len(marks)} changed"] if marks else []
        words += [] if self._folder.complete else ["too large to be read to its end: open a folder in it"]
        return tag("p", " · ".join(words), class_="pd-m", role="status")

    async def _preview(self) -> None:
        name = self._list.value
        entry = self._folder.entries.get(name or "")
        path = posixpath.join(self.path, name or "")
        mark = marks_below(self._changes, self.path).get(name or "")
        head = [tag("b", cut(path, 200))]
        if mark:
            head.append(Status(_MARKS[mark], _KINDS[mark]).html())  # type: ignore[arg-type]
        if name is None or name == _UP:
            assign(self._look, Html(""))
        elif entry is None:
            assign(self._look, _looked(head, tag("p", "It is in the image, and no longer here.", class_="pd-m")))
        elif entry.kind == "file":
            assign(self._look, _looked([*head, escape(size(entry.size))], await self._content(path, entry)))
        else:
            assign(self._look, _looked(head, self._about(path, entry)))

    def _about(self, path: str, entry: Entry) -> Html:
        if entry.target:
            return tag("p", "A link to ", code(entry.target).html())
        marks = marks_below(self._changes, path)
        lines = [tag("li", f"{mark} {cut(name, 100)}") for name, mark in sorted(marks.items())[:100]]
        total = f"A folder, {size(entry.size)} in all." if entry.kind == "dir" else f"A {entry.kind}."
        return join([tag("p", total), tag("p", "Changed in it:") if lines else "", tag("ul", *lines) if lines else ""])

    async def _content(self, path: str, entry: Entry) -> Html:
        try:
            content = await beginning(self._ref, path, _SHOWN)
        except APIError as error:
            return Leaf(str(error), "m").html()
        if b"\0" in content:
            return tag("p", "It is no text. ", tag("code", f"await container.read_bytes({path!r})"), class_="pd-m")
        shown = clean(content.decode("utf-8", "replace"), lines=True)
        rest = f"… the first {_SHOWN} bytes of {entry.size}" if entry.size > _SHOWN else ""
        pane = tag("div", escape(shown, lines=True), class_="pd-pane", tabindex=0, role="region", aria_label=path)
        return join([pane, tag("p", rest, class_="pd-m") if rest else ""])


def _row(entry: Entry, mark: str, width: int) -> str:
    name = cut(clean(entry.name), width) + ("/" if entry.kind == "dir" else "")
    detail = f"→ {cut(clean(entry.target), 20)}" if entry.target else size(entry.size) if entry.kind else "deleted"
    return f"{mark} {name.ljust(width + 1)}  {detail}"


def _looked(head: list[Html], body: Html) -> Html:
    return join([tag("p", join(head, " · ")), body])
