// Who is there, and what they may do: signing in and out, members, tokens, and what was done by whom.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { NOC, api, close, open } from "./browser.mjs";

after(close);

/** Makes a link that signs the first owner in, and a session of its own by that, so that a test may end it. */
async function another(path, options = {}) {
  const settings = await open("/settings");
  await settings.getByRole("button", { name: "Make a link" }).click();
  const link = await settings.locator("[data-once]").textContent();
  await settings.done();
  const page = await open("/sign-in", { session: "", expected: [/401/], ...options });
  await page.locator("h1", { hasText: "Sign in" }).waitFor();
  await page.goto("about:blank");
  await page.goto(link);
  await page.locator("h1", { hasText: "Servers" }).waitFor();
  assert.ok(!page.url().includes("#"), `the link is still in ${page.url()}`);
  await page.goto(NOC + path);
  return page;
}

test("a link made on one device signs in on another, once, and signing out leads back to where one was", async () => {
  const page = await another("/drift");
  await page.locator("h1", { hasText: "Drift" }).waitFor();
  await page.locator(".account", { hasText: "Owner" }).first().waitFor();
  await page.evaluate(() => (window.kept = "what the next one may not see"));
  await page.getByRole("button", { name: "Sign out" }).first().click();
  await page.locator("h1", { hasText: "Sign in" }).waitFor();
  assert.ok(page.url().endsWith("/drift"), page.url());
  assert.equal(await page.evaluate(() => window.kept), undefined, "what was in memory is still there");
  await page.reload();
  await page.locator("h1", { hasText: "Sign in" }).waitFor();
  await page.done();

  const late = await open("/sign-in#link=noc_link_nothing", { session: "", expected: [/401|404|422|403/] });
  await late.locator("h1", { hasText: "This link does not work" }).waitFor();
  await late.done();
});

test("a session that is ended elsewhere is out, and says so where it is", async () => {
  const page = await another("/settings");
  await page.getByText("This one").waitFor();
  const elsewhere = await open("/settings");
  const other = elsewhere.locator("li", { hasText: "Link from" }).first();
  await other.getByRole("button", { name: "End it" }).click();
  await elsewhere.locator(".toast", { hasText: "The session has ended" }).waitFor();
  await elsewhere.done();
  await page.goto(`${NOC}/servers`);
  await page.locator("h1", { hasText: "Sign in" }).waitFor();
  await page.done();
});

test("somebody is invited, joins, gets another role, and leaves", async () => {
  const page = await open("/members", { expected: [/409/] });
  await page.getByLabel("Invite", { exact: true }).fill("vera@example.com");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.locator("[data-once]").textContent();
  await page.locator("li", { hasText: "vera@example.com" }).first().waitFor();

  const vera = await open(link.slice(new URL(link).origin.length), { session: "", expected: [/401|403/] });
  await vera.getByLabel("Your name").fill("Vera Viewer");
  await vera.getByRole("button", { name: "Join", exact: true }).click();
  await vera.locator("h1", { hasText: "Servers" }).waitFor();
  await vera.getByText("Vera Viewer").first().waitFor();
  // What the role does not allow is said, and not hidden behind an empty page.
  await vera.goto(`${NOC}/audit`);
  await vera.getByRole("heading", { name: "This is not for your role" }).waitFor();

  const role = page.getByLabel("Role of Vera Viewer");
  await role.waitFor({ timeout: 60_000 });
  const asked = [];
  page.on("request", (request) => {
    if (request.method() === "PUT") asked.push(request.postDataJSON().role);
  });
  // The arrows pass each role that lies between: none of them is given by that.
  for (const passed of ["operator", "admin"]) await role.selectOption(passed);
  const row = page.locator("li", { hasText: "Vera Viewer" });
  await row.getByRole("button", { name: "Change" }).click();
  await page.locator(".toast", { hasText: "The role of Vera Viewer is changed" }).waitFor();
  assert.deepEqual(asked, ["admin"]);
  await row.getByRole("button", { name: "Change" }).waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Role of Vera Viewer");
  // What was refused is not shown as if it were so.
  await page.route("**/api/members/*", (route) => route.fulfill({ status: 409, json: { error: { code: "conflict", message: "Not now.", request_id: "req_1" } } }));
  await role.selectOption("operator");
  await row.getByRole("button", { name: "Change" }).click();
  await page.locator(".toast", { hasText: "The role of Vera Viewer could not be changed" }).waitFor();
  await page.waitForFunction(() => document.querySelector('select[aria-label="Role of Vera Viewer"]').value === "admin");
  await page.unroute("**/api/members/*");
  await vera.reload();
  await vera.locator(".events").waitFor();

  await page.locator("li", { hasText: "Vera Viewer" }).getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove them" }).click();
  await page.locator(".toast", { hasText: "Vera Viewer has left" }).waitFor();
  await vera.reload();
  await vera.locator("h1", { hasText: "Sign in" }).waitFor();
  await vera.done();
  await page.done();
});

