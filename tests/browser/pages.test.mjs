// Each page, at two widths and in both themes: looked at by axe, and kept as a picture for people to look at.

import { after, before, test } from "node:test";

import { NARROW, NOC, SCREENS, WIDE, accessible, api, close, deploy, destroy, fault, fits, open, simulator, until } from "./browser.mjs";

let active, stuck;

before(async () => {
  active = await deploy("alpha");
  const small = { droplet_size: "s-1vcpu-1gb", droplet_region: "fra1", application: "blank", environment: "staging", enable_cloudflare_proxy: false };
  const others = [await deploy("bravo"), await deploy("frankfurt-1", small)];
  for (const id of [active, ...others]) await until(id, "succeeded");
  await fault("cloudflare", "POST", "/dns_records/batch", 1, { status: 400 });
  await fault("digitalocean", "DELETE", "/droplets", 1000, { status: 403 });
  stuck = await deploy("charlie");
  await until(stuck, "stuck");
});

after(async () => {
  await simulator("DELETE", "faults");
  for (const name of ["alpha", "bravo", "charlie", "frankfurt-1"]) await destroy(name);
  await close();
});

const PAGES = [
  ["servers", () => "/servers", "text=frankfurt-1"],
  ["servers-cards", () => "/servers?view=cards&group=region", ".server-card"],
  ["servers-none", () => "/servers?search=nothing", "text=No server fits"],
  ["deploy", () => "/deploy", "text=How large"],
  ["deployments", () => "/deployments", "text=Deploy of charlie"],
  ["deployment", () => `/deployments/${active}`, ".step.done"],
  ["deployment-stuck", () => `/deployments/${stuck}`, "text=Left over"],
  ["server", () => "/servers/alpha", "text=alpha-text-api"],
  ["server-metrics", () => "/servers/alpha?tab=metrics", ".chart"],
  ["server-logs", () => "/servers/alpha?tab=logs", ".log-line"],
  ["server-history", () => "/servers/alpha?tab=history", ".grid-row"],
  ["server-destroy", () => "/servers/alpha?tab=danger", "text=The DNS record of"],
  ["server-missing", () => "/servers/nobody", "text=There is no such server"],
  ["drift", () => "/drift", ".empty, .grid-row"],
  ["orphans", () => "/orphans", ".empty, .grid-row"],
  ["catalog", () => "/catalog", "text=Frankfurt 1"],
  ["applications", () => "/applications", "text=flaggerlink"],
  ["application", () => "/applications/flaggerlink", "text=What a machine would get"],
  ["application-new", () => "/applications?act=new", "text=Cloud-init template"],
  ["projects", () => "/projects", "text=Add a project"],
  ["ssh-keys", () => "/ssh-keys", "text=Add a key"],
  ["members", () => "/members", "text=owner@localhost"],
  ["tokens", () => "/tokens", "text=cargo xtask dev"],
  ["settings", () => "/settings", "text=This one"],
  ["audit", () => "/audit", "text=Server charlie"],
  ["health", () => "/health", "text=Everything works"],
  ["ui", () => "/ui", "text=Above the page"],
  ["nothing", () => "/nothing/here", "text=leads nowhere"],
];

for (const [name, path, there] of PAGES) {
  test(`${name} is accessible and fits, wide and narrow, light and dark`, async () => {
    for (const [width, viewport] of [["wide", WIDE], ["narrow", NARROW]]) {
      for (const colorScheme of ["light", "dark"]) {
        // What is not there is answered with 404, which Chromium writes into its console.
        const expected = name === "server-missing" ? [/404/] : [];
        const page = await open(path(), { viewport, colorScheme, expected });
        await page.locator(there).first().waitFor();
        await page.waitForTimeout(150);
        await page.screenshot({ path: `${SCREENS}/${name}-${width}-${colorScheme}.png`, fullPage: true });
        await accessible(page, `${name}, ${width}, ${colorScheme}`);
        await fits(page, `${name}, ${width}`);
        await page.done();
      }
    }
  });
}

