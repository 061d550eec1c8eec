// What somebody is offered, by what their role has.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { NARROW, NOC, WIDE, accessible, close, deploy, destroy, fault, fits, open, simulator, until } from "./browser.mjs";
import { joined } from "./sessions.mjs";

/** A deployment that could be had go on. */
let stuck;

before(async () => {
  await simulator("DELETE", "faults");
  await until(await deploy("romeo"), "succeeded");
  await fault("cloudflare", "POST", "/dns_records/batch", 1, { status: 400 });
  await fault("digitalocean", "DELETE", "/droplets", 1000, { status: 403 });
  stuck = await deploy("sierra");
  await until(stuck, "stuck");
});

after(async () => {
  await simulator("DELETE", "faults");
  for (const name of ["romeo", "sierra"]) await destroy(name);
  await close();
});

/** The pages that the frame leads to. */
async function led(page) {
  const links = await page.locator(".nav-list a").allTextContents();
  return links.map((text) => text.replace(/\d+ in flight$/, "").trim());
}

/** Waits until it is known who looks, and the frame shows it: to each of these roles eight pages. */
async function known(page, name) {
  await page.locator(".account", { hasText: name }).first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll(".nav-list a").length === 8);
}

/** Opens a page as somebody, once it is known who looks. */
async function as(session, name, path, options) {
  const page = await open(path, { session, ...options });
  await known(page, name);
  return page;
}

const READ = ["Servers", "Deployments", "Drift", "Orphans", "Catalog", "Applications", "Projects", "SSH keys"];

// Where a viewer goes, what is there as soon as it has been read, and what is not there for them.
const SEEN = [
  ["/servers", "text=romeo", (page) => page.getByRole("link", { name: /^Deploy (a server|the first one)/ })],
  ["/servers/romeo", "text=romeo-text-api", (page) => page.getByRole("link", { name: "Destroy", exact: true })],
  ["/servers/romeo?tab=danger", "text=romeo-text-api", (page) => page.getByRole("button", { name: "Destroy" })],
  ["/servers/nobody", "text=There is no such server", (page) => page.getByRole("link", { name: "Deploy one" })],
  ["/deployments", "text=Deploy of sierra", (page) => page.getByRole("link", { name: "Deploy a server" })],
  ["STUCK", "text=Left over", (page) => page.getByRole("button", { name: "Retry" })],
  ["/drift", ".empty, .grid-row", (page) => page.getByRole("button", { name: /Policies|Repair/ })],
  ["/orphans", ".empty, .grid-row", (page) => page.getByRole("button", { name: /Adopt|Remove/ })],
  ["/catalog", "text=Frankfurt 1", (page) => page.getByRole("link", { name: /^Deploy with/ })],
  ["/applications", "text=flaggerlink", (page) => page.getByRole("link", { name: "Add one" })],
  ["/applications/flaggerlink", "text=What a machine would get", (page) => page.getByRole("link", { name: "Deploy", exact: true })],
  ["/projects", "text=default", (page) => page.getByRole("button", { name: /Change|Keep it|Remove/ })],
  ["/ssh-keys", "h1", (page) => page.getByRole("button", { name: /Add it|Remove/ })],
];

test("a viewer reads what a viewer may, and is offered nothing that would be refused", async () => {
  const session = await joined("viewer", "vic@example.com", "Vic Viewer");
  const page = await as(session, "Vic Viewer", "/servers", { expected: [/404/] });
  const refused = [];
  page.on("response", (answer) => answer.status() === 403 && refused.push(answer.url()));
  assert.deepEqual(await led(page), READ);
  for (const [path, there, absent] of SEEN) {
    await page.goto(NOC + (path === "STUCK" ? `/deployments/${stuck}` : path));
    await known(page, "Vic Viewer");
    await page.locator("#main").locator(there).first().waitFor();
    assert.equal(await absent(page).count(), 0, path);
    assert.equal(await page.locator(".note", { hasText: "could not be read" }).count(), 0, path);
  }
  assert.deepEqual(refused, []);

  await page.goto(`${NOC}/servers`);
  await known(page, "Vic Viewer");
  await page.locator("text=romeo").first().waitFor();
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await keys.getByText("Go to Servers").waitFor();
  for (const text of ["Deploy a server", "Go to Audit", "Go to Members", "Go to Tokens"]) assert.equal(await keys.getByText(text).count(), 0, text);
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "hidden" });
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Find anything" });
  const option = (name) => page.getByRole("option", { name });
  await option("Catalog").waitFor();
  for (const name of ["Deploy a server", "Audit", "Members", "Tokens"]) assert.equal(await option(name).count(), 0, name);
  await field.fill("logs of romeo");
  await option("Logs of romeo").waitFor();
  await field.fill("destroy romeo");
  await page.waitForFunction(() => !document.querySelector(".palette-list")?.textContent.includes("Logs of romeo"));
  assert.equal(await option("Destroy romeo").count(), 0);
  await page.done();
});

test("whoever has the address of a page that is not for them reads which role it takes", async () => {
  const session = await joined("viewer", "vic@example.com", "Vic Viewer");
  // The page may be asked for before it is known who looks.
  const page = await as(session, "Vic Viewer", "/servers", { expected: [/403/] });
  for (const [path, role] of [
    ["/deploy", "operator"],
    ["/deploy?size=s-2vcpu-4gb", "operator"],
    ["/audit", "admin"],
    ["/members", "admin"],
    ["/tokens", "admin"],
    ["/applications?act=new", "admin"],
  ]) {
    await page.goto(NOC + path);
    await page.getByRole("heading", { name: "This is not for your role" }).waitFor();
    await page.getByText(`It takes the role ${role}`).waitFor();
    assert.equal(await page.locator("#main form").count(), 0, path);
  }
  await accessible(page, "a page that is not for one's role");
  await page.setViewportSize(NARROW);
  await fits(page, "a page that is not for one's role, narrow");
  await page.setViewportSize(WIDE);
  await page.getByRole("link", { name: "See all servers" }).click();
  await page.locator("text=romeo").first().waitFor();
  await page.done();
});

test("an operator deploys and destroys, and does not manage the organization", async () => {
  const session = await joined("operator", "opal@example.com", "Opal Operator");
  const page = await as(session, "Opal Operator", "/servers");
  await page.getByRole("link", { name: "Deploy a server" }).waitFor();
  assert.deepEqual(await led(page), READ);
  await page.goto(`${NOC}/servers/romeo?tab=danger`);
  await page.getByRole("button", { name: "Destroy", exact: true }).waitFor();
  await page.goto(`${NOC}/deployments/${stuck}`);
  await page.getByRole("button", { name: "Retry" }).waitFor();
  await page.goto(`${NOC}/drift`);
  await page.getByRole("button", { name: "Policies" }).waitFor();
  await page.goto(`${NOC}/deploy`);
  await page.getByText("How large").waitFor();
  await page.goto(`${NOC}/ssh-keys`);
  await known(page, "Opal Operator");
  assert.equal(await page.getByRole("button", { name: "Add it" }).count(), 0);
  await page.done();
});
