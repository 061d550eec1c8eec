// What people do here: each of it against the whole of NOC, with the machines and the providers simulated.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";

import { NARROW, NOC, accessible, api, close, deploy, destroy, fault, open, simulator, until } from "./browser.mjs";
import { proven } from "./sessions.mjs";

after(close);
beforeEach(async () => {
  await simulator("DELETE", "faults");
  await simulator("POST", "agents", { boot: true });
});

const status = (page, word) => page.locator(".badge", { hasText: word }).first().waitFor({ timeout: 60_000 });

test("a deploy is followed to active, and the server is destroyed by typing its name", async () => {
  const page = await open("/servers", { session: await proven() });
  await page.getByRole("link", { name: /Deploy (a server|the first one)/ }).first().click();
  await page.locator("#name").fill("delta");
  await page.getByText("This name is free.").waitFor();
  await page.getByRole("radio", { name: "New York 1" }).check();
  assert.deepEqual(await page.locator("[data-domains] li").allTextContents(), [
    "delta.flaggerlink.test",
    "delta-api.flaggerlink.test",
    "delta-text-api.flaggerlink.test",
  ]);
  assert.equal(await page.locator("[data-cost]").textContent(), "$24");
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.waitForURL(/\/deployments\/dep_/);
  await page.locator("h1", { hasText: "Deploy of delta" }).waitFor();
  // A toast stands for some seconds: it may come before what follows the stream, and go.
  await Promise.all([status(page, "Succeeded"), page.locator(".toast", { hasText: "delta is active" }).waitFor({ timeout: 60_000 })]);
  assert.equal(await page.locator(".step.done").count(), await page.locator(".step").count());

  await page.getByRole("link", { name: "Server delta" }).click();
  await page.locator(".badge", { hasText: "Healthy" }).first().waitFor({ timeout: 30_000 });
  await page.getByRole("link", { name: "Destroy", exact: true }).click();
  await page.getByRole("button", { name: "Destroy", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Destroy delta?" });
  await dialog.getByText("The DNS record of delta-api.flaggerlink.test").waitFor();
  const confirm = dialog.getByRole("button", { name: "Destroy for good" });
  await dialog.getByLabel("Type delta to confirm").fill("delt");
  assert.equal(await confirm.isDisabled(), true);
  await dialog.getByLabel("Type delta to confirm").fill("delta");
  await confirm.click();
  await page.locator("h1", { hasText: "Destroy of delta" }).waitFor();
  await status(page, "Succeeded");
  await page.done();
  assert.deepEqual((await api("/api/servers?search=delta")).servers, []);
});

test("a name that cannot be one is told at once, by the rules of the Worker", async () => {
  const id = await deploy("taken");
  const page = await open("/deploy");
  const button = page.getByRole("button", { name: "Deploy", exact: true });
  for (const [name, words] of [
    ["Echo", "is not allowed"],
    ["-echo", "begins and ends"],
    ["e".repeat(60), "at most 54 characters"],
    ["taken", "There is a server of this name already."],
  ]) {
    await page.locator("#name").fill(name);
    await page.locator(".wrong", { hasText: words }).waitFor();
    if (name !== "taken") assert.equal(await button.isDisabled(), true, name);
  }
  await page.locator("#name").fill("echo");
  await page.locator("#branch").fill("a..b");
  await page.locator(".wrong", { hasText: "neither .. nor @{" }).waitFor();
  await page.locator("#branch").fill("master");
  await page.locator("#project").fill("nowhere");
  await button.click();
  await page.locator(".note", { hasText: "It was not deployed" }).waitFor();
  await until(id, "succeeded");
  await page.context().close();
  await destroy("taken");
});

test("a deploy that gets stuck says what is left over, and goes on when it is retried", async () => {
  await fault("cloudflare", "POST", "/dns_records/batch", 1, { status: 400 });
  await fault("digitalocean", "DELETE", "/droplets", 1, { status: 403 });
  const id = await deploy("foxtrot");
  const page = await open(`/deployments/${id}`);
  await status(page, "Stuck");
  const left = page.getByRole("region", { name: "Left over" });
  await left.getByText("Droplet at DigitalOcean").waitFor();
  await left.getByText("$24 per month until it is removed").waitFor();
  // What the provider said is said once.
  assert.doesNotMatch(await page.locator(".note", { hasText: "Stuck" }).textContent(), /\(\d{3}\): /);
  const server = await open("/servers/foxtrot");
  await server.locator("li .badge", { hasText: "Left over" }).first().waitFor();
  assert.equal(await server.locator("li .badge", { hasText: "Being removed" }).count(), 0);
  await server.done();
  await page.getByRole("button", { name: "Retry" }).click();
  await status(page, "Unwound");
  await left.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Deploy again" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(id));
  await status(page, "Succeeded");
  await page.done();
  await destroy("foxtrot");
});

test("a deploy under way is cancelled, and everything is undone", async () => {
  await simulator("POST", "agents", { boot: false });
  const id = await deploy("golf");
  const page = await open(`/deployments/${id}`);
  await page.locator("[data-step=wait_for_agent]", { hasText: "Waiting for" }).first().waitFor({ timeout: 30_000 });
  await page.getByRole("button", { name: "Cancel" }).click();
  await status(page, "Unwound");
  await page.done();
  await simulator("POST", "agents", { boot: true });
  assert.equal((await simulator("GET", "ledger")).counts.droplets, 0);
});

test("a page that is reloaded in the middle goes on where it was", async () => {
  await simulator("POST", "agents", { boot: false });
  const id = await deploy("hotel");
  const page = await open(`/deployments/${id}`);
  await page.locator(".step.done").nth(2).waitFor({ timeout: 30_000 });
  await page.reload();
  await page.locator(".step.done").nth(2).waitFor();
  await page.locator("[data-stream]", { hasText: "Live" }).waitFor();
  await simulator("POST", "agents", { boot: true });
  await status(page, "Succeeded");
  await page.done();
  await destroy("hotel");
});

test("a connection that is cut in the middle is resumed behind the last event, and nothing is shown twice", async () => {
  await simulator("POST", "agents", { boot: false });
  const id = await deploy("india");
  const page = await open(`/deployments/${id}`, { expected: [/ERR_/, /Failed to load/] });
  await page.locator(".step.done").nth(2).waitFor({ timeout: 30_000 });
  const resumed = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/events")) resumed.push(request.headers()["last-event-id"]);
  });
  const events = () => page.locator("[data-event]").evaluateAll((all) => all.map((one) => Number(one.dataset.event)));
  await page.locator("[data-event]").nth(2).waitFor();
  const before = await events();
  await page.context().setOffline(true);
  await page.locator(".gone").waitFor({ timeout: 20_000 });
  await simulator("POST", "agents", { boot: true });
  await until(id, "succeeded");
  await page.context().setOffline(false);
  await status(page, "Succeeded");
  await page.locator(".gone").waitFor({ state: "detached" });
  await page.locator("[data-stream]", { hasText: "Ended" }).waitFor({ timeout: 20_000 });
  const after = await events();
  assert.ok(after.length > before.length, `${after} has more than ${before}`);
  assert.equal(new Set(after).size, after.length, "an event is shown twice");
  assert.deepEqual(after, [...after].sort((one, other) => other - one));
  assert.ok(resumed.length > 0 && resumed.every((last) => Number(last) >= Math.max(...before)), `resumed from ${resumed}`);
  await page.done();
  await destroy("india");
});

