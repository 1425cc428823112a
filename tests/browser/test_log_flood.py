"""Twenty thousand log lines a second, as the page and the kernel bear them. Measured and printed, not judged.

The program keeps to the clock, so that a busy machine does not make it slower.

PYDOCK_MEASURE=1 python -m pytest tests/browser/test_log_flood.py -q -s
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Notebook
    from tests.engine.conftest import Raw

SECONDS = 8
FLOOD = """BEGIN {
    while (1) {
        getline < "/proc/uptime"; close("/proc/uptime")
        if (!began) began = $1
        while (k < ($1 - began) * RATE) print "GET /api/items/" ++k " 200 34ms user=alice agent=Mozilla/5.0"
        fflush(); system("usleep 20000")
    }
}"""
SETUP = """
import os, time, pydock
from pydock.widgets import logs
from pydock.widgets.log_source import stamp_of
from pydock.display.markup import Html
docker = pydock.Docker(os.environ['PYDOCK_TEST_HOST'])
plain_assign = getattr(logs, 'plain_assign', logs.assign)
logs.plain_assign = plain_assign
paints = []

def assign(widget, html):
    "Write into each painting when it was made, and when the daemon got its newest line."
    if 'role="log"' in html and view._panel._source.total:
        newest = stamp_of(next(view._panel._source.newest())).timestamp() * 1000
        paints.append(len(html))
        html = Html(f'{html}<i hidden data-painted="{time.time() * 1000:.3f}" data-heard="{newest:.3f}"></i>')
    return plain_assign(widget, html)

logs.assign = assign
"""
WATCH = """async seconds => {
    const lags = [], ages = [];
    let frames = 0, watching = true;
    const seen = new WeakSet();
    new MutationObserver(() => {
        const mark = document.querySelector('[data-painted]');
        if (!mark || seen.has(mark)) return;
        seen.add(mark);
        const now = Date.now();
        lags.push(now - mark.dataset.painted);
        ages.push(now - mark.dataset.heard);
    }).observe(document.body, {childList: true, subtree: true});
    const count = () => { frames++; if (watching) requestAnimationFrame(count) };
    requestAnimationFrame(count);
    await new Promise(resolve => setTimeout(resolve, 1000 * seconds));
    watching = false;
    return [lags, ages, frames / seconds];
}"""
TITLE = "asked   lines/s  kernel→DOM p50/p95 ms  daemon→DOM p50/p95 ms  frames/s  kernel CPU %  paints/s  largest B"
BEFORE = "began, used, total = time.perf_counter(), time.process_time(), view._panel._source.total\npaints.clear()"
AFTER = (
    "passed = time.perf_counter() - began\n"
    "print(f'{(view._panel._source.total - total) / passed:.0f} {(time.process_time() - used) / passed * 100:.1f} "
    "{len(paints) / passed:.1f} {max(paints, default=0)}')"
)


def high(values: list[float], share: float) -> str:
    return f"{sorted(values)[min(int(len(values) * share), len(values) - 1)]:.0f}" if values else "—"


@pytest.mark.timeout(300)
@pytest.mark.skipif(os.environ.get("PYDOCK_MEASURE") != "1", reason="a measurement; PYDOCK_MEASURE=1")
def test_a_flood_of_lines(notebook: Notebook, raw: Raw, label: dict[str, str], unique: str) -> None:
    rows = [TITLE]
    notebook.run(SETUP)
    for rate in (0, 1000, 20_000):
        name = f"{unique}-{rate}"
        program = ["awk", f"-vRATE={rate}", FLOOD] if rate else ["sleep", "600"]
        config = {"LogConfig": {"Type": "json-file", "Config": {"max-size": "50m", "max-file": "1"}}}
        body: dict[str, Any] = {"Image": "busybox:latest", "Cmd": program, "Labels": label, "HostConfig": config}
        raw("POST", "/containers/create", body=body | {"StopSignal": "SIGKILL"}, name=name)
        raw("POST", f"/containers/{name}/start")
        shown = notebook.run(f"view = docker.containers[{name!r}].live_logs()\nview").locator(".pydock").first
        expect(shown.locator(".pd-phase")).to_contain_text("live")
        notebook.run(BEFORE)
        lags, ages, frames = notebook.page.evaluate(WATCH, SECONDS)
        lines, cpu, paints, largest = notebook.run(AFTER).locator("pre").inner_text().split()
        rows.append(
            f"{rate:<7} {lines:>7}  {high(lags, 0.5):>13} / {high(lags, 0.95):<6} {high(ages, 0.5):>13} / "
            f"{high(ages, 0.95):<6} {frames:>10.1f} {cpu:>13} {paints:>9} {largest:>10}"
        )
        notebook.run("view.close()")
        raw("DELETE", f"/containers/{name}", force=True)
    print("\n" + "\n".join(rows))  # noqa: T201 - for whoever asked for it
