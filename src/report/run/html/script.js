// The report without this script is whole but for the exchanges; all text goes in as text, never as markup.
"use strict";
(() => {
  const root = document.documentElement;
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };

  // Light or dark: the system's choice until the button says otherwise.
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const remembered = () => { try { return localStorage.getItem("patchproof-theme"); } catch { return null; } };
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => {
    button.textContent = dark() ? "Light" : "Dark";
    button.setAttribute("aria-label", dark() ? "Switch to light colours" : "Switch to dark colours");
  };
  if (["light", "dark"].includes(remembered())) root.dataset.theme = remembered();
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("patchproof-theme", root.dataset.theme); } catch { /* a file may not store */ }
    label();
  });
  system.addEventListener("change", label);
  button.hidden = false;
  label();

  // Filters: a row stays if it matches each choice and its text holds every word.
  for (const form of document.querySelectorAll("form.filters")) {
    const target = document.getElementById(form.dataset.for);
    const rows = [...target.querySelectorAll(target.tagName === "TABLE" ? "tbody > tr" : ":scope > details")];
    const texts = new Map();
    const textOf = (row) => {
      if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
      return texts.get(row);
    };
    const apply = () => {
      const choices = [...form.querySelectorAll("select")].filter((choice) => choice.value);
      const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const stays = choices.every((choice) => row.dataset[choice.name] === choice.value) && words.every((word) => textOf(row).includes(word));
        row.hidden = !stays;
        if (stays) shown += 1;
      }
      form.querySelector("output").textContent = `${shown} of ${rows.length} shown`;
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    form.hidden = false;
    apply();
  }

  // Exchanges. n number, p purpose, at instant, d microseconds, t attempt, m method, u URL, h headers, b body,
  // tr trace id, s status, w its phrase, v version, rh and rb those of the response, cut whether it was, l why it was lost, c curl in pieces.
  let data = null;
  const load = () => (data ??= JSON.parse(document.getElementById("exchange-data").textContent));
  const text = (place) => load().texts[place];
  const time = (micros) => (micros < 1000 ? `${micros} µs` : micros < 1e6 ? `${(micros / 1e3).toFixed(1)} ms` : `${(micros / 1e6).toFixed(2)} s`);

  const headers = (places) => make("ul", { className: "headers" }, ...places.map((place) => {
    const line = text(place);
    const colon = line.indexOf(":");
    return make("li", {}, make("b", { textContent: line.slice(0, colon + 1) }), line.slice(colon + 1));
  }));

  // JSON is only indented, token by token, so that what is shown is what was sent; other text stays as it is.
  const tokens = /"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+/g;
  const pretty = (body) => {
    const code = make("code", {});
    const put = (word, className) => code.append(className ? make("span", { className, textContent: word }) : word);
    let depth = 0;
    const all = body.match(tokens) ?? [];
    const line = () => put("\n" + "  ".repeat(Math.min(depth, 40)));
    all.forEach((token, place) => {
      const next = all[place + 1];
      if (token === "{" || token === "[") {
        put(token);
        if (next === "}" || next === "]") return;
        depth += 1;
        line();
      } else if (token === "}" || token === "]") {
        const before = all[place - 1];
        if (before !== "{" && before !== "[") { depth = Math.max(0, depth - 1); line(); }
        put(token);
      } else if (token === ",") { put(token); line(); } else if (token === ":") { put(": "); } else if (token[0] === '"') put(token, next === ":" ? "j-key" : "j-text");
      else put(token, "j-word");
    });
    return code;
  };
  const body = (place) => {
    if (place === undefined) return null;
    const source = text(place);
    let code;
    try { JSON.parse(source); code = pretty(source); } catch { code = make("code", { textContent: source }); }
    return make("pre", { tabIndex: 0 }, code);
  };

  const whole = (exchange) => {
    const parts = document.createDocumentFragment();
    const sent = make("div", {}, make("h4", { textContent: "Sent" }),
      make("div", { className: "wire", textContent: `${exchange.m} ${text(exchange.u)}` }), headers(exchange.h), body(exchange.b),
      exchange.tr === undefined ? null : make("p", { className: "muted", textContent: `Trace ${exchange.tr}` }));
    const response = exchange.l === undefined
      ? make("div", {}, make("h4", { textContent: "Received" }), make("div", { className: "wire", textContent: `${exchange.v} ${exchange.s} ${exchange.w}` }), headers(exchange.rh), body(exchange.rb),
        exchange.cut ? make("p", { className: "muted", textContent: "The body exceeds the limit and is truncated." }) : null)
      : make("div", {}, make("h4", { textContent: "No response" }), make("p", { textContent: exchange.l }));
    parts.append(make("div", { className: "wires" }, sent, response));
    const line = exchange.c === undefined ? null : exchange.c.map(text).join(" \\\n  ");
    const curl = make("div", { className: "exchange-curl" });
    if (line === null) {
      curl.append(make("p", { className: "muted", textContent: "The curl line is too long to show: see run.json." }));
    } else {
      const copy = make("button", { type: "button", textContent: "Copy" });
      copy.addEventListener("click", () => navigator.clipboard?.writeText(line).then(() => { copy.textContent = "Copied"; }, () => {}));
      curl.append(make("header", {}, "curl", navigator.clipboard ? copy : null), make("pre", { tabIndex: 0 }, make("code", { textContent: line })));
    }
    parts.append(curl);
    return parts;
  };

  const exchange = (place, role) => {
    const exchange = load().exchanges[place];
    const response = exchange.l === undefined ? `${exchange.s} ${exchange.w}` : "no response";
    const summary = make("summary", {}, `#${exchange.n} ${exchange.m} ${text(exchange.u)} → ${response}  `,
      make("span", { className: "role", textContent: `${role || exchange.p} · ${time(exchange.d)}${exchange.t ? ` · attempt ${exchange.t}` : ""}` }));
    const details = make("details", { className: "exchange" }, summary);
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(whole(exchange));
    });
    return details;
  };
  const fill = (list) => {
    const [label, all] = list.children;
    const entries = all.textContent.split(", ").filter(Boolean);
    list.replaceWith(make("div", { className: "exchange-list" }, make("p", { className: "muted", textContent: `${label.textContent} (${entries.length})` }),
      ...entries.map((entry) => {
        const [place, ...role] = entry.split(" ");
        return exchange(Number(place), role.join(" "));
      })));
  };
  for (const details of document.querySelectorAll("details.lazy")) {
    details.addEventListener("toggle", () => { if (details.open) details.querySelectorAll(".exchanges").forEach(fill); });
  }

  // A link opens what it leads to, and shows it though a filter had put it away.
  const reveal = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    if (target.hidden) target.closest("section")?.querySelector("form.filters")?.reset();
    target.hidden = false;
    for (let place = target; place; place = place.parentElement) if (place.tagName === "DETAILS") place.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // What is folded is printed too, except whole cases, which stay one line each.
  const folded = () => [...document.querySelectorAll("main details:not(.lazy):not(.exchange)")].filter((details) => !details.open && !details.closest(".round, .requirements"));
  let opened = [];
  addEventListener("beforeprint", () => { opened = folded(); opened.forEach((details) => { details.open = true; }); });
  addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));
})();
