// The report in a real browser: that it loads alone, that each control does what it says, that it can be used by
// keyboard, on a phone, in the dark and on paper, and that axe-core finds no serious fault.
//
// GRADSIEVE names the program, ROOT the repository, CHROMIUM the browser; SCREENSHOTS a folder for pictures, if wanted.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const { GRADSIEVE, ROOT, CHROMIUM, SCREENSHOTS } = process.env;
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const scratch = mkdtempSync(join(tmpdir(), "gradsieve-report-"));
const address = pathToFileURL(join(scratch, "report.html")).href;
const WIDE = { width: 1440, height: 1000 };
const PHONE = { width: 320, height: 640 };
let browser;

before(async () => {
  const program = (...words) => {
    const { status, stderr } = spawnSync(GRADSIEVE, words, { cwd: scratch, encoding: "utf8" });
    // 1 says that a claim does not hold, as is to be expected after a few rounds.
    assert.ok(status === 0 || (status === 1 && words[0] === "check"), `${words.join(" ")}: ${stderr}`);
  };
  const checked = join(scratch, "quickstart");
  program("check", join(ROOT, "experiments/quickstart.toml"), "--quick", "--quiet", "--out", checked);
  writeFileSync(join(scratch, "layer.f64"), new Float64Array(gradient(1000)));
  program("fit", "layer.f64", "--quiet", "--sample", "100", "--out", join(scratch, "fit"));
  program("report", checked, join(scratch, "fit"), "-o", "report.html");
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true });
});

/** Numbers with heavy tails, from a generator of fixed seed. */
function gradient(n) {
  let state = 1;
  const uniform = () => { state = (state * 48271) % 2147483647; return state / 2147483647; };
  return Array.from({ length: n }, () => (uniform() < 0.5 ? 1 : -1) * -Math.log(uniform()) * 1e-3);
}

/** A fresh page; it fails on any network request and on any message in the console. */
async function visit(body, { viewport = WIDE, ...options } = {}) {
  const context = await browser.newContext({ viewport, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) faults.push(message.text()); });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && request.url() !== address) faults.push(`request of ${request.url()}`);
  });
  await page.goto(address);
  await page.waitForSelector("html[data-ready]");
  try {
    await body(page);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

/** The panel of the curves, drawn. */
async function curves(page) {
  const panel = page.locator("[data-panel=r1-curves-panel]");
  await panel.scrollIntoViewIfNeeded();
  await panel.locator("canvas").waitFor();
  return panel;
}
const state = async (panel) => JSON.parse(await panel.locator(".canvas").getAttribute("data-state"));
const action = (panel, name) => panel.locator(`[data-action="${name}"]`);
/** How many pixels of the chart have a color. */
const pixels = (panel, color) => panel.locator("canvas").evaluate((canvas, color) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (color.every((channel, place) => Math.abs(data[at + place] - channel) < 12)) count += 1;
  }
  return count;
}, color);
const BLUE = [0x00, 0x72, 0xb2];

test("a panel draws its curves and names them", () => visit(async (page) => {
  const panel = await curves(page);
  assert.equal((await state(panel)).shown, 3);
  assert.deepEqual(await panel.locator(".legend .name").allTextContents(), ["sgd", "error-feedback top-k", "error-feedback rand-k"]);
  assert.ok(await pixels(panel, BLUE) > 200, "the first line is not drawn");
}));

