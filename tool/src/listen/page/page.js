"use strict";
// Whatever comes from outside is put in as text: this file makes elements, and never HTML.

const ROW = 54;
const PATIENCE = 2000;
const TABS = [["event", "Event"], ["body", "Body"], ["request", "Request"], ["answer", "Answer"], ["again", "Send again"]];

const $ = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 760px)");

/** Makes an element of attributes, listeners and children. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

async function call(path, content) {
  const options = content === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
  };
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => ({ error: `HTTP ${response.status}` }));
  if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`);
  return answer;
}

// ---- JSON ----------------------------------------------------------------------------------------------------------
// Numbers stay as they are written: some are larger than what JavaScript can count.

function parse(text) {
  let at = 0;
  const token = /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null))/uy;
  const next = () => {
    token.lastIndex = at;
    const found = token.exec(text);
    if (!found) throw new Error("not JSON");
    at = token.lastIndex;
    return found;
  };
  const value = (found, depth) => {
    if (depth > 60) throw new Error("too deep");
    if (found[2]) return { kind: "string", text: JSON.parse(found[2]) };
    if (found[3]) return { kind: "number", text: found[3] };
    if (found[4]) return { kind: "word", text: found[4] };
    const isList = found[1] === "[";
    if (!isList && found[1] !== "{") throw new Error("not JSON");
    const node = { kind: isList ? "list" : "object", items: [] };
    for (let first = true; ; first = false) {
      let item = next();
      if (item[1] === (isList ? "]" : "}")) {
        if (first) return node;
        throw new Error("not JSON");
      }
      if (isList) {
        node.items.push([String(node.items.length), value(item, depth + 1)]);
      } else {
        if (!item[2] || next()[1] !== ":") throw new Error("not JSON");
        const name = JSON.parse(item[2]);
        node.items.push([name, value(next(), depth + 1)]);
      }
      const after = next()[1];
      if (after === (isList ? "]" : "}")) return node;
      if (after !== ",") throw new Error("not JSON");
    }
  };
  try {
    const node = value(next(), 0);
    return text.slice(at).trim() === "" ? node : null;
  } catch {
    return null;
  }
}

function pretty(node, indent = "") {
  if (!node.items) return node.kind === "string" ? JSON.stringify(node.text) : node.text;
  const [open, close] = node.kind === "list" ? "[]" : "{}";
  if (node.items.length === 0) return open + close;
  const inner = indent + "  ";
  const one = ([name, item]) => inner + (node.kind === "list" ? "" : JSON.stringify(name) + ": ") + pretty(item, inner);
  return `${open}\n${node.items.map(one).join(",\n")}\n${indent}${close}`;
}

/** The node at a path such as `List[3].Name`. */
function follow(node, path) {
  for (const [, name, place] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/gu)) {
    node = node?.items?.findLast(([known]) => known === (name ?? place))?.[1];
  }
  return node;
}

// ---- what is known -------------------------------------------------------------------------------------------------

const entries = new Map();
let shown = [];
let chosen = null;
let session = null;
let about = { apps: [], forwards: [] };
let held = null;

const filters = { text: "", app: "", command: "", outcome: "" };

function isShown(entry) {
  if (filters.app && String(entry.app) !== filters.app) return false;
  if (filters.command && entry.command !== filters.command) return false;
  switch (filters.outcome) {
    case "": break;
    case "waiting": if (entry.state === "done") return false; break;
    case "differs": if (!entry.differ) return false; break;
    case "drift": if (!entry.drift) return false; break;
    default: if (entry.outcome !== filters.outcome) return false;
  }
  return filters.text.split(/\s+/u).every((word) => entry.all.includes(word));
}

