// Opens a report in a headless browser and checks it. Arguments: folder of the packages, browser, mode, page, record.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, executablePath, mode, file, recordFile] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const puppeteer = (await import(pathToFileURL(require.resolve("puppeteer-core")))).default;
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const problems = [];
try {
  const page = await browser.newPage();
  page.on("console", (message) => { if (["error", "warn"].includes(message.type())) problems.push(`console: ${message.text()}`); });
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("dialog", (dialog) => { problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) problems.push(`request: ${request.url()}`); });
  await page.evaluateOnNewDocument(() => {
    window.refused = [];
    addEventListener("securitypolicyviolation", (event) => window.refused.push(`Content Security Policy refused ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }, { name: "prefers-reduced-motion", value: "reduce" }]);
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });

  if (mode === "faulty") await readFaulty(page, JSON.parse(readFileSync(recordFile, "utf8")));
  if (mode === "hostile") await openEverything(page);
  await accessible(page, "light");
  if (mode !== "plain") {
    await page.click("#theme");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    assert.ok(await page.evaluate(() => Number(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0]) < 64), "dark is dark");
    // Dark differs in its colours only, so contrast alone is looked at again.
    await accessible(page, "dark");
    await page.setViewport({ width: 390, height: 844 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "a narrow page does not scroll sideways");
  }
  const counts = await page.evaluate(() => ({
    pwned: window.pwned,
    scripts: document.querySelectorAll("script").length,
    styles: document.querySelectorAll("style").length,
    foreign: document.querySelectorAll("main img, main iframe, main style, main script, main [onload], main [onerror], a[href^='javascript' i]").length,
    shown: getComputedStyle(document.body).display,
    refused: window.refused,
  }));
  problems.push(...counts.refused);
  if (counts.foreign > 0) problems.push(`${counts.foreign} elements that the report does not make`);
  assert.equal(counts.pwned, undefined);
  assert.notEqual(counts.shown, "none");
  if (mode !== "plain") assert.deepEqual([counts.scripts, counts.styles], [2, 1]);
} catch (error) {
  problems.push(error.stack);
} finally {
  await browser.close();
}
if (problems.length > 0) {
  console.log(problems.join("\n"));
  process.exitCode = 1;
}

// The way of somebody who looks for what is wrong.
async function readFaulty(page, record) {
  const verdicts = (list, verdict) => list.filter((own) => own.verdict === verdict).length;
  const shown = (selector) => page.$$eval(selector, (rows) => rows.filter((own) => !own.hidden).length);
  assert.equal(await shown("#requirements-table tbody tr"), record.requirements.length);
  await page.select("form[data-for=requirements-table] select[name=verdict]", "fail");
  assert.equal(await shown("#requirements-table tbody tr"), verdicts(record.requirements, "fail"));
  await page.select("form[data-for=requirements-table] select[name=area]", "VER");
  const both = record.requirements.filter((own) => own.verdict === "fail" && own.id.startsWith("APPT-VER-")).length;
  assert.equal(await shown("#requirements-table tbody tr"), both);
  await page.click("form[data-for=requirements-table] button[type=reset]");
  await page.type("form[data-for=requirements-table] input[name=text]", "appt-ver-06");
  assert.ok(await shown("#requirements-table tbody tr") >= 1);
  assert.ok(await shown("#requirements-table tbody tr") < record.requirements.length);

  const form = "form[data-for=cases-list]";
  await page.select(`${form} select[name=verdict]`, "fail");
  assert.equal(await shown("details.case"), verdicts(record.cases, "fail"));
  assert.match(await page.$eval(`${form} output`, (own) => own.textContent), new RegExp(`^${verdicts(record.cases, "fail")} of `));
  // By keyboard: focus the first failing case, open it, go on to its exchange, open that.
  const place = record.cases.findIndex((own) => own.verdict === "fail" && own.exchanges.length > 0);
  const sent = record.exchanges[record.cases[place].exchanges[0]];
  await page.focus(`#case-${place} > summary`);
  await page.keyboard.press("Enter");
  await page.waitForSelector(`#case-${place} details.exchange`);
  await page.focus(`#case-${place} details.exchange > summary`);
  await page.keyboard.press("Enter");
  await page.waitForSelector(`#case-${place} details.exchange .wires`);
  const told = await page.$eval(`#case-${place} details.exchange`, (own) => own.textContent);
  assert.ok(told.includes(`${sent.request.method} /Appointment`) && told.includes(`${sent.response.received.status}`), told);
  assert.ok(told.includes("curl"), "the curl line is there");
  const header = sent.response.received.headers.find(([name]) => name === "x-request-id")[1];
  assert.ok(told.includes(header), "the headers are those of the record");

  // A body is shown as it was sent, but for the space between its tokens.
  const tokens = (text) => text.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g).join("").replaceAll(" ", "");
  const withBody = record.cases[place].exchanges.findIndex((id) => record.exchanges[id].response.received?.body?.text);
  const body = record.exchanges[record.cases[place].exchanges[withBody]].response.received.body.text;
  const shownBody = await page.evaluate((place, number) => {
    const own = document.querySelectorAll(`#case-${place} details.exchange`)[number];
    own.open = true;
    return new Promise((done) => setTimeout(() => done(own.querySelector(".wires > div:last-child pre")?.textContent)));
  }, place, withBody);
  assert.equal(tokens(shownBody), tokens(body));

  assert.equal((await page.$$("table.matrix tbody td.cell")).length, 100);
  assert.ok(await page.$$eval("table.matrix td.cell", (cells) => cells.every((own) => /to [a-z-]+: (accepted|rejected|open)/.test(own.textContent))));
  const drawn = (selector) => page.$$eval(selector, (all) => all.filter((own) => own.getBoundingClientRect().width > 0).length);
  assert.ok(await drawn("svg.timeline") >= 1, "a race is drawn");
  assert.ok(await drawn("svg.timeline rect.op") >= 8, "its requests are bars");
  assert.ok(await drawn("svg.timeline path.chain") >= 1, "the chain of versions is drawn through");
  assert.ok(await drawn("svg.timeline rect.op.witness") >= 1, "the witness stands out");
  assert.ok(await drawn("svg.hist rect.bin") >= 3, "latencies are drawn");

  // A link to a case shows it though a filter had put it away.
  const away = record.cases.findIndex((own) => own.verdict === "pass");
  await page.evaluate((place) => { location.hash = `case-${place}`; }, away);
  await page.waitForSelector(`#case-${away}[open]`, { visible: true });
}

// All that the script builds lazily, so that all that came from the target is in the page.
async function openEverything(page) {
  const count = await page.evaluate(async () => {
    const next = () => new Promise((done) => setTimeout(done));
    document.querySelectorAll("main details").forEach((own) => { own.open = true; });
    await next();
    const exchanges = [...document.querySelectorAll("details.exchange")];
    const some = exchanges.filter((_, place) => place % Math.ceil(exchanges.length / 150) === 0);
    some.forEach((own) => { own.open = true; });
    await next();
    await next();
    return document.querySelectorAll("details.exchange .wires").length;
  });
  assert.ok(count > 50, `${count} exchanges are open`);
  const hidden = await page.evaluate(() => /[\u202a-\u202e\u2066-\u2069\u200b\u001b\u0007]/.test(document.documentElement.textContent));
  assert.ok(!hidden, "nothing that turns or hides text is left");
}

async function accessible(page, look) {
  await page.evaluate(axe);
  const found = await page.evaluate(async (look) => {
    // Hundreds of things alike would take minutes; the first of each kind stand for the others.
    const kinds = { "details.case:not([open])": 20, "details.case[open]": 12, "#requirements-table tbody tr": 30, ".finding": 12, ".counterexample": 3, ".race": 4 };
    const exclude = Object.entries(kinds).flatMap(([selector, kept]) => [...document.querySelectorAll(selector)].slice(kept));
    const rules = look === "dark" ? { runOnly: { type: "rule", values: ["color-contrast"] } } : {};
    const result = await window.axe.run({ exclude }, { resultTypes: ["violations"], ...rules });
    return result.violations.filter((own) => ["serious", "critical"].includes(own.impact))
      .map((own) => `${own.impact} ${own.id}: ${own.help}: ${own.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | ")}`);
  }, look);
  problems.push(...found.map((own) => `axe, ${look}: ${own}`));
}
