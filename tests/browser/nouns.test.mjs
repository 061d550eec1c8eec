// Applications, SSH keys, adoption, metrics: what belongs to one noun each.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, beforeEach, test } from "node:test";

import { NARROW, WIDE, api, close, deploy, destroy, fits, open, simulator, until } from "./browser.mjs";
import { proven } from "./sessions.mjs";
import { ROOT } from "./stack.mjs";

after(close);
beforeEach(() => simulator("DELETE", "faults"));

const BLANK = await readFile(`${ROOT}cloud-init/blank/cloud-config.yaml`, "utf8");

test("an application of one's own is added, refused where it is wrong, rendered, changed and removed", async () => {
  const page = await open("/applications", { session: await proven(), expected: [/422|400/] });
  await page.getByRole("link", { name: "Add one" }).click();
  await page.getByLabel("Name", { exact: true }).fill("probe");
  await page.getByLabel("Description").fill("Answers, and nothing else");
  await page.getByLabel("Cloud-init template").fill("#cloud-config\nruncmd: [\n");
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.locator(".wrong", { hasText: /line \d/i }).waitFor();
  await page.getByLabel("Cloud-init template").fill(BLANK.replace("  - ufw\n", "  - ufw\n  - nginx\n"));
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.locator("h1", { hasText: "probe" }).waitFor();
  await page.getByLabel("Server", { exact: true }).fill("rendered-1");
  await page.getByRole("button", { name: "Render" }).click();
  await page.locator("pre", { hasText: "rendered-1" }).waitFor();
  await page.locator("pre", { hasText: "nginx" }).first().waitFor();
  // Its lines are longer than any page.
  await fits(page, "a rendered application");
  await page.setViewportSize(NARROW);
  await fits(page, "a rendered application, narrow");
  await page.setViewportSize(WIDE);
  await page.getByRole("link", { name: "Change" }).click();
  await page.getByLabel("Description").fill("Answers twice");
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByText("Answers twice").waitFor();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await page.locator("h1", { hasText: "Applications" }).waitFor();
  assert.ok((await api("/api/applications")).applications.every((one) => one.name !== "probe"));
  await page.done();
});

test("a project is added with its environments, refused where they are none, changed and removed", async () => {
  const page = await open("/projects", { session: await proven(), expected: [/422|400/] });
  await page.getByLabel("Name").fill("north");
  await page.getByLabel("Environments").fill("Not a name = prod");
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.locator(".wrong").waitFor();
  await page.getByLabel("Environments").fill("production = prod");
  await page.getByRole("button", { name: "Keep it" }).click();
  const card = page.getByRole("region", { name: "north" });
  await card.getByText("prod", { exact: true }).waitFor();
  await card.getByRole("button", { name: "Change" }).click();
  await page.locator("h2", { hasText: "Change north" }).waitFor();
  await page.getByLabel("Environments").fill("production = prod\nstaging = stage");
  await page.getByRole("button", { name: "Keep it" }).click();
  await card.getByText("staging").waitFor();
  await card.getByRole("button", { name: "Remove" }).click();
  await card.waitFor({ state: "detached" });
  await page.done();
});

test("an SSH key is added, refused where it is none, and removed", async () => {
  const page = await open("/ssh-keys", { session: await proven(), expected: [/422|400/] });
  await page.getByLabel("Name").fill("laptop");
  await page.getByLabel("Public key").fill("not a key");
  await page.getByRole("button", { name: "Add it" }).click();
  await page.locator(".wrong").waitFor();
  await page.getByLabel("Public key").fill(`ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from("ssh-ed25519"), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, 7)]).toString("base64")}`);
  await page.getByRole("button", { name: "Add it" }).click();
  const row = page.locator("li", { hasText: "laptop" });
  await row.waitFor();
  await row.getByRole("button", { name: "Remove" }).click();
  await page.getByText("No SSH keys").waitFor();
  await page.done();
});

test("what a server measured is drawn, read by keyboard, and stands in a table", async () => {
  const id = await deploy("oscar");
  await until(id, "succeeded");
  const page = await open("/servers/oscar?tab=metrics");
  const plot = page.getByRole("slider", { name: /Memory used/ });
  await plot.waitFor({ timeout: 30_000 });
  await plot.focus();
  await page.keyboard.press("Home");
  await page.locator(".plot-cursor").first().waitFor();
  assert.equal(await page.locator(".plot-cursor").count(), 5, "the charts share one cursor");
  assert.match(await plot.getAttribute("aria-valuetext"), /^\d+ %, /);
  await page.keyboard.press("Escape");
  await page.locator(".plot-cursor").first().waitFor({ state: "detached" });
  await page.getByText("The same as a table").click();
  await page.getByRole("columnheader", { name: "Disk used" }).waitFor();
  assert.ok((await page.locator("tbody tr").count()) > 0);
  await page.getByRole("button", { name: "30 days" }).click();
  await page.waitForURL(/range=month/);
  await page.locator(".chart, .empty").first().waitFor();
  await page.done();
  await destroy("oscar");
});

test("a piece of the program that cannot be had is said, and comes when it is there", async () => {
  const page = await open("/servers", { expected: [/Failed to (load|fetch)|ERR_|TypeError/] });
  await page.locator("h1").waitFor();
  await page.route(/\/assets\/(split|chunk)_/, (route) => route.abort());
  await page.locator("nav.side").getByRole("link", { name: "Catalog" }).click();
  await page.getByText("This page could not be loaded").waitFor();
  await page.unroute(/\/assets\/(split|chunk)_/);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("Frankfurt 1").first().waitFor();
  await page.done();
});