test("choices, scales and seeds change what is drawn", () => visit(async (page) => {
  const panel = await curves(page);
  const [vertical, horizontal] = [panel.locator("select").nth(0), panel.locator("select").nth(1)];
  for (const across of ["round", "bits", "seconds"]) {
    await horizontal.selectOption(across);
    assert.equal((await state(panel)).chosen[1], across);
  }
  await vertical.selectOption("loss");
  await horizontal.selectOption("bits");
  const before = await state(panel);
  assert.deepEqual(before.chosen.slice(0, 2), ["loss", "bits"]);
  assert.match(await panel.locator(".canvas").getAttribute("aria-label"), /loss f\(x\) against communicated bits/);

  for (const axis of ["x", "y"]) {
    const was = (await state(panel))[axis];
    await action(panel, `log-${axis}`).click();
    const is = (await state(panel))[axis];
    assert.notEqual(is, was);
    assert.equal(await action(panel, `log-${axis}`).getAttribute("aria-pressed"), String(is === "log"));
  }
  await action(panel, "seeds").click();
  const seeds = await state(panel);
  assert.equal(seeds.shown, 6, "three settings of two seeds");
  assert.ok(seeds.single);
}));

test("views set both axes and their scales", () => visit(async (page) => {
  const panel = await curves(page);
  const views = panel.locator(".views button");
  assert.equal(await views.count(), 4);
  await views.nth(2).click();
  assert.deepEqual((await state(panel)).chosen, ["suboptimality", "seconds", "all"]);
  assert.equal(await views.nth(2).getAttribute("aria-pressed"), "true");
  assert.equal(await views.nth(0).getAttribute("aria-pressed"), "false");
}));

test("settings can be hidden and shown", () => visit(async (page) => {
  const panel = await curves(page);
  const first = panel.locator(".legend button").first();
  const drawn = await pixels(panel, BLUE);
  await first.click();
  assert.equal((await state(panel)).shown, 2);
  assert.equal(await first.getAttribute("aria-pressed"), "false");
  assert.ok(await pixels(panel, BLUE) < drawn / 10, "the line is still drawn");
  // What is hidden stays hidden when another quantity is chosen.
  await panel.locator("select").first().selectOption("loss");
  assert.equal((await state(panel)).shown, 2);
  await panel.locator(".legend .all").click();
  assert.equal((await state(panel)).shown, 3);
  await panel.locator(".legend .all").click();
  assert.equal((await state(panel)).shown, 0);
}));

test("the pointer reads values and drags a zoom", () => visit(async (page) => {
  const panel = await curves(page);
  const box = await panel.locator(".u-over").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  assert.match(await panel.locator(".read").textContent(), /^round \d+ · (sgd|error-feedback)/);
  const values = await panel.locator(".legend .value").allTextContents();
  assert.ok(values.every((value) => /\d/.test(value)), values.join(" | "));
  // The value that is read is that of the table.
  const read = await panel.locator(".canvas").getAttribute("data-read");
  const round = Number(/^round (\d+)/.exec(read)[1]);
  const rows = readFileSync(join(scratch, "quickstart/rounds.csv"), "utf8").trim().split("\n").map((line) => line.split(","));
  const at = (name) => rows[0].indexOf(name);
  const own = rows.filter((row) => row[at("label")] === "sgd" && Number(row[at("round")]) === round).map((row) => Number(row[at("suboptimality")]));
  const shown = /sgd [\d.]+ \(([\d.]+) to ([\d.]+)\)/.exec(read).slice(1).map(Number);
  assert.deepEqual(shown, [Math.min(...own), Math.max(...own)].map((value) => Number(value.toPrecision(4))));

  const whole = await state(panel);
  await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.2 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.6 * box.width, box.y + 0.7 * box.height, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction((place) => JSON.parse(place.dataset.state).zoomed, await panel.locator(".canvas").elementHandle());
  const { range } = await state(panel);
  for (const axis of ["x", "y"]) {
    assert.ok(range[axis][0] > whole.range[axis][0] && range[axis][1] < whole.range[axis][1], `${axis}: ${range[axis]}`);
  }
  await action(panel, "reset").click();
  assert.deepEqual((await state(panel)).range, whole.range);
  await action(panel, "zoom-in").click();
  assert.ok((await state(panel)).range.x[1] < whole.range.x[1]);
  await action(panel, "zoom-out").click();
  const again = (await state(panel)).range.x;
  assert.ok(Math.abs(again[1] / whole.range.x[1] - 1) < 1e-6, `${again} after zooming in and out`);
}));

