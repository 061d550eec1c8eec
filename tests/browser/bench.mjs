// Measures the dashboard as it is deployed, with ten thousand servers in the list.
//
// What the local workerd does not compress, a small server in front of it does: assets as well as brotli can, which is how
// they are counted by the build, too, and answers of the API as quickly as an edge does.

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { launch as launchChrome } from "chrome-launcher";
import lighthouse from "lighthouse";
import { chromium } from "playwright-core";

import { COOKIE, seed, stack } from "./stack.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const SERVERS = 10_000;

const over = [];

/** Prints a figure, and remembers when it is over its limit. */
function figure(name, value, limit, ok) {
  console.log(`  ${name.padEnd(44)} ${String(value).padStart(12)}   ${limit}${ok ? "" : "   OVER"}`);
  if (!ok) over.push(name);
}

/** In front of NOC: compresses what the edge would. */
async function edge(noc, session) {
  const target = new URL(noc);
  // Nobody shall wait for the compression while the time is taken.
  const kept = new Map();
  const server = createServer((asked, answer) => {
    // The session is put in here, so that whatever measures need not know of it.
    const cookie = `${COOKIE}=${session}`;
    const headers = { ...asked.headers, "accept-encoding": "identity", cookie };
    const passed = request({ host: target.hostname, port: target.port, path: asked.url, method: asked.method, headers }, (got) => {
      const type = got.headers["content-type"] ?? "";
      if (!/text|javascript|json|wasm|svg/.test(type) || type.includes("event-stream")) {
        answer.writeHead(got.statusCode, got.headers);
        got.pipe(answer);
        return;
      }
      const asset = asked.url.startsWith("/assets/") && got.statusCode === 200;
      const quality = asset ? 11 : 4;
      const pieces = [];
      got.on("data", (piece) => pieces.push(piece));
      got.on("end", () => {
        const body = (asset && kept.get(asked.url)) || brotliCompressSync(Buffer.concat(pieces), { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
        if (asset) kept.set(asked.url, body);
        const { "transfer-encoding": _, ...rest } = got.headers;
        answer.writeHead(got.statusCode, { ...rest, "content-encoding": "br", "content-length": body.length });
        answer.end(body);
      });
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, end: () => (server.closeAllConnections(), server.close()) };
}

async function firstLoad(browser, url) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  const [types, sizes] = [new Map(), new Map()];
  cdp.on("Network.responseReceived", ({ requestId, response }) => types.set(requestId, response.url));
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
  const begun = Date.now();
  await page.goto(`${url}/health`);
  await page.getByText("Everything works").waitFor();
  const content = Date.now() - begun;
  await page.waitForTimeout(500);
  const own = [...sizes].filter(([id]) => types.has(id) && !types.get(id).includes("/api/"));
  const sum = own.reduce((sum, [, size]) => sum + size, 0);
  for (const [id, size] of own) console.log(`    ${new URL(types.get(id)).pathname.padEnd(42)} ${(size / 1000).toFixed(1).padStart(9)} kB`);
  figure("first load over the wire, brotli", `${(sum / 1000).toFixed(1)} kB`, "350 kB at most", sum <= 350_000);
  figure("requests, without those to the API", own.length, "", true);
  figure("time to content, on this machine", `${content} ms`, "", true);
  await page.context().close();
}

async function scores(url) {
  const chrome = await launchChrome({ chromePath: CHROMIUM, chromeFlags: FLAGS });
  try {
    const { lhr } = await lighthouse(url, { port: chrome.port, onlyCategories: ["performance", "accessibility", "best-practices"], logLevel: "error" });
    for (const { id, score } of Object.values(lhr.categories)) {
      figure(`Lighthouse, ${id}`, Math.round(score * 100), "95 at least", score >= 0.95);
      if (score >= 0.95) continue;
      const bad = lhr.categories[id].auditRefs.map((ref) => lhr.audits[ref.id]).filter((audit) => audit.score !== null && audit.score < 0.9);
      for (const audit of bad) console.log(`    ${audit.id}: ${audit.displayValue ?? audit.title}`);
    }
  } finally {
    await chrome.kill();
  }
}

async function large(browser, url) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.goto(`${url}/servers`);
  await page.getByText(`${SERVERS} servers`, { exact: true }).waitFor({ timeout: 120_000 });
  await page.waitForTimeout(1_000);
  const took = await page.evaluate(async () => {
    const input = document.querySelector("[data-filter]");
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    const times = [];
    for (let round = 0; round < 5; round += 1) {
      for (const text of ["f", "fl", "fleet-0", "fleet-09", "fleet-0999", "fleet-09", "stuck fra1", "s", ""]) {
        const begun = performance.now();
        set.call(input, text);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((resolve) =>
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = resolve;
            port2.postMessage(0);
          }),
        );
        times.push(performance.now() - begun);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    return times.sort((one, other) => one - other);
  });
  const [middle, worst] = [took[took.length >> 1], took.at(-1)];
  figure("filter keystroke to screen, median", `${middle.toFixed(0)} ms`, "", true);
  figure("filter keystroke to screen, worst", `${worst.toFixed(0)} ms`, "50 ms at most", worst <= 50);
  await page.waitForTimeout(1_000);
  const frames = await page.evaluate(async () => {
    const frames = [];
    let before = await new Promise(requestAnimationFrame);
    for (let count = 0; count < 600; count += 1) {
      window.scrollBy(0, count < 300 ? 90 : -90);
      const now = await new Promise(requestAnimationFrame);
      frames.push(now - before);
      before = now;
    }
    return frames;
  });
  const usual = [...frames].sort((one, other) => one - other)[frames.length >> 1];
  const dropped = frames.reduce((sum, frame) => sum + Math.max(0, Math.round(frame / usual) - 1), 0);
  figure("frames of 600 that a scroll dropped", dropped, "6 at most", dropped <= 6);
  await page.context().close();
}

const state = await mkdtemp(join(tmpdir(), "noc-bench-"));
let noc, front, browser;
try {
  noc = await stack(state, { release: true });
  await noc.end();
  await seed(state, SERVERS);
  noc = await stack(state, { release: true });
  front = await edge(noc.url, noc.session);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const warm = await (await browser.newContext()).newPage();
  await warm.goto(`${front.url}/health`);
  await warm.getByText("Everything works").waitFor();
  await warm.context().close();
  console.log("\nThe dashboard");
  await firstLoad(browser, front.url);
  await large(browser, front.url);
  await browser.close();
  await scores(`${front.url}/catalog`);
} finally {
  await browser?.close();
  front?.end();
  await noc?.end();
  await rm(state, { recursive: true, force: true });
}
process.exit(over.length === 0 ? 0 : 1);
