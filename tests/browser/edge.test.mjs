// The folder for Cloudflare Pages, served as Pages does it, on one hostname with the API: what is below `/api` goes to the
// Worker, everything else to Pages.

import assert from "node:assert/strict";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { accessible, close, open } from "./browser.mjs";
import { ROOT, answers, freePort, start } from "./stack.mjs";

let elsewhere, pages, pagesUrl, front, url;

before(async () => {
  const port = await freePort();
  const wrangler = [join(ROOT, "node_modules/wrangler/bin/wrangler.js"), "pages", "dev", "dist", "--ip", "127.0.0.1", "--port", `${port}`];
  // Away from the checkout's own wrangler.toml, which is the Worker's.
  elsewhere = await mkdtemp(join(tmpdir(), "noc-pages-"));
  await cp(join(ROOT, "frontend/dist"), join(elsewhere, "dist"), { recursive: true });
  pages = start("node", [...wrangler, "--compatibility-date", "2026-04-26", "--show-interactive-dev-session=false"], {
    cwd: elsewhere,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  pagesUrl = `http://127.0.0.1:${port}`;
  await answers(pagesUrl, pages, 60_000);
  front = createServer((asked, answer) => {
    const target = new URL(asked.url.startsWith("/api/") ? process.env.NOC_URL : pagesUrl);
    const passed = request({ host: target.hostname, port: target.port, path: asked.url, method: asked.method, headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(front, "listening");
  url = `http://127.0.0.1:${front.address().port}`;
});

after(async () => {
  await close();
  front?.closeAllConnections();
  front?.close();
  await pages?.end();
  await rm(elsewhere, { recursive: true, force: true });
});

test("the folder for Pages has its headers, its redirects, and the page for every path", async () => {
  const page = await fetch(`${pagesUrl}/servers/alpha?tab=logs`);
  const text = await page.text();
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy"), /script-src 'self' 'wasm-unsafe-eval';/);
  assert.doesNotMatch(page.headers.get("content-security-policy"), /unsafe-inline/);
  assert.equal(page.headers.get("x-frame-options"), "DENY");
  const script = text.match(/\/assets\/noc-[0-9a-f]+\.js/)[0];
  const wasm = text.match(/\/assets\/noc-[0-9a-f]+\.wasm/)[0];
  for (const [path, type] of [[script, "javascript"], [wasm, "application/wasm"]]) {
    const asset = await fetch(pagesUrl + path);
    assert.equal(asset.status, 200);
    assert.match(asset.headers.get("content-type"), new RegExp(type));
    assert.equal(asset.headers.get("cache-control"), "public, max-age=31536000, immutable");
  }
  const redirect = await fetch(`${pagesUrl}/dashboard`, { redirect: "manual" });
  assert.deepEqual([redirect.status, redirect.headers.get("location")], [302, "/servers"]);
});

test("on one hostname with the API the dashboard of Pages works", async () => {
  const page = await open("/health", { url });
  await page.getByText("Everything works").waitFor();
  await accessible(page, "health, of Pages");
  await page.done();
});

test("where no Worker stands behind /api, the dashboard says that the API does not answer", async () => {
  const page = await open("/servers", { url: pagesUrl, expected: [/./] });
  await page.locator(".gone").waitFor();
  await page.done();
});