test("when the API is gone one quiet bar says so, and all of it comes back by itself", async () => {
  const id = await deploy("juliett");
  await until(id, "succeeded");
  const page = await open("/servers", { expected: [/./] });
  await page.locator("a.name", { hasText: "juliett" }).waitFor();
  for (const gone of [(route) => route.abort(), (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" })]) {
    await page.route("**/api/**", gone);
    await page.locator(".gone").waitFor({ timeout: 30_000 });
    assert.equal(await page.locator(".gone").count(), 1);
    // What was known is still there.
    assert.equal(await page.locator("a.name", { hasText: "juliett" }).count(), 1);
    assert.equal(await page.locator(".toast .ink-bad").count(), 0);
    await page.unroute("**/api/**");
    await page.locator(".gone").waitFor({ state: "detached", timeout: 30_000 });
  }
  await status(page, "Active");
  await page.done();
  await destroy("juliett");
});

test("the filter is in the URL, and a link to it shows the same", async () => {
  const ids = [await deploy("kilo-1"), await deploy("kilo-2", { droplet_region: "fra1" })];
  const page = await open("/servers");
  await page.getByLabel("Filter by name, address, domain, …").fill("kilo");
  await page.getByLabel("Region").selectOption("fra1");
  await page.locator("a.name", { hasText: "kilo-1" }).waitFor({ state: "detached" });
  await page.waitForURL(/search=kilo&region=fra1/);
  await page.getByRole("button", { name: "Per month" }).click();
  await page.waitForURL(/sort=cost/);
  const url = page.url();
  await page.done();
  const again = await open(url.slice(NOC.length));
  await again.locator("a.name", { hasText: "kilo-2" }).waitFor();
  assert.equal(await again.getByLabel("Filter by name, address, domain, …").inputValue(), "kilo");
  assert.equal(await again.locator("a.name").count(), 1);
  // The way back leads to what was there before.
  await again.locator("a.name").click();
  await again.locator("h1", { hasText: "kilo-2" }).waitFor();
  await again.goBack();
  await again.locator("a.name", { hasText: "kilo-2" }).waitFor();
  assert.equal(await again.getByLabel("Region").inputValue(), "fra1");
  await again.done();
  for (const id of ids) await until(id, "succeeded");
  for (const name of ["kilo-1", "kilo-2"]) await destroy(name);
});

test("the status that deployments are filtered by is that of the URL, also on the way back", async () => {
  const page = await open("/deployments");
  const select = page.locator("select[aria-label=Status]");
  const shows = (value) => page.waitForFunction((value) => document.querySelector("select[aria-label=Status]")?.value === value, value);
  for (const value of ["stuck", "running"]) {
    await select.selectOption(value);
    await page.waitForURL((url) => url.search === `?status=${value}`);
    await shows(value);
  }
  for (const value of ["stuck", ""]) {
    await page.goBack();
    await page.waitForURL((url) => (url.searchParams.get("status") ?? "") === value);
    await shows(value);
  }
  await page.done();
});

test("logs follow, are searched, wrapped and downloaded", async () => {
  const id = await deploy("lima");
  await until(id, "succeeded");
  const page = await open("/servers/lima?tab=logs");
  await page.locator(".log-line").nth(5).waitFor();
  const before = await page.locator(".log-line").count();
  await page.locator(".log-line").nth(before).waitFor({ timeout: 40_000 });
  await page.getByLabel("Search the lines").fill("droplet");
  await page.locator(".log mark").first().waitFor();
  for (const mark of await page.locator(".log mark").allTextContents()) assert.equal(mark.toLowerCase(), "droplet");
  await page.getByText("Wrap").click();
  await page.locator(".log.wrap").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download these lines" }).click()]);
  assert.equal(download.suggestedFilename(), "lima.log");
  await page.done();
  await destroy("lima");
});

test("the focus stays on a row of the servers while what it shows changes", async () => {
  await simulator("POST", "agents", { boot: false });
  const id = await deploy("quebec");
  const page = await open("/servers");
  const row = page.locator(".grid-row", { has: page.getByRole("link", { name: "quebec", exact: true }) });
  await row.locator(".badge", { hasText: "Provisioning" }).waitFor({ timeout: 30_000 });
  await row.getByRole("link").focus();
  await simulator("POST", "agents", { boot: true });
  await until(id, "succeeded");
  await row.locator(".badge", { hasText: "Active" }).waitFor({ timeout: 60_000 });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "quebec");
  await page.done();
  await destroy("quebec");
});

test("a server that is silent is not shown as if it were well", async () => {
  await until(await deploy("romeo"), "succeeded");
  const page = await open("/servers/romeo");
  const services = page.locator("section", { has: page.getByRole("heading", { name: "Services" }) });
  await services.locator(".badge", { hasText: "Healthy" }).first().waitFor({ timeout: 60_000 });
  const [{ droplet_id: droplet }] = (await api("/api/servers?search=romeo")).servers;
  const boot = (boot) => simulator("POST", "agents", { boot, droplet_id: Number(droplet) });
  await api("/api/servers/romeo/commands", { method: "POST", body: JSON.stringify({ command: "set_interval", seconds: 2 }) });
  // It counts from when the agent was told of it: in the answer to its next report.
  for (let reports = 0; reports < 2; reports += 1) {
    const heard = async () => (await api("/api/servers/romeo/status")).last_report_at;
    const [before, end] = [await heard(), Date.now() + 90_000];
    while ((await heard()) === before) {
      assert.ok(Date.now() < end, "its agent does not report");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  await boot(false);
  await status(page, "Unreachable");
  await page.getByText(/^Last heard/).waitFor();
  await page.locator(".stats.stale").waitFor();
  await services.getByText(/^last healthy/).first().waitFor();
  const words = await services.locator(".badge").allTextContents();
  assert.ok(words.length > 0 && words.every((word) => word === "Unknown"), `${words}`);
  await accessible(page, "a silent server");
  await page.goto(`${NOC}/servers`);
  const row = page.locator(".grid-row", { has: page.getByRole("link", { name: "romeo", exact: true }) });
  await row.locator(".badge", { hasText: "Unreachable" }).waitFor();
  assert.match(await row.locator(".dots").getAttribute("aria-label"), /unknown, last healthy/);
  assert.equal(await row.locator(".dots .tone-ok").count(), 0);
  await boot(true);
  await row.locator(".badge", { hasText: "Active" }).waitFor({ timeout: 60_000 });
  await page.done();
  await destroy("romeo");
});

test("everything can be done by keyboard alone", async () => {
  const page = await open("/servers");
  await page.locator("h1").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the page");
  await page.keyboard.press("n");
  await page.locator("h1", { hasText: "Deploy" }).waitFor();
  await page.locator("#name").waitFor();
  await page.waitForFunction(() => document.activeElement.id === "name");
  await page.keyboard.type("mike");
  await page.getByText("This name is free.").waitFor();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const element = document.activeElement;
      const { outlineStyle } = getComputedStyle(element.closest(".choice") ?? element);
      return { text: element.textContent.trim(), outlined: outlineStyle !== "none" };
    });
    assert.ok(seen.outlined, `the focus is not seen on ${seen.text}`);
    if (seen.text === "Deploy") break;
  }
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "Deploy of mike" }).waitFor();
  await status(page, "Succeeded");

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find anything" }).waitFor();
  await page.keyboard.type("destroy mike");
  await page.getByRole("option", { name: "Destroy mike" }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator("h2", { hasText: "Destroy this server" }).waitFor();
  await page.getByRole("button", { name: "Destroy", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "confirm");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement.textContent.trim() === "Destroy");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "confirm");
  await page.keyboard.type("mike");
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "Destroy of mike" }).waitFor();
  await status(page, "Succeeded");

  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await page.locator("h1", { hasText: "Deployments" }).waitFor();
  await page.locator("a.name").first().focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => [...document.querySelectorAll("main a.name")].indexOf(document.activeElement)), 1);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.getByText("Use keys that stand alone").click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await page.waitForTimeout(200);
  assert.ok(page.url().endsWith("/deployments"), "a key that was switched off did something");
  await page.done();
});

test("a deploy can be made on a phone", async () => {
  const page = await open("/servers", { viewport: NARROW, colorScheme: "dark" });
  await page.getByRole("link", { name: /Deploy (a server|the first one)/ }).first().click();
  await page.locator("#name").fill("november");
  await page.getByText("This name is free.").waitFor();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await status(page, "Succeeded");
  await page.done();
  await destroy("november");
});

test("the theme that was chosen stays, and the system's wish comes first", async () => {
  const page = await open("/servers", { colorScheme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.keyboard.press("t");
  await page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, dark);
  await page.reload();
  await page.locator("h1").waitFor();
  assert.notEqual(await ground(), dark);
  await page.done();
});
