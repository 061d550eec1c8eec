// What is shown is current, or says that it is not; and what somebody works with stays as they left it.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";

import { api, close, deploy, destroy, fault, open, simulator, until } from "./browser.mjs";

after(close);
beforeEach(async () => {
  await simulator("DELETE", "faults");
  await simulator("POST", "agents", { boot: true });
});

/** Somebody looks at another tab, and comes back. */
const comesBack = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));

/** The API answers, and cannot say. */
const refuse = (status, code) => (route) =>
  route.fulfill({
    status,
    contentType: "application/json",
    body: JSON.stringify({ error: { code, message: "the database does not answer", request_id: "req_0123456789abcdef01234567" } }),
  });

test("a form that is half filled in stays so when somebody comes back to it, and when the API does", async () => {
  const page = await open("/deploy", { expected: [/./] });
  await page.locator("#name").fill("oscar");
  await page.locator("#branch").fill("feature/half");
  await page.locator("#branch").focus();
  await comesBack(page);
  await page.route("**/api/**", (route) => route.abort());
  await comesBack(page);
  await page.locator(".gone").waitFor({ timeout: 30_000 });
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.locator(".gone").waitFor({ state: "detached", timeout: 30_000 });
  await page.waitForTimeout(500);
  assert.equal(await page.locator("#name").inputValue(), "oscar");
  assert.equal(await page.locator("#branch").inputValue(), "feature/half");
  assert.equal(await page.evaluate(() => document.activeElement.id), "branch");
  await page.done();
});

test("policies that are chosen and not saved yet stay chosen when somebody comes back", async () => {
  const page = await open("/drift");
  await page.getByRole("button", { name: "Policies" }).click();
  const dialog = page.getByRole("dialog", { name: "What is done about drift" });
  const ignore = dialog.getByRole("group", { name: "Tags" }).or(dialog.getByRole("radiogroup", { name: "Tags" })).getByText("Ignore");
  await ignore.click();
  await comesBack(page);
  await page.waitForTimeout(500);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.locator(".toast", { hasText: "The policies are saved" }).waitFor();
  assert.equal((await api("/api/drift/policies")).policies.tags, "ignore");
  await api("/api/drift/policies", { method: "PUT", body: JSON.stringify({ policies: { tags: "report" } }) });
  await page.done();
});

test("what cannot be read again says how old it is, and is current again by itself", async () => {
  await until(await deploy("papa"), "succeeded");
  for (const [path, route, what] of [
    ["/servers", "**/api/servers?*", "The servers could not be read"],
    ["/servers/papa", "**/api/servers/papa/status", "The server could not be read"],
    ["/drift", "**/api/drift*", "The drift could not be read"],
  ]) {
    const page = await open(path, { expected: [/Failed to load/] });
    await page.locator("main .skeleton").first().waitFor({ state: "detached" });
    await page.route(route, refuse(503, "unavailable"));
    await comesBack(page);
    const note = page.locator(".note", { hasText: what });
    await note.getByText("What is shown is as it was at").waitFor();
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await note.getByRole("button", { name: "Try again" }).click();
    await note.waitFor({ state: "detached" });
    await page.done();
  }
  await destroy("papa");
});

test("from one server to another the address says which part is shown", async () => {
  await Promise.all((await Promise.all(["uniform", "victor"].map((name) => deploy(name)))).map((id) => until(id, "succeeded")));
  const page = await open("/servers/uniform?tab=danger");
  await page.getByRole("heading", { name: /Destroy/ }).first().waitFor();
  const go = async (words) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByRole("combobox").fill(words);
    await page.getByRole("option", { name: new RegExp(words, "i") }).waitFor();
    await page.keyboard.press("Enter");
  };
  await go("logs of victor");
  await page.waitForURL(/\/servers\/victor\?tab=logs/);
  await page.locator("h1", { hasText: "victor" }).waitFor();
  await page.locator('main [aria-current="true"]', { hasText: "Logs" }).waitFor();
  await page.done();
  await Promise.all(["uniform", "victor"].map((name) => destroy(name)));
});

test("a stream that is refused for a while goes on by itself", async () => {
  await simulator("POST", "agents", { boot: false });
  const id = await deploy("whiskey");
  const page = await open(`/deployments/${id}`, { expected: [/Failed to load/] });
  await page.locator("[data-stream]", { hasText: "Live" }).waitFor();
  await page.locator("[data-event]").nth(2).waitFor();
  await page.route("**/events", refuse(503, "unavailable"));
  await page.reload();
  await page.locator(".step.done").nth(2).waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.locator("[data-stream]", { hasText: "Live" }).waitFor({ timeout: 20_000 });
  await simulator("POST", "agents", { boot: true });
  await page.locator(".badge", { hasText: "Succeeded" }).first().waitFor({ timeout: 60_000 });
  await page.done();
  await destroy("whiskey");
});

test("a deployment that is stuck is seen to go on when somebody else retries it", async () => {
  await fault("cloudflare", "POST", "/dns_records/batch", 1, { status: 400 });
  await fault("digitalocean", "DELETE", "/droplets", 1, { status: 403 });
  const id = await deploy("tango");
  const page = await open(`/deployments/${id}`);
  await page.locator(".badge", { hasText: "Stuck" }).first().waitFor({ timeout: 60_000 });
  await api(`/api/deployments/${id}/retry`, { method: "POST" });
  await page.locator(".badge", { hasText: "Unwound" }).first().waitFor({ timeout: 30_000 });
  await page.done();
});