function take(message) {
  if (session !== null && session !== message.session) {
    entries.clear();
    choose(null);
  }
  session = message.session;
  for (const entry of message.entries) {
    const before = entries.get(entry.id);
    entry.all = [entry.command, entry.sender, entry.about, entry.text, entry.words, entry.app, entry.trouble?.reason]
      .join("\n").toLowerCase();
    entries.set(entry.id, entry);
    if (entry.id === chosen && JSON.stringify(before) !== JSON.stringify(entry)) load();
  }
  for (const id of entries.keys()) {
    if (id >= message.first) continue;
    entries.delete(id);
    if (id === chosen) choose(null);
  }
  setHold(message.hold);
  refresh();
  // Whoever waits for an answer has no time to be looked for.
  const waits = waiting();
  if (waits.length && entries.get(chosen)?.state !== "held" && !isBusy()) {
    tab = "event";
    choose(waits[0].id, { open: true });
  }
}

function waiting() {
  return [...entries.values()].filter((entry) => entry.state === "held");
}

/** Whether the user is writing something. */
function isBusy() {
  const focused = document.activeElement;
  return focused?.matches("textarea, #detail input, #detail select, #filter-text, #hold-filter") && focused.value !== "";
}

let planned = false;
function refresh() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    const top = shown[0]?.id;
    shown = [...entries.values()].filter(isShown).sort((a, b) => b.id - a.id);
    // What one looks at stays where it is, whatever comes in above. The last row too, for which there must be room.
    const list = $("list");
    $("rows").style.height = `${shown.length * ROW}px`;
    if (list.scrollTop > 0 && top !== undefined) {
      const added = shown.findIndex((entry) => entry.id <= top);
      if (added > 0) list.scrollTop += added * ROW;
    }
    offer("filter-app", "all apps", new Set([...entries.values()].map((entry) => entry.app).filter((app) => app !== null)));
    offer("filter-command", "all commands", new Set([...entries.values()].map((entry) => entry.command).filter(Boolean)));
    const all = entries.size;
    const count = shown.length === all ? `${all.toLocaleString()}` : `${shown.length.toLocaleString()} of ${all.toLocaleString()}`;
    $("count").value = all ? count : "";
    draw();
  });
}

/** The choices of a filter: what there is. */
function offer(id, all, values) {
  const select = $(id);
  const sorted = [...values].map(String).sort();
  if (select.dataset.values === sorted.join("\n")) return;
  select.dataset.values = sorted.join("\n");
  const value = select.value;
  const choices = value && !sorted.includes(value) ? [value, ...sorted] : sorted;
  select.replaceChildren(make("option", { value: "" }, all), ...choices.map((one) => make("option", { value: one }, one)));
  select.value = value;
}

// ---- the list ------------------------------------------------------------------------------------------------------

const rows = new Map();

/** Draws the rows that can be seen, and a few more. */
function draw() {
  const list = $("list");
  drawEmpty();
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 8);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 8);
  const seen = new Set();
  for (let place = first; place < last; place++) {
    const entry = shown[place];
    seen.add(entry.id);
    let row = rows.get(entry.id);
    if (!row || row.entry !== entry) {
      row?.element.remove();
      row = { entry, element: makeRow(entry) };
      rows.set(entry.id, row);
      $("rows").append(row.element);
    }
    row.element.style.transform = `translateY(${place * ROW}px)`;
    row.element.setAttribute("aria-posinset", place + 1);
    row.element.setAttribute("aria-setsize", shown.length);
    row.element.setAttribute("aria-selected", entry.id === chosen);
  }
  for (const [id, row] of rows) {
    if (!seen.has(id)) {
      row.element.remove();
      rows.delete(id);
    }
  }
  if (chosen !== null && seen.has(chosen)) list.setAttribute("aria-activedescendant", `entry-${chosen}`);
  else list.removeAttribute("aria-activedescendant");
}

