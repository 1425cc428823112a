"""What a cell shows without any live view: in both themes, from hostile data, in saved and converted notebooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Browser, Lab, Notebook, Shop
    from tests.engine.conftest import Raw

CONNECT = "import os, pydock\ndocker = pydock.Docker(os.environ['PYDOCK_TEST_HOST'])"
HOSTILE = "\"'><script>hurt=1</script><img src=x onerror=hurt=1><svg onload=hurt=1>"


def listing(shop: Shop) -> str:
    return f"await docker.containers.list(all=True, label={shop.filters['label']!r})"


def test_the_list_of_containers_in_both_themes(notebook: Notebook, shop: Shop) -> None:
    notebook.run(CONNECT)
    shown = notebook.run(listing(shop)).locator(".pydock")
    table = shown.get_by_role("table", name="containers")
    expect(table.get_by_role("row")).to_have_count(6)
    expect(table.get_by_role("row", name=shop.names["worker"])).to_contain_text("paused")
    expect(shown.locator(".pd-plain")).to_be_hidden()
    papers = set()
    for theme in ("light", "dark"):
        notebook.theme(theme)
        papers.add(shown.evaluate("each => getComputedStyle(each).backgroundColor"))
        notebook.screenshot(f"containers-{theme}")
    assert len(papers) == 2, "it paints the theme's own background"


SIGHTS = {
    "containers": "await docker.containers.list(all=True, label={label!r})",
    "container": "await docker.containers.get({container!r})",
    "images": "await docker.images.list(label={label!r})",
    "history": "await docker.images[{image!r}].history()",
    "disk": "await docker.disk_usage()",
    "map": "from pydock.display.map import topology\n"
    "topology(await docker.containers.list(all=True, label={label!r}), await docker.networks.list(label={label!r}))",
    "networks": "await docker.networks.list(label={label!r})",
    "volumes": "await docker.volumes.list(label={label!r})",
}


def test_axe_finds_nothing_in_either_theme(notebook: Notebook, shop: Shop) -> None:
    names = {"label": shop.filters["label"], "container": shop.names["web"], "image": shop.image}
    notebook.run(CONNECT)
    found: dict[str, list[str]] = {}
    shown = {sight: notebook.run(code.format(**names)).locator(".pydock") for sight, code in SIGHTS.items()}
    for place in shown.values():
        place.locator("details").evaluate_all("all => all.forEach(each => { each.open = true })")
    for theme in ("light", "dark"):
        notebook.theme(theme)
        for sight, place in shown.items():
            notebook.screenshot(f"{sight}-{theme}", place)
            if wrong := notebook.axe(place):
                found[f"{sight}, {theme}"] = wrong
    assert not found, "\n".join(f"{sight}:\n" + "\n".join(wrong) for sight, wrong in found.items())


def test_axe_sees_what_it_has_to_see(notebook: Notebook, shop: Shop) -> None:
    notebook.run(CONNECT)
    shown = notebook.run(listing(shop)).locator(".pydock")
    shown.evaluate("each => each.style.setProperty('--mute', '#bbb')")
    assert "color-contrast" in "".join(notebook.axe(shown))


def test_what_strangers_wrote_stays_text(notebook: Notebook, raw: Raw, label: dict[str, str], unique: str) -> None:
    hostile = {"com.docker.compose.project": HOSTILE, HOSTILE: HOSTILE}
    body = {
        "Image": "busybox:latest",
        "Cmd": ["echo", HOSTILE],
        "Env": [f"{HOSTILE}=x"],
        "Labels": label | hostile,
        "WorkingDir": f"/{HOSTILE}",
    }
    raw("POST", "/containers/create", name=unique, body=body)
    raw("POST", f"/containers/{unique}/start")
    raw("POST", f"/containers/{unique}/wait")
    raw("POST", "/volumes/create", body={"Name": unique, "Labels": label | hostile})
    mine = f"pydock.test={label['pydock.test']}"
    notebook.run(CONNECT)
    notebook.run("from pydock.display.map import Map, Node")
    for code in (
        f"await docker.containers.list(all=True, label={mine!r})",
        f"await docker.containers.get({unique!r})",
        f"await docker.containers[{unique!r}].logs()",
        f"await docker.volumes.get({unique!r})",
        f"Map([Node({HOSTILE!r})], [Node({HOSTILE!r})], [Node({HOSTILE!r})], [({HOSTILE!r}, {HOSTILE!r})])",
    ):
        shown = notebook.run(code).locator(".pydock")
        shown.locator("details").evaluate_all("all => all.forEach(each => { each.open = true })")
        expect(shown).to_be_visible()
        expect(shown.locator("script, img, svg svg, [onerror], [onload]")).to_have_count(0)
        expect(shown.locator(".pd")).to_contain_text("<img src=x onerror=hurt=1>")
    assert notebook.page.evaluate("typeof hurt") == "undefined"


def test_an_untrusted_notebook_has_the_text(notebook: Notebook, lab: Lab, shop: Shop) -> None:
    notebook.run(f"{CONNECT}\n{listing(shop)}").locator(".pydock table").wait_for()
    saved = notebook.save()
    saved["cells"][0]["source"] += "  # written by somebody else"
    notebook.close()
    notebook.open(lab.write(saved))
    shown = notebook.output(0)
    expect(shown.locator(".pd-plain")).to_be_visible()
    expect(shown.locator(".pd-plain")).to_contain_text(f"{shop.names['web']} ")
    expect(shown.locator(".pd")).to_be_hidden()
    expect(shown.locator("style")).to_have_count(0)


def test_a_converted_notebook_has_the_table(
    lab: Lab, browser: Browser, shop: Shop, tmp_path: Path, notebook: Notebook
) -> None:
    cell: dict[str, Any] = {
        "cell_type": "code", "id": "a", "execution_count": None, "metadata": {}, "outputs": [],
        "source": f"{CONNECT}\n{listing(shop)}",
    }  # fmt: skip
    name = lab.write(lab.read(notebook.name) | {"cells": [cell]})
    command = [
        *(sys.executable, "-m", "nbconvert", "--execute", "--to", "html", str(lab.folder / name)),
        *("--ExecutePreprocessor.store_widget_state=False", f"--output-dir={tmp_path}", "--output=page"),
        *("--HTMLExporter.mathjax_url=", "--HTMLExporter.require_js_url=", "--HTMLExporter.jquery_url="),
    ]
    done = subprocess.run(command, env=os.environ | lab.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = browser.page()
    page.goto((tmp_path / "page.html").as_uri())
    shown = page.locator(".pydock")
    expect(shown.get_by_role("table", name="containers").get_by_role("row")).to_have_count(6)
    expect(shown.locator(".pd-plain")).to_be_hidden()
    page.close()
