"""The stylesheet of the explorer, beside that of all views: a list at the left, what is chosen at the right."""

from __future__ import annotations

import re

__all__ = ["EXPLORER_STYLE"]

_CSS = """
.pydock .pd-both{align-items:stretch!important;gap:4px 14px;width:100%}
.pydock .pd-left{flex:0 1 330px;min-width:250px;gap:4px;overflow:visible}
.pydock .pd-right{flex:1 1 460px;min-width:0;overflow:visible}
.pydock .pd-left .widget-text,.pydock .pd-left .widget-select-multiple,
.pydock .pd-wide>.widget-text{width:auto;margin:2px 0}
.pydock .pd-wide>.widget-text{flex:1 1 220px}
.pydock .pd-below>.widget-checkbox{flex:1 1 auto}
.pydock .pd-below button{margin:0}
.pydock .pd-left .widget-checkbox{width:auto;margin:0}
.pydock .pd-row{gap:2px 8px}
.pydock .pd-row .widget-checkbox{width:auto;margin:0}
.pydock .pd-look{flex:1 1 250px;min-width:0}
.pydock .pd-foot{overflow:hidden;min-width:0}
.pydock .pd-both>.pd-list{flex:0 1 310px;width:auto;margin:2px 0}
.pydock .pd-list select{padding:4px 2px;border-radius:4px;background:var(--bg);color:var(--fg);
 border:1px solid var(--line)!important}
.pydock .pd-left .widget-select-multiple{height:auto;flex:1 1 auto}
.pydock .pd-left .pd-list select{height:100%;min-height:330px}
.pydock .pd-list option{color:var(--fg);padding:1px 4px;border-radius:3px}
.pydock .pd-list option[value^="●"],.pydock .pd-list option[value^="A "]{color:var(--good)}
.pydock .pd-list option[value^="○"]{color:var(--mute)}
.pydock .pd-list option[value^="▲"],.pydock .pd-list option[value^="M "]{color:var(--warn)}
.pydock .pd-list option[value^="■"],.pydock .pd-list option[value^="D "]{color:var(--bad)}
.pydock .pd-list option[value^="◐"]{color:var(--busy)}
.pydock .pd-list option[value^="▾"]{font-weight:700;color:var(--fg);background:var(--soft)}
.pydock .pd-list option:checked{-webkit-text-fill-color:var(--fg);color:var(--fg)!important;
 background:var(--soft) linear-gradient(0deg,var(--pick),var(--pick));font-weight:600}
.pydock{--pick:color-mix(in srgb,var(--busy) 18%,var(--bg))}
.pydock .widget-tab{margin:2px 0;overflow:visible}
.pydock .widget-tab>.lm-TabBar{border-bottom:1px solid var(--line);overflow:visible}
.pydock .widget-tab>.lm-TabBar .lm-TabBar-content{border:0;min-height:0;gap:2px}
.pydock .widget-tab>.lm-TabBar .lm-TabBar-tab{flex:0 0 auto;min-width:0;border:0;background:none;color:var(--mute);
 padding:2px 10px;min-height:26px;line-height:26px;border-radius:4px 4px 0 0;transform:none;margin:0}
.pydock .widget-tab>.lm-TabBar .lm-TabBar-tab:hover{background:var(--soft);color:var(--fg)}
.pydock .widget-tab>.lm-TabBar .lm-TabBar-tab.lm-mod-current{color:var(--fg);font-weight:600;
 box-shadow:inset 0 -2px 0 var(--busy);background:none}
.pydock .widget-tab>.lm-TabBar .lm-TabBar-tab.lm-mod-current::before{content:none}
.pydock .widget-tab>.lm-TabBar .lm-TabBar-tab:focus-visible{outline:2px solid var(--busy);outline-offset:-2px}
.pydock .widget-tab>.widget-tab-contents{border:0;padding:6px 0 0;background:none;color:inherit;overflow:visible}
.pydock .pd-panel{min-height:250px;overflow:visible}
.pydock .pd-tall{max-height:420px;overflow:auto}
.pydock .pd-port{white-space:nowrap}
.pydock .pd a{color:var(--busy);text-decoration:underline}
.pydock .pd-strip{border-top:1px solid var(--line);padding-top:4px;white-space:nowrap;overflow:hidden;
 text-overflow:ellipsis;font-size:12px}
.pydock .pd-event{margin-left:14px}
.pydock .pd-endpoint{margin-left:auto}
"""

EXPLORER_STYLE = f"<style>{re.sub(chr(10) + ' *', '', _CSS)}</style>"
"""The value of one HTML widget."""