function drawEmpty() {
  const empty = $("empty");
  empty.hidden = shown.length > 0;
  if (shown.length > 0) return;
  if (entries.size > 0) return empty.replaceChildren("Nothing fits the filters.");
  const url = `http://${about.address ?? location.host}`;
  const app = about.apps[0]?.id ?? "1400000000";
  empty.replaceChildren(
    `Nothing has come yet. Enter the URL in Tencent's console, or send a webhook from another terminal:`,
    make("code", null, `tencent-webhook send C2C.CallbackBeforeSendMsg --url ${url} --app ${app}`),
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

function makeRow(entry) {
  const command = make("span", { class: "command" });
  const dot = entry.command?.indexOf(".") ?? -1;
  if (!entry.command) command.append(entry.rtc ? "RTC Engine" : "request");
  else if (dot > 0) command.append(make("i", null, entry.command.slice(0, dot + 1)), entry.command.slice(dot + 1));
  else command.append(entry.command);
  const what = make("span", { class: "what" });
  const names = [entry.sender, entry.about].filter(Boolean);
  if (names.length) what.append(make("b", null, names.join(" → ")), entry.text ? "  " : "");
  what.append(entry.text || (entry.state === "done" && !names.length ? entry.trouble?.reason ?? "" : ""));
  const right = make("span", { class: "right" });
  if (entry.differ) right.append(make("span", { class: "chip differs", title: "The other servers answered otherwise" }, "≠"));
  if (entry.drift) right.append(make("span", { class: "chip drift", title: "Some of the body does not fit" }, "!"));
  right.append(chip(entry));
  return make(
    "div",
    { class: "row", role: "option", id: `entry-${entry.id}`, "data-id": entry.id },
    command,
    make("time", { datetime: entry.time, title: new Date(entry.time).toLocaleString() }, clock.format(new Date(entry.time))),
    what,
    right,
  );
}

function chip(entry) {
  if (entry.state === "held") return make("span", { class: "chip held" }, "waits for you");
  if (entry.state === "open") return make("span", { class: "chip" }, "open");
  const word = {
    rejected: entry.trouble ? `rejected: ${entry.trouble.kind.replaceAll("_", " ")}` : "rejected",
    failed: entry.status && entry.status !== 200 ? `HTTP ${entry.status}` : entry.status ? "wrong answer" : "no answer",
    checked: "URL check",
    discarded: "dropped",
  }[entry.outcome] ?? entry.outcome;
  return make("span", { class: `chip ${entry.outcome}`, title: entry.words }, word);
}

function choose(id, { open = false, scroll = true } = {}) {
  const isOther = id !== chosen;
  chosen = id;
  if (open || id === null) document.querySelector("main").classList.toggle("reading", id !== null);
  $("detail").hidden = id === null;
  $("none").hidden = id !== null;
  if (id === null) $("detail").replaceChildren();
  const place = shown.findIndex((entry) => entry.id === id);
  const list = $("list");
  if (scroll && place >= 0) {
    if (place * ROW < list.scrollTop) list.scrollTop = place * ROW;
    else if ((place + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * ROW - list.clientHeight;
  }
  draw();
  if (isOther && id !== null) {
    detail = null;
    load();
  }
}

function move(step) {
  if (shown.length === 0) return;
  const place = shown.findIndex((entry) => entry.id === chosen);
  const next = place < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, place + step));
  choose(shown[next].id);
}

// ---- details -------------------------------------------------------------------------------------------------------

let detail = null;
let tab = "event";
let isPretty = true;
/** The body that is to be sent again gets the focus as soon as it is there. */
let isToWrite = false;
let loading = 0;

async function load() {
  const id = chosen;
  const turn = ++loading;
  // Whoever runs through the list does not want them all.
  await new Promise((resolve) => setTimeout(resolve, detail ? 0 : 30));
  if (turn !== loading || id !== chosen || id === null) return;
  try {
    const loaded = await call(`/api/entries/${id}`);
    if (turn !== loading || id !== chosen) return;
    const isAgain = detail?.id === id;
    detail = loaded;
    drawDetail(isAgain);
  } catch (error) {
    if (turn === loading) $("detail").replaceChildren(make("p", { class: "note bad" }, error.message));
  }
}

function fact(name, ...value) {
  return make("span", null, `${name} `, make("b", null, ...value));
}

function drawDetail(isAgain) {
  const it = detail;
  const panel = $("detail");
  // What the user is writing stays.
  const form = isAgain ? panel.querySelector(".again") : null;
  const choices = isAgain ? panel.querySelector(".decide") : null;
  const title = it.command ?? `${it.method} ${it.path}`;
  const state = it.state === "held" ? "waits for your answer" : it.state === "open" ? "is being answered" : it.words;
  const by = it.by === "hand" ? "you" : it.by?.rule ?? it.by?.forward;
  const parts = [
    make("div", { class: "top" },
      make("button", { type: "button", class: "back", onclick: back, "aria-label": "Back to the list" }, "‹ Back"),
      make("h2", null, ...title.split(/(?<=[._])/u).flatMap((part) => [part, make("wbr")]))),
    make("p", { class: `outcome ${it.outcome ?? ""}` }, state),
    make("p", { class: "facts" },
      fact("at", new Date(it.time).toLocaleString()),
      it.app !== null && fact("app", it.app),
      it.sender && fact("from", it.sender),
      it.about && fact("about", it.about),
      it.took_ms !== null && fact("took", duration(it.took_ms)),
      by && fact("answered by", by),
      it.client_ip && fact("client", it.client_ip),
      it.platform && fact("platform", it.platform),
      fact("signature", it.outcome === "rejected" ? "not accepted" : it.signed ? "valid" : "none, as the app is unsigned"),
      it.docs && make("a", { href: it.docs, target: "_blank", rel: "noopener noreferrer" }, "vendor docs")),
  ];
  if (it.trouble && it.outcome !== "rejected" && it.outcome !== "checked") parts.push(make("p", { class: "note bad" }, it.trouble.reason));
  if (!it.body_is_whole) parts.push(make("p", { class: "note" }, "Only the beginning of the body was read."));
  if (it.drifts.length) {
    parts.push(make("p", { class: "note" }, `Does not fit, and so is not in the event: ${it.drifts.map(([path]) => path).join(", ")}`));
  }
  if (it.differ) {
    const others = it.forwards.filter((one) => one.differs).map((one) => `${one.url}: ${one.words}`);
    parts.push(make("p", { class: "note" }, `Answered otherwise by ${others.join("; ")}`));
  }
  if (it.state === "held") parts.push(choices ?? makeDecide(it));
  parts.push(make("div", { class: "tabs", role: "tablist" }, ...TABS.map(([id, name]) => make("button", {
    type: "button", role: "tab", id: `tab-${id}`, "aria-selected": String(id === tab), "aria-controls": "sheet",
    tabindex: id === tab ? "0" : "-1", onclick: () => openTab(id), onkeydown: tabKey,
  }, name))));
  const sheet = make("div", { id: "sheet", role: "tabpanel", "aria-labelledby": `tab-${tab}` });
  parts.push(sheet);
  const focused = document.activeElement?.id;
  panel.replaceChildren(...parts);
  if (tab === "again" && form) sheet.append(form);
  else sheet.append(...sheets[tab](it));
  if (focused?.startsWith("tab-") || form) $(focused)?.focus();
  if (tab === "again" && isToWrite) $("again-body")?.focus();
  isToWrite = false;
  tick();
}

function openTab(id) {
  tab = id;
  if (!detail) return;
  drawDetail(false);
  $(`tab-${id}`)?.focus();
}

function tabKey(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const place = TABS.findIndex(([id]) => id === tab);
  openTab(TABS[(place + step + TABS.length) % TABS.length][0]);
}

function duration(ms) {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

const sheets = {
  event(it) {
    if (it.event === null) {
      const reason = it.outcome === "rejected" ? "It was rejected before its body was read as an event." : "There is no event.";
      return [make("p", { class: "faint" }, reason)];
    }
    const node = parse(it.event);
    return [node ? tree(node, it) : make("pre", null, it.event)];
  },
  body(it) {
    if (it.body === "") return [make("p", { class: "faint" }, "The body is empty.")];
    const node = it.body_is_text ? parse(it.body) : null;
    const show = (value) => { isPretty = value; drawDetail(false); };
    const size = `${it.body_bytes.toLocaleString()} bytes${it.body_is_text ? "" : ", not text: as Base64"}`;
    const text = isPretty && node ? pretty(node) : it.body;
    const copy = async (event) => {
      await navigator.clipboard.writeText(text);
      event.target.textContent = "Copied";
    };
    return [
      make("div", { class: "line" },
        node && make("span", { class: "switch", role: "group", "aria-label": "How the body is shown" },
          make("button", { type: "button", "aria-pressed": String(isPretty), onclick: () => show(true) }, "Pretty"),
          make("button", { type: "button", "aria-pressed": String(!isPretty), onclick: () => show(false) }, "As received")),
        make("span", { class: "faint grow" }, size),
        make("button", { type: "button", onclick: copy }, "Copy")),
      make("pre", { id: "raw" }, text),
    ];
  },
  request(it) {
    return [
      make("h3", null, `${it.method} ${it.path}`), table([["from", it.peer]]),
      make("h3", null, "Parameters, without Sign"), table(it.parameters),
      make("h3", null, "Headers"), table(it.headers),
    ];
  },
  answer(it) {
    const parts = [];
    if (it.state !== "done") parts.push(make("p", { class: "faint" }, "There is no answer yet."));
    else if (!it.answer) parts.push(make("p", { class: "faint" }, "There was no answer."));
    else parts.push(...said(it.answer));
    for (const one of it.forwards) {
      parts.push(make("h3", null, one.url));
      parts.push(make("p", { class: `outcome ${one.kind}` }, `${one.words} (${duration(one.took_ms)})`));
      if (one.answer) parts.push(...said(one.answer));
    }
    if (it.state === "done" && it.answer) parts.unshift(make("h3", null, "This listener's answer"));
    return parts;
  },
  again(it) {
    return [makeAgain(it)];
  },
};

function said(answer) {
  const node = parse(answer.body);
  return [
    make("p", { class: "faint line" }, `HTTP ${answer.status}`),
    answer.body !== "" && make("pre", null, node ? pretty(node) : answer.body),
  ].filter(Boolean);
}

function table(pairs) {
  if (pairs.length === 0) return make("p", { class: "faint" }, "none");
  return make("table", null, make("tbody", null, ...pairs.map(([name, value]) =>
    make("tr", null, make("th", { scope: "row" }, name), make("td", null, value)))));
}

/** The event's fields, with those that do not fit where they belong. */
function tree(node, it) {
  const all = make("div", { class: "tree" });
  const body = it.body_is_text ? parse(it.body) : null;
  const drifts = new Map(it.drifts);
  let left = 3000;
  const line = (depth, name, value, kind, remark, isDrift) => {
    if (--left < 0) return;
    const label = make("span", { class: "name" }, name);
    label.style.paddingLeft = `${depth * 16}px`;
    const shownValue = make("span", { class: `value v-${kind}` },
      isDrift ? make("del", null, value) : value, remark && make("small", { class: value === "" && "alone" }, remark));
    all.append(make("div", { class: isDrift ? "field drifted" : "field" }, label, shownValue));
  };
  const drift = (path, reason, depth) => {
    const was = body && follow(body, path);
    const text = was ? pretty(was).slice(0, 200) : "";
    const name = path.split(/[.[]/u).pop().replace("]", "");
    line(depth, name, text, "empty", reason.slice(path.length + 2), true);
    drifts.delete(path);
  };
  const walk = (node, path, depth) => {
    for (const [name, item] of node.items) {
      const isList = node.kind === "list";
      const own = isList ? `${path}[${name}]` : path ? `${path}.${name}` : name;
      const label = isList ? `[${name}]` : name;
      if (!item.items) {
        line(depth, label, item.text === "" ? "(empty)" : item.text, item.text === "" ? "empty" : item.kind, hint(name, item));
      } else if (item.items.length === 0) {
        line(depth, label, item.kind === "list" ? "(empty list)" : "(empty)", "empty");
      } else {
        line(depth, label, "", "empty", item.kind === "list" ? `${item.items.length} ${item.items.length === 1 ? "item" : "items"}` : null);
        walk(item, own, depth + 1);
      }
    }
    for (const [at, reason] of [...drifts]) {
      const parent = at.replace(/(?:^|\.)[^.[\]]+$|\[\d+\]$/u, "");
      if (parent === path) drift(at, reason, depth);
    }
  };
  if (!node.items) line(0, "", node.text, node.kind);
  else walk(node, "", 0);
  for (const [at, reason] of [...drifts]) drift(at, reason, 0);
  if (left < 0) all.append(make("p", { class: "faint" }, "There is more: see the body."));
  return all;
}

/** A time in words, if a field is one. */
function hint(name, node) {
  if (node.kind !== "number" || !/(?:Time|Ts|TimeStamp|Expire)$/iu.test(name)) return null;
  const number = Number(node.text);
  const ms = number > 1e12 && number < 1e13 ? number : number > 1e9 && number < 1e10 ? number * 1000 : NaN;
  return Number.isNaN(ms) ? null : new Date(ms).toLocaleString();
}

// ---- send again ----------------------------------------------------------------------------------------------------

function makeAgain(it) {
  const option = (value, text) => make("option", { value }, text);
  const to = make("select", { id: "again-to", onchange: () => { url.hidden = to.value !== "url"; } },
    option("listener", `this listener, ${about.address ?? ""}`),
    ...about.forwards.map((name, place) => option(`forward ${place}`, name)),
    option("url", "another server of this machine …"));
  const url = make("input", { id: "again-url", class: "wide", hidden: true, placeholder: "http://127.0.0.1:3000/im", "aria-label": "URL", autocomplete: "off" });
  const app = make("select", { id: "again-app" }, ...about.apps.map((one) => option(one.id, one.id)));
  if (about.apps.some((one) => one.id === it.app)) app.value = it.app;
  const command = make("input", { id: "again-command", value: it.command ?? "", autocomplete: "off", spellcheck: "false" });
  const body = make("textarea", { id: "again-body", spellcheck: "false", "aria-label": "Body" });
  body.value = it.body_is_text ? it.body : "";
  const patient = make("input", { type: "checkbox", id: "again-patient" });
  const result = make("div", { class: "result", "aria-live": "polite" });
  const button = make("button", { type: "submit", class: "primary", id: "again-send" }, "Send");
  const send = async (event) => {
    event.preventDefault();
    button.disabled = true;
    result.replaceChildren(make("p", { class: "faint" }, "waits for the answer …"));
    const [kind, place] = to.value.split(" ");
    try {
      const answer = await call("/api/send", {
        to: kind === "url" ? { url: url.value } : kind === "forward" ? { forward: Number(place) } : "listener",
        app: Number(app.value),
        command: command.value,
        client_ip: it.client_ip,
        platform: it.platform,
        body: body.value,
        patient: patient.checked,
      });
      result.replaceChildren(
        make("p", { class: `outcome ${answer.kind}`, id: "again-result" }, answer.words),
        make("p", { class: "faint" }, `${answer.url}, ${duration(answer.took_ms)}`),
        ...(answer.body === null ? [] : said({ status: answer.status, body: answer.body })));
    } catch (error) {
      result.replaceChildren(make("p", { class: "note bad", id: "again-result" }, error.message));
    }
    button.disabled = false;
  };
  const format = () => {
    const node = parse(body.value);
    if (node) body.value = pretty(node);
  };
  const form = make("form", {
    class: "again",
    onsubmit: send,
    onkeydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); },
  },
  make("label", { for: "again-to" }, "To"), to, url,
  make("label", { for: "again-app" }, "App"), app,
  make("label", { for: "again-command" }, "Command"), command,
  body,
  make("div", { class: "line wide" },
    button,
    make("button", { type: "button", onclick: format }, "Format"),
    make("label", { class: "check" }, patient, "Wait up to 5 minutes for the answer")),
  make("p", { class: "faint wide" }, "It gets a fresh signature of the app. Ctrl+Enter sends it."),
  make("div", { class: "wide" }, result));
  return form;
}

// ---- answer by hand ------------------------------------------------------------------------------------------------

function setHold(filter) {
  held = filter;
  const count = waiting().length;
  $("hold-on").hidden = held === null;
  $("hold-open").hidden = held !== null;
  if (held !== null) $("hold-form").hidden = true;
  $("hold-open").setAttribute("aria-expanded", String(!$("hold-form").hidden));
  const which = held ? `before-events that match ${held}` : "all before-events";
  $("hold-text").textContent = held === null ? "" : `You answer ${which}. ${count === 0 ? "None waits." : count === 1 ? "One waits." : `${count} wait.`}`;
  // Nothing moves under the pointer.
  $("hold-next").disabled = count === 0;
  document.title = count ? `(${count}) tencent-webhook` : "tencent-webhook";
}

async function hold(filter) {
  try {
    setHold((await call("/api/hold", { filter })).hold);
  } catch (error) {
    say(error.message);
    $("hold-filter").setCustomValidity(error.message);
    $("hold-filter").reportValidity();
  }
}

async function decide(id, answer) {
  try {
    await call("/api/answer", { id, answer });
    say(`answered: ${answer}`);
    $("list").focus({ preventScroll: true });
  } catch (error) {
    say(error.message);
    document.querySelector(".decide .choices")?.after(make("p", { class: "note bad" }, error.message));
  }
}

/** The answers that the event may have. */
function makeDecide(it) {
  const can = it.choices ?? {};
  const give = (answer) => decide(it.id, answer);
  const range = can.each_friend ?? can.codes;
  const code = make("input", { class: "code", inputmode: "numeric", "aria-label": "Code", placeholder: range ? String(range.start) : "1" });
  if (range) code.title = `${range.start} to ${range.end}`;
  const text = make("input", { "aria-label": "Text for the sender", placeholder: "text (optional)" });
  const refuse = () => {
    // Without a code of its own, a text that begins with a number would be one.
    const number = code.value.trim() || (text.value.trim() && String(range?.start ?? 1));
    give(["refuse", number, text.value.trim()].filter(Boolean).join(" "));
  };
  const onEnter = (action) => (event) => { if (event.key === "Enter") { event.preventDefault(); action(); } };
  code.addEventListener("keydown", onEnter(refuse));
  text.addEventListener("keydown", onEnter(refuse));
  const withText = (name, word, placeholder) => {
    const input = make("input", { "aria-label": name, placeholder });
    const act = () => { if (input.value.trim()) give(`${word} ${input.value.trim()}`); else input.focus(); };
    input.addEventListener("keydown", onEnter(act));
    return make("fieldset", null, make("button", { type: "button", onclick: act }, name), input);
  };
  return make("div", { class: "decide", "data-since": it.held_ms },
    make("p", { class: "countdown", role: "timer" }, ""),
    make("div", { class: "choices" },
      make("button", { type: "button", class: "primary", id: "decide-allow", onclick: () => give("allow"), "aria-keyshortcuts": "a" }, can.each_friend ? "Allow all" : "Allow"),
      can.discard && make("button", { type: "button", onclick: () => give("discard") }, "Discard"),
      make("button", { type: "button", onclick: () => give("silence") }, "Say nothing"),
      make("fieldset", null,
        make("button", { type: "button", class: "danger", id: "decide-refuse", onclick: refuse, "aria-keyshortcuts": "x" }, can.each_friend ? "Refuse all" : "Refuse"), code, text),
      can.replace && withText("Replace", "replace", "with this text"),
      can.refused && withText("Allow except", "except", "users, such as eve,mallory")));
}

/** The time that is left. The clock is the same: the page is for this machine. */
function tick() {
  const panel = document.querySelector(".decide");
  const timer = panel?.querySelector(".countdown");
  if (!timer) return;
  const left = Number(panel.dataset.since) + PATIENCE - Date.now();
  const seconds = (Math.abs(left) / 1000).toFixed(1);
  timer.textContent = left > 0
    ? `It waits for your answer. Chat hangs up in ${seconds} s.`
    : `Chat would have hung up ${seconds} s ago and gone by its console's setting. This sender still waits.`;
}
setInterval(tick, 100);

// ---- keyboard and events -------------------------------------------------------------------------------------------

function say(text) {
  $("spoken").textContent = text;
}

function back() {
  document.querySelector("main").classList.remove("reading");
  $("list").focus({ preventScroll: true });
  draw();
}

function open() {
  if (chosen === null) move(0);
  if (chosen === null) return;
  document.querySelector("main").classList.add("reading");
  $("detail").focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const isWriting = event.target.matches("input, textarea, select");
  if (event.key === "Escape") {
    if (event.target === $("filter-text") && event.target.value) return;
    event.target.blur();
    back();
    return;
  }
  if (isWriting) {
    if (event.target === $("filter-text") && (event.key === "Enter" || event.key === "ArrowDown")) {
      event.preventDefault();
      $("list").focus();
      if (chosen === null || !shown.some((entry) => entry.id === chosen)) { chosen = null; move(0); }
    }
    return;
  }
  const isHeld = entries.get(chosen)?.state === "held";
  const isOnButton = event.target.matches("button, a");
  const inDetail = $("detail").contains(event.target);
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: inDetail ? null : () => move(1),
    ArrowUp: inDetail ? null : () => move(-1),
    PageDown: inDetail ? null : () => move(Math.floor($("list").clientHeight / ROW)),
    PageUp: inDetail ? null : () => move(-Math.floor($("list").clientHeight / ROW)),
    Home: inDetail ? null : () => move(-Infinity),
    End: inDetail ? null : () => move(Infinity),
    Enter: isOnButton ? null : open,
    "/": () => { $("filter-text").focus(); $("filter-text").select(); },
    r: () => {
      if (chosen === null) move(0);
      tab = "again";
      isToWrite = true;
      open();
      if (detail) drawDetail(false);
    },
    a: isHeld ? () => decide(chosen, "allow") : null,
    x: isHeld ? () => $("decide-refuse")?.click() : null,
    "?": () => $("help").showModal(),
  };
  for (const [place, [id]] of TABS.entries()) keys[place + 1] = () => openTab(id);
  const action = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
  if (!action) return;
  event.preventDefault();
  action();
});

