// The dashboard on Cloudflare Pages: its folder as `cargo xtask build --release` leaves it, served by `wrangler pages dev`,
// beneath a hostname whose `/api/*` is routed to the Worker.

import assert from "node:assert/strict";
import { once } from "node:events";
import { access, cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { NOC, close, open } from "./browser.mjs";
import { ROOT, answers, freePort, start } from "./stack.mjs";

let pages, url, folder, hostname;

before(async () => {
  await access(`${ROOT}frontend/dist/index.html`).catch(() => assert.fail("there is no frontend/dist: `cargo xtask build --release` makes it"));
  // All of it is somewhere else, wrangler too: it looks for a wrangler.toml above itself, and ours is about the Worker.
  folder = await mkdtemp(join(tmpdir(), "noc-pages-"));
  await cp(`${ROOT}frontend/dist`, `${folder}/site`, { recursive: true });
  await symlink(`${ROOT}node_modules`, `${folder}/node_modules`);
  const port = await freePort();
  const wrangler = ["--preserve-symlinks", "--preserve-symlinks-main", `${folder}/node_modules/wrangler/bin/wrangler.js`, "pages", "dev", `${folder}/site`];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false" };
  pages = start("node", [...wrangler, "--ip", "127.0.0.1", "--port", `${port}`, "--compatibility-date", "2026-04-26"], { cwd: folder, env });
  url = `http://127.0.0.1:${port}`;
  await answers(url, pages, 120_000);
  hostname = await routed(new URL(url), new URL(NOC));
});

after(async () => {
  hostname?.end();
  await pages?.end();
  await rm(folder, { recursive: true, force: true });
  await close();
});

/** One hostname: the Worker has its route, and Pages the rest. */
async function routed(site, worker) {
  const server = createServer((asked, answer) => {
    const { hostname: host, port } = asked.url.startsWith("/api/") ? worker : site;
    const passed = request({ host, port, path: asked.url, method: asked.method, headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, end: () => (server.closeAllConnections(), server.close()) };
}

test("a link to any page is answered with the page and its policies", async () => {
  for (const path of ["/", "/servers", "/servers/alpha", "/deployments/dep_000000000000000000000001", "/nothing/here"]) {
    const answer = await fetch(url + path);
    assert.equal(answer.status, 200, path);
    assert.match(await answer.text(), /<title>NOC<\/title>/, path);
    const policy = answer.headers.get("content-security-policy");
    assert.ok(policy?.includes("'wasm-unsafe-eval'") && !policy.includes("unsafe-inline"), `${path}: ${policy}`);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.doesNotMatch(answer.headers.get("cache-control") ?? "", /immutable/, path);
  }
});

test("what the page names is kept for ever, and is of its kind", async () => {
  const page = await (await fetch(url)).text();
  const names = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, name]) => name);
  assert.ok(names.length >= 5, `${names}`);
  const kinds = { wasm: "application/wasm", js: "javascript", css: "text/css", woff2: "font/woff2" };
  for (const name of names) {
    const answer = await fetch(url + name);
    assert.equal(answer.headers.get("cache-control"), "public, max-age=31536000, immutable", name);
    assert.ok(answer.headers.get("content-type").includes(kinds[name.split(".").at(-1)]), `${name}: ${answer.headers.get("content-type")}`);
  }
});

test("words that people type lead to where they mean", async () => {
  for (const [path, to] of [["/dashboard", "/servers"], ["/docs", "/api/openapi.json"]]) {
    const answer = await fetch(url + path, { redirect: "manual" });
    assert.deepEqual([answer.status, answer.headers.get("location")], [302, to], path);
  }
});

test("beneath one hostname with the API it is the whole dashboard, and asks nobody else", async () => {
  const page = await open("/catalog", { url: hostname.url });
  await page.getByText("Frankfurt 1").first().waitFor();
  await page.locator("nav.side .account a").click();
  await page.getByText("This one").waitFor();
  await page.done();
});