test("a token does what it was given and no more, and nothing once it is revoked", async () => {
  const page = await open("/tokens");
  await page.getByLabel("Name").fill("reader");
  await page.getByRole("button", { name: "Make it" }).click();
  const secret = await page.locator("[data-once]").textContent();
  const ask = async (path, method = "GET") => (await fetch(NOC + path, { method, headers: { authorization: `Bearer ${secret}` } })).status;
  assert.deepEqual([await ask("/api/servers"), await ask("/api/audit")], [200, 403]);
  await page.locator("li", { hasText: "reader" }).getByRole("button", { name: "Revoke" }).click();
  await page.locator(".toast", { hasText: "The token reader is revoked" }).waitFor();
  assert.equal(await ask("/api/servers"), 401);
  await page.done();
});

test("the audit is filtered in the URL, and an event says what changed", async () => {
  await api("/api/drift/policies", { method: "PUT", body: JSON.stringify({ policies: { power: "fix" } }) });
  await api("/api/drift/policies", { method: "PUT", body: JSON.stringify({ policies: { power: "ignore" } }) });
  const page = await open("/audit");
  const { events } = await api("/api/audit?limit=1");
  await page.getByLabel("Action, as servers.deploy").fill(events[0].action);
  await page.waitForURL(/action=/);
  await page.locator("summary").first().click();
  const row = page.locator(".changes tr", { hasText: "power" }).first();
  await row.waitFor();
  assert.deepEqual(await row.locator("td").allTextContents(), ["fix", "ignore"]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export" }).click()]);
  assert.equal(download.suggestedFilename(), "audit.jsonl");
  await page.getByLabel("Action, as servers.deploy").fill("nothing.ever");
  await page.getByText("No event fits").waitFor();
  await page.done();
});

test("an event that is open stays open, as it is, when others come before it", async () => {
  const power = (policy) => api("/api/drift/policies", { method: "PUT", body: JSON.stringify({ policies: { power: policy } }) });
  for (const policy of ["fix", "report"]) await power(policy);
  const { events } = await api("/api/audit?limit=1");
  const page = await open(`/audit?action=${events[0].action}`);
  const all = page.locator(".events > li");
  await all.first().locator("summary").click();
  await all.first().locator(".changes tr", { hasText: "power" }).waitFor();
  // Everything but the times, which go on.
  const shown = (item) => item.evaluate((item) => {
    const copy = item.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.remove();
    return copy.textContent;
  });
  const before = await shown(all.first());
  await all.first().evaluate((item) => (item.dataset.opened = ""));
  for (const policy of ["ignore", "fix", "report"]) await power(policy);
  // They are looked for every fifteen seconds.
  const opened = page.locator(".events > li[data-opened]");
  await page.waitForFunction(() => [...document.querySelectorAll(".events > li")].findIndex((item) => "opened" in item.dataset) === 3, undefined, { timeout: 40_000 });
  assert.equal(await opened.locator("details").evaluate((details) => details.open), true);
  assert.equal(await page.locator(".events details[open]").count(), 1);
  assert.equal(await shown(opened), before);
  assert.equal(await opened.evaluate((item) => item.contains(document.activeElement)), true, "the focus is still on it");
  await page.done();
});

test("a button whose work is under way keeps the focus, and is not pressed a second time", async () => {
  const page = await open("/settings");
  let [asked, goOn] = [0];
  const held = new Promise((resolve) => (goOn = resolve));
  await page.route("**/api/session/links", async (route) => {
    asked += 1;
    await held;
    await route.continue();
  });
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  await page.getByRole("button", { name: "Make a link" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("button[aria-busy=true][aria-disabled=true]", { hasText: "Make a link" }).waitFor();
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "Make a link");
  goOn();
  await page.locator("[data-once]").waitFor();
  assert.equal(await focused(), "Make a link");
  assert.equal(asked, 1);
  await page.done();
});
