"""The stylesheet of live views: that of `pydock.display`, and what a view has besides.

A kernel that has died cannot say so: the page only adds a class to the widgets, so the banner is made of CSS alone.
It does so when a kernel restarts or crashes, and not when it is shut down by the menu (ipywidgets 8.1): then nothing
marks the widgets, and the view stays as it was, beside "No Kernel" in the notebook's toolbar.
Danger: an escape of CSS in a Python string is an octal escape; there is none here.
"""

from __future__ import annotations

import re

from pydock.display.css import STYLE

__all__ = ["LIVE_STYLE"]

_GONE = ".pydock.jupyter-widgets-disconnected"
_LIVE = """
.pydock{padding:4px 6px;border:1px solid var(--line);border-radius:6px}
.pydock .pd-style{display:none}
.pydock .widget-html,.pydock .widget-html-content{height:auto;line-height:1.5;color:inherit;font-size:13px}
.pydock .pd-top{gap:4px 12px;align-items:center}
.pydock .pd-top .pd-grow{flex:1 1 auto;min-width:0}
.pydock .pd .pd-head{margin:0}
.pydock .pd-top{flex-flow:row nowrap!important}
.pydock .pd-top>.widget-html{flex:0 1 auto;min-width:0}
.pydock .pd-top .widget-html-content{min-width:0;overflow:hidden}
.pydock .pd-top>.pd-grow{flex:1 1 35%}
.pydock .pd-phase{display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.pydock .pd-quiet>.widget-label,.pydock .pd-quiet>label{position:absolute;width:1px;height:1px;min-width:0;margin:0;
 overflow:hidden;clip-path:inset(50%)}
.pydock .pd-alert{padding:6px 10px;border-left:4px solid var(--bad);background:var(--soft);color:var(--fg);
 white-space:pre-wrap;overflow-wrap:anywhere}
.pydock .pd-list select{font:12px/1.6 var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace)}
.pydock .pd-actions{gap:2px 4px}
.pydock .pd-off button,.pydock button.pd-off{opacity:.7}
.pydock button:focus-visible,.pydock select:focus-visible,.pydock input:focus-visible,.pydock summary:focus-visible,
.pydock [tabindex]:focus-visible{outline:2px solid var(--busy);outline-offset:1px}
.pydock.pd-stale .pd table,.pydock.pd-stale .pd svg,.pydock.pd-stale .pd-pane{opacity:.65}
.pydock .pd-row{gap:2px 8px}
.pydock .pd-row .widget-checkbox{width:auto;margin:0}
.pydock .pd-wide>.widget-text{flex:1 1 220px;width:auto;margin:2px 0}
.pydock .pd .pd-tail{display:flex;flex-direction:column-reverse;contain:content}
.pydock .pd-tail>div{flex:none;min-width:0}
.pydock mark{background:var(--second);color:#000;border-radius:2px}
.pydock .pd-figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:10px 28px}
.pydock .pd-figure{min-width:0}
.pydock .pd-legend{display:flex;flex-wrap:wrap;gap:0 10px;align-items:baseline}
.pydock .pd-now{font-weight:600;font-variant-numeric:tabular-nums}
.pydock .pd-axes{font-size:12px}
.pydock .pd svg.pd-chart{display:block;width:100%;height:64px;overflow:hidden}
.pydock svg .pd-line{vector-effect:non-scaling-stroke}
.pydock svg .pd-line1{stroke:var(--warn);stroke-dasharray:5 3}
.pydock svg .pd-area{fill:var(--busy);opacity:.16;stroke:none}
.pydock svg .pd-floor{stroke:var(--line)}
.pydock .pd-key{display:inline-block;width:18px;vertical-align:middle;border-top:2px solid var(--busy)}
.pydock .pd-key1{border-top:2px dashed var(--warn)}
GONE{border-color:var(--bad)}
GONE::before{content:"The kernel is gone: this is the last it saw. Run the cell again.";display:block;
 padding:6px 10px;margin:0 0 4px;border-left:4px solid var(--bad);background:var(--soft);color:var(--fg);
 font:600 13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif);position:static;width:auto;height:auto}
GONE .jupyter-widgets-disconnected::before{content:none}
GONE .pd-phase{display:none}
GONE button,GONE select,GONE input,GONE textarea{pointer-events:none;filter:grayscale(1)}
@media (prefers-reduced-motion:reduce){.pydock *{animation:none!important;transition:none!important}}
"""

LIVE_STYLE = f"<style>{STYLE}{re.sub(chr(10) + ' *', '', _LIVE).replace('GONE', _GONE)}</style>"
"""The value of the one HTML widget that each view has for it."""