const ABOVE = [
  ["palette", async (page) => (await page.keyboard.press("Control+k"), page.getByRole("combobox", { name: "Find anything" }).fill("fra"))],
  ["shortcuts", (page) => page.keyboard.press("?")],
  ["activity", (page) => page.keyboard.press("a")],
  ["theme", (page) => page.keyboard.press("t")],
  ["audit-event", async (page) => (await page.goto(`${NOC}/audit`), page.locator("summary", { hasText: "Server charlie" }).first().click())],
];

test("what lies above the pages is accessible in both themes", async () => {
  for (const [name, act] of ABOVE) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open("/servers", { colorScheme });
      await page.locator("text=frankfurt-1").first().waitFor();
      await act(page);
      await page.waitForTimeout(250);
      await page.screenshot({ path: `${SCREENS}/${name}-wide-${colorScheme}.png` });
      await accessible(page, `${name}, ${colorScheme}`);
      await page.done();
    }
  }
});

test("the ways in are accessible and fit, wide and narrow, light and dark", async () => {
  for (const [width, viewport] of [["wide", WIDE], ["narrow", NARROW]]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const [name, path, words] of [
        ["sign-in", "/drift", "Sign in"],
        ["sign-in-problem", "/sign-in?problem=expired", "Sign in"],
        ["sign-in-invited", "/sign-in#invitation=none", "You are invited"],
      ]) {
        const page = await open(path, { viewport, colorScheme, session: "", expected: [/401/] });
        await page.locator("h1", { hasText: words }).waitFor();
        await page.waitForTimeout(150);
        await page.screenshot({ path: `${SCREENS}/${name}-${width}-${colorScheme}.png`, fullPage: true });
        await accessible(page, `${name}, ${width}, ${colorScheme}`);
        await fits(page, `${name}, ${width}`);
        await page.done();
      }
    }
  }
});

test("on a phone every page is behind the last place of the bar", async () => {
  const page = await open("/servers", { viewport: NARROW });
  await page.getByRole("button", { name: "More" }).click();
  const sheet = page.getByRole("dialog", { name: "All pages" });
  await sheet.locator(".account", { hasText: "Owner" }).waitFor();
  await page.screenshot({ path: `${SCREENS}/more-narrow-light.png` });
  await accessible(page, "all pages");
  await sheet.getByRole("link", { name: "Audit" }).click();
  await page.locator("h1", { hasText: "Audit" }).waitFor();
  await sheet.waitFor({ state: "hidden" });
  await page.done();
});

test("from a phone to a wall nothing hangs over", async () => {
  for (const [width, height] of [[320, 640], [768, 1024], [1024, 768], [1920, 1080], [3840, 2160]]) {
    for (const path of ["/servers", "/servers?view=cards", "/deploy", `/deployments/${stuck}`, "/servers/alpha", "/servers/alpha?tab=metrics", "/audit", "/tokens", "/members"]) {
      const page = await open(path, { viewport: { width, height } });
      await page.locator("h1").waitFor();
      await page.waitForTimeout(400);
      if (width === 3840) await page.screenshot({ path: `${SCREENS}/wall${path.replaceAll(/[^a-z]+/g, "-")}.png` });
      await fits(page, `${path} at ${width}`);
      await page.done();
    }
  }
});

test("every answer that is a page has a policy without unsafe-inline", async () => {
  const page = await open("/servers");
  const answer = await page.request.get(`${page.url()}`);
  const policy = answer.headers()["content-security-policy"];
  if (!policy || policy.includes("unsafe-inline") || !policy.includes("'wasm-unsafe-eval'")) throw new Error(`the policy is ${policy}`);
  if ((await api("/api/health")).ok !== true) throw new Error("the API is not well");
  await page.done();
});
