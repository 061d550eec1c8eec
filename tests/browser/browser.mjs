// A real Chromium, and what every test looks at.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

import { COOKIE, ROOT } from "./stack.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Where NOC is, and the control of its simulator: said by whoever started both. */
export const NOC = process.env.NOC_URL;
const SIMULATOR = process.env.NOC_SIMULATOR;

/** Who is signed in, unless a test says otherwise. */
const SESSION = process.env.NOC_SESSION;

/** Has a browser be signed in. */
export async function signedIn(context, session = SESSION, url = NOC) {
  const { hostname } = new URL(url);
  await context.addCookies([{ name: COOKIE, value: session, domain: hostname, path: "/", secure: true, httpOnly: true, sameSite: "Strict" }]);
}

/** Where the pictures of the pages go. */
export const SCREENS = `${process.env.NOC_SCREENS ?? `${ROOT}target/screens`}`;

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 360, height: 780 };

let browser;

/** Starts Chromium, or says what is missing. */
export async function launch() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  await mkdir(SCREENS, { recursive: true });
  return browser;
}

export async function close() {
  await browser?.close();
}

/** A page of its own. What it complains about, and whom it asks but NOC, fails the test at its end. */
export async function open(path, { viewport = WIDE, colorScheme = "light", expected = [], url = NOC, session = SESSION } = {}) {
  const context = await (await launch()).newContext({ viewport, colorScheme, reducedMotion: "reduce" });
  if (session) await signedIn(context, session, url);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url + path);
  await page.locator("#main").waitFor();
  return Object.assign(page, {
    async done() {
      await context.close();
      const unexpected = complaints.filter((complaint) => !expected.some((pattern) => pattern.test(complaint)));
      assert.deepEqual(unexpected, [], "the page complained");
    },
  });
}

/** Says that axe finds nothing: WCAG 2.2 AA, and its best practices. */
export async function accessible(page, where) {
  // Run by the debugger: the page's own policy would not let a script in.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).slice(0, 3).join("\n    ")}`);
  assert.deepEqual(found, [], `axe on ${where}`);
}

/** Says that nothing hangs over the right edge. */
export async function fits(page, where) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${where} is ${over} pixels too wide`);
}

/** Asks NOC itself. */
export async function api(path, options = {}) {
  const headers = { "content-type": "application/json", prefer: "respond-async", authorization: `Bearer ${process.env.NOC_TOKEN}` };
  const answer = await fetch(NOC + path, { headers, ...options });
  return answer.status === 204 ? null : answer.json();
}

/** Begins to deploy a server, and gives the deployment's id. */
export async function deploy(name, more = {}) {
  const body = { server_name: name, droplet_size: "s-2vcpu-4gb", droplet_region: "nyc1", branch: "master", enable_cloudflare_proxy: true, ...more };
  return (await api("/api/deploy", { method: "POST", body: JSON.stringify(body) })).deployment_id;
}

/** Waits until a deployment stands so. */
export async function until(id, status, patience = 60_000) {
  const end = Date.now() + patience;
  for (;;) {
    const shown = await api(`/api/deployments/${id}`);
    if (shown.status === status) return shown;
    assert.ok(Date.now() < end, `${id} is ${shown.status}, not ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Takes a server away, whatever became of it. */
export async function destroy(name) {
  const { deployment_id: id } = await api(`/api/servers/${name}`, { method: "DELETE", body: '{"confirm":"DESTROY"}' });
  if (id) await until(id, "succeeded");
}

/** Tells the simulator something. */
export async function simulator(method, path, body) {
  const answer = await fetch(`${SIMULATOR}/_simulator/${path}`, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

/** Has calls of a provider fail. */
export function fault(provider, method, path, times, effect) {
  return simulator("POST", "faults", { match: { provider, method, path_contains: path, times }, effect });
}
