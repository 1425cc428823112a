"""The one stylesheet, sent with each object: light, dark, and VS Code's white box.

Danger: variables in `:root` make notebooks crawl and leak into the page, so they live on `.pydock`; a host
that sets only one of background and text colour makes it unreadable, so both are painted here.
"""

from __future__ import annotations

import re

from pydock.display.markup import Html

__all__ = ["STYLE"]

_DARK = "body[data-jp-theme-light=false],body.vscode-dark,html[theme=dark],html[data-theme=dark],html.dark"

# Two classes and an element outweigh JupyterLab's own rules for tables and code in an output.
_SOURCE = """
.pydock{--bg:var(--jp-layout-color0,var(--vscode-editor-background,#fff));--fg:#1f2328;--mute:#59636e;--line:#d8dee4;
 --soft:#f3f5f7;--good:#1a7f37;--warn:#8f5f00;--bad:#c4202a;--busy:#0860c9;--second:#d4a72c;
 background:var(--bg);color:var(--fg);font:13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif)}
DARK{--bg:var(--jp-layout-color0,var(--vscode-editor-background,#1b1b1b));--fg:#e6e8ea;--mute:#a2abb5;--line:#3d444d;
 --soft:#25292e;--good:#4cc25f;--warn:#e0a93a;--bad:#ff7a70;--busy:#5aa9ff;--second:#a97f1b}
.pydock .pd-plain{display:none}
.pydock .pd{display:block!important;padding:4px 6px}
.pydock .pd p{margin:4px 0}
.pydock .pd-head{margin:0 0 6px;display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline}
.pydock .pd-head .pd-title{font-size:15px;font-weight:600;overflow-wrap:anywhere}
.pydock .pd-sub{margin:12px 0 4px;font-weight:600}
.pydock .pd-m,.pydock .pd-head time{color:var(--mute)}
.pydock .pd-scroll{overflow-x:auto}
.pydock .pd table{border-collapse:collapse;margin:0;border:0;font-size:13px;color:inherit;
 table-layout:auto;width:auto}
.pydock .pd thead{border-bottom:1px solid var(--line)}
.pydock .pd tbody tr,.pydock .pd thead tr{background:none;border-bottom:1px solid var(--line)}
.pydock .pd tbody tr:hover{background:var(--soft)}
.pydock .pd td,.pydock .pd th{text-align:left;padding:4px 18px 4px 0;vertical-align:top;max-width:44em;
 background:none;border:0;color:inherit;overflow-wrap:break-word;line-height:1.45}
.pydock .pd th{color:var(--mute);font-weight:600;white-space:nowrap;overflow-wrap:normal}
.pydock .pd .pd-r{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.pydock .pd .pd-facts tr{border:0}
.pydock .pd .pd-facts td{overflow-wrap:anywhere}
.pydock .pd .pd-facts th{font-weight:400;padding-right:24px}
.pydock .pd code,.pydock .pd .pd-pane{
 font:12px/1.5 var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace);
 color:inherit}
.pydock .pd code{background:var(--soft);padding:1px 5px;border-radius:3px;white-space:pre-wrap}
.pydock .pd-status{white-space:nowrap}
.pydock .pd-dot{display:inline-block;box-sizing:border-box;width:9px;height:9px;margin-right:6px;
 border-radius:50%;border:2px solid currentColor}
.pydock .pd-good{background:currentColor}
.pydock .pd-busy{background:linear-gradient(90deg,currentColor 50%,transparent 50%)}
.pydock .pd-bad{border-radius:1px;background:currentColor}
.pydock .pd-warn{border:5px solid transparent;border-top:0;border-bottom:9px solid currentColor;
 border-radius:0;width:10px}
.pydock .pd-is-good{color:var(--good)}
.pydock .pd-is-warn{color:var(--warn)}
.pydock .pd-is-bad{color:var(--bad)}
.pydock .pd-is-busy{color:var(--busy)}
.pydock .pd-is-idle{color:var(--mute)}
.pydock .pd-bar{display:inline-block;position:relative;width:180px;height:8px;border-radius:4px;
 overflow:hidden;background:var(--soft);box-shadow:inset 0 0 0 1px var(--line);vertical-align:middle}
.pydock .pd-fill{position:absolute;top:0;bottom:0;background:var(--busy);border-radius:0}
.pydock .pd-fill.pd-good{background:var(--good)}
.pydock .pd-fill.pd-bad{background:var(--bad)}
.pydock .pd-second{background:repeating-linear-gradient(45deg,var(--second) 0 3px,var(--bg) 3px 5px)}
.pydock .pd details{margin:2px 0}
.pydock .pd summary{cursor:pointer;width:fit-content;border-radius:3px}
.pydock .pd summary:hover{background:var(--soft)}
.pydock .pd-in{margin-left:5px;padding-left:14px;border-left:1px solid var(--line)}
.pydock .pd .pd-in code{background:none;padding:0}
.pydock .pd-k{color:var(--mute)}
.pydock summary>.pd-k{color:var(--fg)}
.pydock .pd-pane{max-height:320px;overflow:auto;border:1px solid var(--line);border-radius:4px;
 padding:6px 10px;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--bg)}
.pydock .pd-err{color:var(--bad);border-left:3px solid var(--bad);margin-left:-10px;padding-left:7px}
.pydock .pd-c1{color:var(--bad)}
.pydock .pd-c2{color:var(--good)}
.pydock .pd-c3{color:var(--warn)}
.pydock .pd-c4,.pydock .pd-c6{color:var(--busy)}
.pydock .pd-c5{color:var(--second)}
.pydock .pd-b{font-weight:600}
.pydock .pd-sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.pydock svg{max-width:100%;height:auto;overflow:visible;
 font:12px var(--jp-ui-font-family,system-ui,sans-serif)}
.pydock svg text{fill:var(--fg)}
.pydock svg tspan{fill:currentColor}
.pydock svg .pd-m{fill:var(--mute)}
.pydock svg rect{fill:var(--soft);stroke:var(--line)}
.pydock svg .pd-on{stroke:var(--good);stroke-width:2}
.pydock svg path,.pydock .pd-line{fill:none;stroke:var(--busy);stroke-width:1.5}
.pydock svg .pd-vol{stroke:var(--warn);stroke-dasharray:5 3}
"""


def _packed() -> Html:
    dark = ",".join(f"{host} .pydock" for host in _DARK.split(","))
    return Html(re.sub(r"\n\s*", "", _SOURCE).replace("DARK{", dark + "{"))


STYLE: Html = _packed()
