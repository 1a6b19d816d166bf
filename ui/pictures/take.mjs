/**
 * Takes pictures of every screen and state, in light and dark, wide and narrow, in a real browser over the built page
 * with the real content security policy, and fails where axe objects, the policy refuses something, the page logs an
 * error, or a narrow window would have to be scrolled sideways.
 *
 *     npm run build && node pictures/take.mjs FOLDER [PART OF A NAME]
 *
 * Needs Debian's chromium, or another one named by CHROMIUM.
 */
import { readFile, mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { createServer as createVite } from "vite";
import { walks } from "./walks.mjs";

const [folder, only = ""] = process.argv.slice(2);
if (!folder) throw new Error("Which folder do the pictures go to?");
const here = fileURLToPath(new URL("..", import.meta.url));
const out = resolve(folder);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const { csp } = JSON.parse(await readFile(join(here, "../src-tauri/tauri.conf.json"), "utf8")).app.security;
const policy = Object.entries(csp).map(([name, value]) => `${name} ${value}`).join("; ");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://127.0.0.1").pathname;
  if (path === "/favicon.ico") return void response.writeHead(204).end();
  try {
    const body = await readFile(join(here, "dist", path === "/" ? "index.html" : path));
    response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? TYPES[".html"], "Content-Security-Policy": policy });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const address = `http://127.0.0.1:${server.address().port}/`;

// The scenes are TypeScript that the tests share: vite reads them.
const vite = await createVite({ root: here, server: { middlewareMode: true, watch: null, ws: false, hmr: false }, logLevel: "error", appType: "custom" });
const { scenes } = await vite.ssrLoadModule("/src/test/scenes.ts");
const stages = walks(await vite.ssrLoadModule("/src/test/scenes.ts"), await vite.ssrLoadModule("/src/test/data.ts"));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Stands in for Tauri in the page. */
function internals() {
  const callbacks = new Map();
  const listeners = [];
  let next = 1;
  window.__TAURI_INTERNALS__ = {
    metadata: { currentWindow: { label: "main" }, currentWebview: { label: "main" } },
    transformCallback(callback) {
      callbacks.set(next, callback);
      return next++;
    },
    unregisterCallback: (id) => callbacks.delete(id),
    async invoke(command, sent) {
      if (command === "plugin:event|listen") {
        listeners.push({ event: sent.event, id: sent.handler });
        return sent.handler;
      }
      if (command === "plugin:event|unlisten") return null;
      const answer = await window.__answer(command, sent ?? {});
      if ("failure" in answer) throw answer.failure;
      return answer.value;
    },
  };
  window.__TAURI_EVENT_PLUGIN_INTERNALS__ = { unregisterListener() {} };
  window.__tell = (event, payload) => {
    for (const { event: heard, id } of listeners) if (heard === event) callbacks.get(id)?.({ event, id, payload });
  };
  window.__refused = [];
  addEventListener("securitypolicyviolation", (event) => window.__refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
}

const complaints = [];

const SIZES = [{ width: 1100, height: 720, suffix: "" }, { width: 320, height: 720, suffix: "-narrow" }];
const THEMES = ["light", "dark"];

/** Goes there once, then takes a picture in each theme and size: the page follows both while it is open. */
async function take(stage) {
  let name = stage.name;
  const context = await browser.newContext({
    viewport: { width: SIZES[0].width, height: SIZES[0].height },
    colorScheme: THEMES[0],
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const complain = (text) => complaints.push(`${name}: ${text}`);
  page.on("pageerror", (error) => complain(`the page threw ${error.message}`));
  page.on("console", (message) => message.type() === "error" && complain(`the page logged ${message.text()}`));
  await page.exposeFunction("__answer", async (command, sent) => {
    if (!(command in stage.answers)) return { value: null };
    const answer = stage.answers[command];
    try {
      return { value: (await (typeof answer === "function" ? answer(sent) : answer)) ?? null };
    } catch (failure) {
      if (failure instanceof Error) throw failure;
      return { failure };
    }
  });
  await page.addInitScript(internals);
  await page.goto(address);
  await page.waitForSelector("h1, [role=alert], [role=status] span, [role=status] svg", { timeout: 5000 }).catch(() => complain("nothing is shown"));
  try {
    await stage.walk?.(page);
  } catch (error) {
    complain(`the walk stopped: ${error.message}`);
  }
  await page.mouse.move(0, 0); // nothing is under the pointer
  await page.evaluate(axe);
  for (const { width, height, suffix } of SIZES) {
    await page.setViewportSize({ width, height });
    for (const theme of THEMES) {
      name = `${stage.name}-${theme}${suffix}`;
      await page.emulateMedia({ colorScheme: theme });
      await page.waitForTimeout(120);
      // A picture of all of it where the page itself is longer than the window.
      await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
      await judge(page, complain);
      count += 1;
    }
  }
  await context.close();
}

/** What axe, the policy and the width of the window have against the page. */
async function judge(page, complain) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  for (const { id, nodes } of violations) for (const { html, failureSummary } of nodes.slice(0, 3)) complain(`axe ${id}: ${html.slice(0, 220)} – ${failureSummary.replaceAll("\n", " ").slice(0, 240)}`);
  for (const refused of await page.evaluate(() => window.__refused)) complain(`the policy refused ${refused}`);
  const sideways = await page.evaluate(() => {
    const wide = [];
    const root = document.scrollingElement;
    if (root.scrollWidth > root.clientWidth) wide.push("the page");
    for (const element of document.querySelectorAll("main, main *, [role=dialog], [role=dialog] *")) {
      const style = getComputedStyle(element);
      if (element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(style.overflowX) && element.clientWidth > 0) wide.push(element.className || element.tagName);
    }
    return wide;
  });
  for (const wide of sideways) complain(`sideways: ${wide}`);
}

await mkdir(out, { recursive: true });
const jobs = [...scenes, ...stages].filter(({ name }) => name.includes(only));
let count = 0;
const worker = async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) await take(job);
};
await Promise.all([worker(), worker()]);
await browser.close();
await vite.close();
server.close();
console.log(`${count} pictures in ${out}`);
for (const complaint of [...new Set(complaints)].sort()) console.log(complaint);
if (complaints.length > 0) process.exitCode = 1;