test("everything works by keyboard", () => visit(async (page) => {
  const focus = () => page.evaluate(() => {
    const { tagName, className, textContent } = document.activeElement;
    return `${tagName} ${className} ${textContent.slice(0, 20)}`;
  });
  await page.keyboard.press("Tab");
  assert.match(await focus(), /^A skip/);
  await page.keyboard.press("Enter");
  const panel = await curves(page);
  await panel.locator("select").first().focus();
  await page.keyboard.press("ArrowDown");
  assert.equal((await state(panel)).chosen[0], "loss");
  const reached = [];
  for (let step = 0; step < 14; step++) {
    await page.keyboard.press("Tab");
    reached.push(await focus());
  }
  for (const wanted of [/^SELECT/, /log x/, /log y/, /every seed/, /^DIV canvas/, /sgd/]) {
    assert.ok(reached.some((place) => wanted.test(place)), `${wanted} is not reached: ${reached.join("; ")}`);
  }
  await panel.locator(".canvas").focus();
  await page.keyboard.press("ArrowRight");
  const first = await panel.locator(".read").textContent();
  await page.keyboard.press("ArrowRight");
  const second = await panel.locator(".read").textContent();
  assert.match(first, /^round /);
  assert.notEqual(second, first);
  const whole = (await state(panel)).range.x;
  await page.keyboard.press("+");
  assert.ok((await state(panel)).zoomed);
  await page.keyboard.press("0");
  assert.deepEqual((await state(panel)).range.x, whole);
  await panel.locator(".legend button").first().focus();
  await page.keyboard.press("Space");
  assert.equal((await state(panel)).shown, 2);
  assert.match(await focus(), /sgd/, "the focus is lost when the legend is drawn again");
}));

test("runs sort by each column and filter by words", () => visit(async (page) => {
  const table = page.locator("#r1-runs");
  const column = (index) => table.locator(`tbody tr:not([hidden]) > :nth-child(${index})`).allTextContents();
  const seed = table.locator("thead button", { hasText: "Seed" });
  await seed.click();
  assert.deepEqual(await column(2), ["1", "1", "1", "2", "2", "2"]);
  await seed.click();
  assert.deepEqual(await column(2), ["2", "2", "2", "1", "1", "1"]);
  assert.equal(await table.locator("thead th").nth(1).getAttribute("aria-sort"), "descending");
  const heads = await table.locator("thead th").allTextContents();
  const last = heads.findIndex((head) => head.startsWith("f(x) − f*"));
  await table.locator("thead button").nth(last).click();
  const values = await table.locator(`tbody tr > :nth-child(${last + 1})`).evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.value)));
  assert.equal(values.length, 6);
  assert.deepEqual(values, [...values].sort((a, b) => a - b));
  await table.locator("input").fill("top-k seed 2");
  assert.equal(await table.locator("tbody tr:not([hidden])").count(), 1);
  assert.equal(await table.locator("output").textContent(), "1 of 6 rows");
  await table.locator("input").fill("");
  assert.equal(await table.locator("tbody tr:not([hidden])").count(), 6);
}));

test("theorems have verdicts, both sides and slack", () => visit(async (page) => {
  const card = page.locator("#r1-theory .card", { hasText: "C1" }).first();
  assert.equal(await card.locator(".card-head .verdict").textContent(), "holds");
  const panel = card.locator(".panel");
  await panel.scrollIntoViewIfNeeded();
  await panel.locator(".canvas").waitFor();
  assert.deepEqual(await panel.locator(".legend .name").allTextContents(), ["observed", "bound"]);
  await panel.locator("select").first().selectOption("slack");
  assert.deepEqual((await state(panel)).chosen[0], "slack");
  assert.match(await panel.locator(".legend .reference").textContent(), /as tight as can be: 1/);
}));

