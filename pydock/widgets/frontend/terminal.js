// The terminal in a cell: xterm.js on one side, the kernel's messages on the other.
//
// Output comes as {type: "output", start} and bytes, `start` counted from the beginning of the process. What
// was drawn is acknowledged, so the kernel never has more than a window under way; a gap is asked for again.
// Danger: keys belong to the program in the container, so JupyterLab must not see any of them; and several views of
// one model get all its messages, so those for one view carry its id.
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import style from "@xterm/xterm/css/xterm.css";

const ACK_EVERY = 32 * 1024;
const NORMAL = "\x1b[?1049l\x1b[?1000;1002;1003;1006;2004l\x1b[!p\r\n"; // what a program may have left switched on
const STYLE = `${style}
.pydock-terminal{box-sizing:border-box;position:relative;min-height:60px;overflow:hidden;resize:vertical;
 padding:4px 0 4px 6px;border:1px solid var(--jp-border-color1,#888);border-radius:4px}
.pydock-terminal:focus-within{border-color:var(--jp-brand-color1,#0860c9)}`;
const LIGHT = { background: "#ffffff", foreground: "#1f2328", cursor: "#1f2328", selectionBackground: "#b6d6fb" };
const DARK = { background: "#1b1b1b", foreground: "#e6e8ea", cursor: "#e6e8ea", selectionBackground: "#264f78" };

function theme() {
  const { classList, dataset } = document.body;
  const root = document.documentElement;
  const dark =
    dataset.jpThemeLight === "false" ||
    classList.contains("vscode-dark") ||
    [root.dataset.theme, root.getAttribute("theme")].includes("dark");
  return dark ? DARK : LIGHT;
}

function font() {
  const named = getComputedStyle(document.body).getPropertyValue("--jp-code-font-family").trim();
  return named || "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
}

function bytesOf(buffer) {
  return buffer instanceof DataView
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
}

/** What came so far, in order and without gaps; `draw` gets each byte once. */
class Inbox {
  constructor(id, { draw, ask, restart }) {
    Object.assign(this, { id, draw, ask, restart });
    this.run = null;
    this.expected = null;
    this.asked = null;
  }

  receive({ start, run, to }, bytes) {
    if (run !== this.run) {
      if (to !== this.id && start !== 0) return; // before our own replay
      if (this.run !== null) this.restart();
      this.run = run;
      this.expected = start;
    }
    if (to === this.id && start > this.expected) this.expected = start; // what was between is not kept any more
    if (start > this.expected) {
      if (this.asked !== this.expected) {
        this.asked = this.expected;
        this.ask(this.expected);
      }
      return;
    }
    const fresh = bytes.subarray(Math.min(bytes.length, this.expected - start));
    this.asked = null;
    this.expected += fresh.length;
    if (fresh.length) this.draw(fresh, to === this.id);
  }
}

function render({ model, el }) {
  const id = crypto.randomUUID?.() ?? String(Math.random());
  const say = (message, bytes) => model.send({ id, ...message }, undefined, bytes ? [bytes] : undefined);

  const box = document.createElement("div");
  box.className = "pydock-terminal";
  box.dataset.lmSuppressShortcuts = "true";
  const sheet = document.createElement("style");
  sheet.textContent = STYLE;
  el.append(sheet, box);

  const term = new Terminal({
    rows: model.get("rows"),
    cols: model.get("cols"),
    fontFamily: font(),
    fontSize: 13,
    minimumContrastRatio: 4.5,
    scrollback: 5000,
    screenReaderMode: model.get("screen_reader"),
    theme: theme(),
  });
  const fit = new FitAddon();
  term.loadAddon(fit);

  // Keys. A replayed question ("who are you?") was answered long ago: xterm's answers to a replay are dropped.
  let replaying = 0;
  const encoder = new TextEncoder();
  term.onData((text) => replaying || say({ type: "keys" }, encoder.encode(text)));
  term.onBinary((text) => replaying || say({ type: "keys" }, Uint8Array.from(text, (one) => one.charCodeAt(0))));
  for (const kind of ["keydown", "keypress", "keyup", "paste", "copy"]) {
    box.addEventListener(kind, (event) => event.stopPropagation());
  }
  term.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown" || !event.ctrlKey || !event.shiftKey) return true;
    if (event.code === "KeyC" && term.hasSelection()) navigator.clipboard?.writeText(term.getSelection());
    else if (event.code === "Space") term.blur(); // the way out for the keyboard: Tab belongs to the program
    else return true;
    event.preventDefault();
    return false;
  });

  // Output
  let drawn = 0;
  let acked = 0;
  const acknowledge = () => {
    acked = drawn;
    say({ type: "ack", run: inbox.run, offset: drawn });
  };
  const inbox = new Inbox(id, {
    restart: () => term.write(NORMAL),
    ask: (from) => say({ type: "again", run: inbox.run, from }),
    draw: (bytes, replay) => {
      const { run, expected } = inbox;
      replaying += replay;
      term.write(bytes, () => {
        replaying -= replay;
        if (run !== inbox.run) return;
        drawn = expected;
        if (drawn < acked || drawn - acked >= ACK_EVERY || drawn === inbox.expected) acknowledge();
      });
    },
  });
  const onMessage = (message, buffers) => {
    if (message.type === "output" && (!message.to || message.to === id)) inbox.receive(message, bytesOf(buffers[0]));
    else if (message.type === "focus") term.focus();
  };
  model.on("msg:custom", onMessage);

  // Size: the width is the cell's, the height is the asked rows until somebody drags the corner.
  let shown = false;
  const tell = (type) => {
    box.dataset.size = `${term.rows} ${term.cols}`;
    say({ type, rows: term.rows, cols: term.cols });
  };
  term.onResize(() => shown && tell("size"));
  const show = () => {
    if (!box.isConnected || box.clientWidth === 0) return;
    if (shown) return fit.fit();
    term.open(box);
    const padding = box.offsetHeight - box.clientHeight + 8;
    box.style.height = `${term.element.querySelector(".xterm-screen").offsetHeight + padding}px`;
    fit.fit();
    shown = true;
    term.textarea.setAttribute("aria-label", `${model.get("label")}. Ctrl+Shift+Space leaves it.`);
    tell("hello");
  };
  const sizes = new ResizeObserver(show);
  sizes.observe(box);
  const themes = new MutationObserver(() => (term.options.theme = theme()));
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "theme", "class"] });

  return () => {
    model.off("msg:custom", onMessage);
    sizes.disconnect();
    themes.disconnect();
    term.dispose();
  };
}

export default { render };
