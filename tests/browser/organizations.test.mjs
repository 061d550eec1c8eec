// Somebody who is in two organizations: a session acts in one of them, for all tabs of its browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { NOC, api, close, deploy, destroy, open, simulator, until } from "./browser.mjs";
import { json, proven } from "./sessions.mjs";

let session, second;

before(async () => {
  await simulator("DELETE", "faults");
  await until(await deploy("tango"), "succeeded");
  session = await proven();
  second = (await json(session, "POST", "/api/organizations", { name: "Second" }, 201)).id;
});

after(async () => {
  await destroy("tango");
  await close();
});

/** Waits until a page says that it acts there. */
const acts = (page, name) => page.locator(".account .sub", { hasText: name }).first().waitFor({ timeout: 60_000 });

/** Where the session acts. */
const acting = async () => (await json(session, "GET", "/api/session")).organization;

async function switched(page, label) {
  await page.getByLabel("Organization").first().selectOption({ label });
  await acts(page, label);
}

test("a tab of another organization does not destroy there what has the same name, and shows the one that is acted in", async () => {
  const former = (await acting()).name;
  const first = await open("/servers/tango?tab=danger", { session, expected: [/409/, /404/] });
  await acts(first, former);
  await first.getByRole("button", { name: "Destroy", exact: true }).click();
  await first.getByLabel("Type tango to confirm").fill("tango");

  // Nothing that the first one looks at by itself shall tell it before it acts.
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await first.route("**/api/**", async (route) => {
    if (route.request().method() === "GET") await released;
    await route.continue().catch(() => {});
  });
  const other = await first.context().newPage();
  await other.goto(`${NOC}/drift`);
  await acts(other, former);
  await switched(other, "Second");
  assert.equal((await acting()).id, second);

  const [answer] = await Promise.all([
    first.waitForResponse((answer) => answer.request().method() === "DELETE"),
    first.getByRole("button", { name: "Destroy for good" }).click(),
  ]);
  release();
  assert.equal(answer.status(), 409);
  await first.locator(".toast", { hasText: "You act in Second now" }).waitFor();
  await acts(first, "Second");
  await first.getByRole("heading", { name: "There is no such server" }).waitFor();
  assert.ok(first.url().endsWith("/servers/tango?tab=danger"), first.url());
  assert.equal((await api("/api/servers?search=tango")).servers[0].status, "active");
  await first.unroute("**/api/**");

  // A tab that does nothing notices by what it looks at.
  await switched(other, former);
  await first.locator(".toast", { hasText: `You act in ${former} now` }).waitFor({ timeout: 60_000 });
  await first.getByRole("button", { name: "Destroy", exact: true }).waitFor();
  await first.done();
});

test("an organization that could not be changed stays the one that is shown as chosen", async () => {
  const former = await acting();
  const page = await open("/drift", { session, expected: [/503/] });
  await acts(page, former.name);
  await page.route("**/api/session", (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    const error = { code: "unavailable", message: "a part of NOC does not answer now", request_id: "req_1" };
    return route.fulfill({ status: 503, json: { error } });
  });
  const choice = page.getByLabel("Organization").first();
  await choice.selectOption({ label: "Second" });
  await page.locator(".toast", { hasText: "The organization could not be changed" }).waitFor();
  await page.waitForFunction((id) => document.querySelector(".account select").value === id, former.id);
  assert.equal((await acting()).id, former.id);
  await page.done();
});