$("list").addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
$("list").addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row) choose(Number(row.dataset.id), { open: true, scroll: false });
});
new ResizeObserver(draw).observe($("list"));
$("filters").addEventListener("submit", (event) => event.preventDefault());
for (const [id, name] of [["filter-text", "text"], ["filter-app", "app"], ["filter-command", "command"], ["filter-outcome", "outcome"]]) {
  $(id).addEventListener("input", () => {
    filters[name] = name === "text" ? $(id).value.trim().toLowerCase() : $(id).value;
    $("list").scrollTop = 0;
    refresh();
  });
}
$("help-open").addEventListener("click", () => $("help").showModal());
$("hold-open").addEventListener("click", () => {
  $("hold-form").hidden = !$("hold-form").hidden;
  $("hold-open").setAttribute("aria-expanded", String(!$("hold-form").hidden));
  if (!$("hold-form").hidden) $("hold-filter").focus();
});
$("hold-form").addEventListener("submit", (event) => {
  event.preventDefault();
  hold($("hold-filter").value);
});
$("hold-filter").addEventListener("input", () => $("hold-filter").setCustomValidity(""));
$("hold-off").addEventListener("click", () => hold(null));
$("hold-next").addEventListener("click", () => {
  const next = waiting().find((entry) => entry.id !== chosen) ?? waiting()[0];
  if (next) choose(next.id, { open: true });
});

async function start() {
  try {
    about = await call("/api/about");
    $("where").textContent = about.address;
  } catch (error) {
    say(error.message);
  }
  const source = new EventSource("/api/events");
  const link = $("link");
  source.onopen = () => { link.textContent = "live"; link.classList.add("live"); };
  source.onerror = () => {
    link.textContent = "the listener has gone";
    link.classList.remove("live");
    // The browser comes back by itself, unless it was told not to.
    if (source.readyState === EventSource.CLOSED) setTimeout(start, 2000);
  };
  source.onmessage = (event) => take(JSON.parse(event.data));
  draw();
}
start();
