// A server that somebody has changed at the providers: its page, and its repair.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { NARROW, SCREENS, WIDE, accessible, api, close, deploy, destroy, fits, open, simulator, until } from "./browser.mjs";

const NAME = "drifter";

let record;

before(async () => {
  await simulator("DELETE", "faults");
  await until(await deploy(NAME), "succeeded");
  const { dns_records: records } = await simulator("GET", "ledger");
  record = records.find(({ origin, name }) => origin === "api" && name.startsWith(`${NAME}.`));
  await simulator("DELETE", `records/${record.id}`);
});

/** What the reconciler says of it when it looks, which is every quarter of an hour: added to NOC's own answer. */
async function found(page) {
  const [server] = (await api(`/api/servers?search=${NAME}`)).servers;
  const base = { server_id: server.id, server_name: NAME, since: server.created_at, seen_at: server.created_at, policy: "report" };
  const drift = (kind, field, desired, observed, more = {}) => ({ ...base, kind, field, desired, observed, ...more });
  const zone = record.name.slice(NAME.length);
  const drifts = [
    drift("dns_missing", record.name, server.ip),
    drift("dns_content", `${NAME}-api${zone}`, server.ip, "203.0.113.99", { policy: "fix" }),
    drift("dns_proxied", `${NAME}-text-api${zone}`, "true", "false"),
    drift("size", "droplet size", "s-2vcpu-4gb", "s-4vcpu-8gb", { policy: "ignore" }),
  ];
  await page.route("**/api/drift?*", async (route) => {
    const answer = await route.fetch().catch(() => null);
    // The page has gone meanwhile.
    if (!answer) return;
    await route.fulfill({ response: answer, json: { ...(await answer.json()), drifts } });
  });
  await page.reload();
}

after(async () => {
  await destroy(NAME);
  await close();
});

test("what differs is on the server's page, by field and at its domain, wide and narrow, light and dark", async () => {
  for (const [width, viewport] of [["wide", WIDE], ["narrow", NARROW]]) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open(`/servers/${NAME}`, { viewport, colorScheme });
      await found(page);
      await page.getByRole("heading", { name: "It differs in 4 things" }).waitFor();
      const badge = (domain, word) => page.locator("li", { has: page.getByRole("link", { name: domain }) }).locator(".badge", { hasText: word });
      await badge(`${NAME}.`, "Missing").waitFor();
      await badge(`${NAME}-api.`, "Points elsewhere").waitFor();
      await badge(`${NAME}-text-api.`, "Proxy differs").waitFor();
      await page.waitForTimeout(150);
      await page.screenshot({ path: `${SCREENS}/server-drift-${width}-${colorScheme}.png`, fullPage: true });
      await accessible(page, `a server with drift, ${width}, ${colorScheme}`);
      await fits(page, `a server with drift, ${width}`);
      await page.done();
    }
  }
});

test("a server with drift is repaired from its page, and is then as it was asked for", async () => {
  const page = await open(`/servers/${NAME}`);
  await found(page);
  await page.getByRole("button", { name: "Repair" }).click();
  await page.locator("h1", { hasText: `Repair of ${NAME}` }).waitFor();
  await page.locator(".badge", { hasText: "Succeeded" }).first().waitFor({ timeout: 60_000 });
  const { dns_records: records } = await simulator("GET", "ledger");
  assert.ok(records.some(({ origin, name }) => origin === "api" && name === record.name), "the record is there again");
  await page.done();
});

test("policies that could not be saved say why in their dialog, and what was chosen stays", async () => {
  const page = await open("/drift", { expected: [/409/] });
  await page.route("**/api/drift/policies", async (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    return route.fulfill({ status: 409, json: { error: { code: "conflict", message: "not while it is looked at", request_id: "req_1" } } });
  });
  await page.getByRole("button", { name: "Policies" }).click();
  const dialog = page.getByRole("dialog", { name: "What is done about drift" });
  await dialog.getByRole("button", { name: "Save" }).click();
  const alert = dialog.getByRole("alert").filter({ hasText: "The policies could not be saved" });
  await alert.getByText("Not while it is looked at.").waitFor();
  assert.equal(await page.locator(".toast").count(), 0);
  await page.unroute("**/api/drift/policies");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.locator(".toast", { hasText: "The policies are saved" }).waitFor();
  await page.done();
});