test("distributions have histograms with fits, Q–Q plots, sorted curves and R(κ)", () => visit(async (page) => {
  const panel = page.locator("[data-panel=r2-distributions-panel]");
  await panel.scrollIntoViewIfNeeded();
  await panel.locator("canvas").waitFor();
  const select = panel.locator("select").first();
  const kinds = await select.locator("option").allTextContents();
  for (const kind of ["histogram", "Q–Q plot", "sorted curve π²", "R(κ): what top-k leaves", "tail index ξ"]) {
    assert.ok(kinds.includes(kind), `${kind} is not among ${kinds.join(", ")}`);
    await select.selectOption({ label: kind });
    assert.ok((await state(panel)).shown > 0, kind);
    const drawn = await panel.locator("canvas").evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, at) => at % 4 === 3 && value > 0).length;
    });
    assert.ok(drawn > 1000, `${kind}: ${drawn} pixels`);
  }
  await select.selectOption({ label: "Q–Q plot" });
  const names = await panel.locator(".legend .name").allTextContents();
  assert.ok(names.length > 1 && names.includes("equal quantiles"), names.join(", "));
}));

test("files are downloaded to the byte", () => visit(async (page) => {
  for (const name of ["rounds.csv", "checks.csv", "provenance.json"]) {
    const link = page.locator(`#r1-provenance .files a[download="${name}"]`);
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    assert.equal(download.suggestedFilename(), name);
    assert.deepEqual(readFileSync(await download.path()), readFileSync(join(scratch, "quickstart", name)));
  }
  const figures = page.locator("#r1-provenance details.figures");
  await figures.locator("summary").click();
  const link = figures.locator("a.save").first();
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  const name = download.suggestedFilename();
  assert.deepEqual(readFileSync(await download.path()), readFileSync(join(scratch, "quickstart", name)));
}));

test("light and dark follow the system, and the button", () => visit(async (page) => {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  await page.locator("button.theme").click();
  const light = await paper();
  assert.notEqual(light, dark);
  await page.emulateMedia({ colorScheme: "light" });
  assert.equal(await paper(), light);
}, { colorScheme: "dark" }));

for (const [name, viewport] of [["a phone", PHONE], ["a desk", WIDE]]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`on ${name} in ${colorScheme} nothing overflows and axe-core finds no serious fault`, () => visit(async (page) => {
      const { inner, outer } = await page.evaluate(() => ({ inner: document.documentElement.scrollWidth, outer: innerWidth }));
      assert.ok(inner <= outer, `${inner} pixels wide in a window of ${outer}`);
      // All charts, opened parts included.
      await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
      for (const panel of await page.locator("[data-panel]").all()) {
        await panel.scrollIntoViewIfNeeded();
        await panel.locator(".canvas").waitFor();
      }
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "a chart overflows");
      await page.addScriptTag({ path: axe });
      const found = await page.evaluate(async () => (await globalThis.axe.run()).violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`));
      assert.deepEqual(found, []);
      if (SCREENSHOTS) {
        mkdirSync(SCREENSHOTS, { recursive: true });
        await page.evaluate(() => scrollTo(0, 0));
        await page.screenshot({ path: join(SCREENSHOTS, `${viewport.width}-${colorScheme}.png`), fullPage: true });
      }
    }, { viewport, colorScheme }));
  }
}

test("on paper it is white, whole, and without controls", () => visit(async (page) => {
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const { background, controls } = await page.evaluate(() => ({
    background: getComputedStyle(document.body).backgroundColor,
    controls: [...document.querySelectorAll(".controls, .bar")].filter((own) => own.getClientRects().length).length,
  }));
  assert.equal(background, "rgb(255, 255, 255)");
  assert.equal(controls, 0);
  await page.waitForFunction(() => [...document.querySelectorAll("[data-panel]")].every((own) => !own.clientWidth || own.querySelector("canvas")));
  const pdf = await page.pdf({ format: "A4" });
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  if (SCREENSHOTS) writeFileSync(join(SCREENSHOTS, "paper.pdf"), pdf);
}, { colorScheme: "dark" }));
