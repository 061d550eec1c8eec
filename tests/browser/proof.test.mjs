// The second factor as people meet it: setting it up, being asked for it, proving it; and the ways in.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";

import { NARROW, SCREENS, WIDE, accessible, api, close, deploy, fits, open, signedIn, until } from "./browser.mjs";
import { ORIGIN, another, authenticator, code, fresh } from "./sessions.mjs";
import { COOKIE } from "./stack.mjs";

after(close);

const TITLE = "Prove that it is you";

/** A page of somebody who has just signed in, and has proven nothing by that. Refusals are part of it. */
async function visit(path) {
  return open(path, { url: ORIGIN, session: await fresh(), expected: [/40[13]|422/] });
}

/** Goes on as the same person in another session that has proven nothing. */
async function anew(page, path) {
  const cookies = await page.context().cookies(ORIGIN);
  const session = cookies.find(({ name }) => name === COOKIE).value;
  await signedIn(page.context(), await another(session), ORIGIN);
  await page.goto(ORIGIN + path);
}

const said = (page, words) => page.locator(".toast", { hasText: words }).first().waitFor();

async function makePasskey(page) {
  await page.getByLabel("Name of a new passkey").fill("Chromium");
  await page.getByRole("button", { name: "Make a passkey" }).click();
  await said(page, "The passkey Chromium is made");
  await page.locator("li", { hasText: "for localhost" }).waitFor();
  await page.setViewportSize(NARROW);
  await fits(page, "a passkey, narrow");
  await page.setViewportSize(WIDE);
}

async function removePasskey(page) {
  await page.locator("li", { hasText: "for localhost" }).getByRole("button", { name: "Remove" }).click();
  await said(page, "The passkey Chromium is forgotten");
  await page.getByText("You have none yet.").waitFor();
}

async function makeToken(page, name) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Make it" }).click();
}

test("who has no second factor is led to where one is made", async () => {
  const page = await visit("/tokens");
  await makeToken(page, "too-early");
  const dialog = page.getByRole("dialog", { name: TITLE });
  await dialog.getByText("You have no second factor yet").waitFor();
  await dialog.getByRole("button", { name: "Set one up" }).click();
  await page.locator("h1", { hasText: "Settings" }).waitFor();
  await page.getByRole("heading", { name: "Passkeys" }).waitFor();
  await dialog.waitFor({ state: "hidden" });
  await page.done();
});

test("a destroy in a session that has proven nothing asks, is proven by a passkey, and goes through", async () => {
  await until(await deploy("papa"), "succeeded");
  const page = await visit("/settings");
  await authenticator(page);
  await makePasskey(page);

  await anew(page, "/servers/papa?tab=danger");
  await page.getByRole("button", { name: "Destroy", exact: true }).click();
  const confirm = page.getByRole("dialog", { name: "Destroy papa?" });
  await confirm.getByLabel("Type papa to confirm").fill("papa");
  await confirm.getByRole("button", { name: "Destroy for good" }).click();
  const dialog = page.getByRole("dialog", { name: TITLE });
  await dialog.getByRole("button", { name: "Use a passkey" }).waitFor();
  await page.waitForTimeout(250);
  await page.screenshot({ path: `${SCREENS}/proof-wide-light.png` });
  await accessible(page, "the proof");
  await page.setViewportSize(NARROW);
  await fits(page, "the proof, narrow");
  await page.screenshot({ path: `${SCREENS}/proof-narrow-light.png` });
  await page.setViewportSize(WIDE);
  // Who closes it gets the refusal as it was, and nothing is done.
  await page.keyboard.press("Escape");
  await confirm.getByRole("alert").filter({ hasText: "It could not be destroyed" }).getByText("Prove your second factor").waitFor();
  assert.equal(await confirm.getByLabel("Type papa to confirm").inputValue(), "papa");
  assert.equal((await api("/api/servers?search=papa")).servers[0].status, "active");

  await confirm.getByRole("button", { name: "Destroy for good" }).click();
  await dialog.getByRole("button", { name: "Use a passkey" }).click();
  await page.locator("h1", { hasText: "Destroy of papa" }).waitFor();
  await page.locator(".badge", { hasText: "Succeeded" }).first().waitFor({ timeout: 60_000 });
  // For ten minutes it is not asked for again.
  await page.goto(`${ORIGIN}/settings`);
  await page.getByText("proven, ends").waitFor();
  await removePasskey(page);
  await page.done();
});

test("a passkey signs in, which proves the second factor too", async () => {
  const page = await visit("/settings");
  const verified = await authenticator(page);
  await makePasskey(page);
  await page.getByRole("button", { name: "Sign out" }).first().click();
  await page.locator("h1", { hasText: "Sign in" }).waitFor();
  await verified(false);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.locator(".note", { hasText: "No passkey was used" }).waitFor();
  await verified(true);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.locator("h1", { hasText: "Settings" }).waitFor();
  await page.getByText("proven, ends").waitFor();
  await removePasskey(page);
  await page.done();
});

test("an app is set up, its codes and its recovery codes prove what they are asked for, and it is removed", async () => {
  const page = await visit("/settings");
  await page.getByRole("button", { name: "Set up an app" }).click();
  const secret = await page.locator("[data-once]").textContent();
  const link = await page.getByRole("link", { name: "Open it in an app" }).getAttribute("href");
  assert.ok(link.startsWith("otpauth://totp/") && link.includes(secret), link);
  await page.getByLabel("The code that it shows").fill(code(secret));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.locator("[data-recovery] li").nth(9).waitFor();
  const recovery = await page.locator("[data-recovery] li").allTextContents();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  assert.equal(await readFile(await download.path(), "utf8"), `${recovery.join("\n")}\n`);
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: `${SCREENS}/settings-recovery-wide-light.png`, fullPage: true });
  await accessible(page, "recovery codes");
  await page.setViewportSize(NARROW);
  await fits(page, "recovery codes, narrow");
  await page.setViewportSize(WIDE);

  await anew(page, "/tokens");
  await makeToken(page, "by-code");
  const dialog = page.getByRole("dialog", { name: TITLE });
  const right = code(secret, 1);
  await dialog.getByLabel("Code of your app").fill(String((Number(right) + 1) % 1_000_000).padStart(6, "0"));
  await dialog.getByRole("button", { name: "Prove it" }).click();
  await dialog.locator(".wrong", { hasText: "This is not the code" }).waitFor();
  // A code is good once, and the one of now was the first: clocks may be off by a step.
  await dialog.getByLabel("Code of your app").fill(right);
  await dialog.getByRole("button", { name: "Prove it" }).click();
  await page.locator("[data-once]").waitFor();
  assert.equal((await api("/api/tokens")).tokens.filter((token) => token.name === "by-code").length, 1, "it was made once");

  await anew(page, "/tokens");
  await page.locator("li", { hasText: "by-code" }).getByRole("button", { name: "Revoke" }).click();
  await dialog.locator("summary", { hasText: "Use a recovery code" }).click();
  await dialog.getByLabel("Recovery code").fill(recovery[0].toUpperCase());
  await dialog.getByRole("button", { name: "Use it up" }).click();
  await said(page, "The token by-code is revoked");

  await page.goto(`${ORIGIN}/settings`);
  await page.getByText("9 codes left").waitFor();
  await page.getByRole("button", { name: "Make new ones" }).click();
  await page.locator("[data-recovery] li").nth(9).waitFor();
  await page.getByText("10 codes left").waitFor();
  const app = page.locator("section", { has: page.getByRole("heading", { name: "Codes of an app" }) });
  await app.getByRole("button", { name: "Remove" }).click();
  await said(page, "Codes of your app prove nothing any more");
  await app.getByRole("button", { name: "Set up an app" }).waitFor();
  await page.done();
});

test("who comes back from an identity provider without being signed in reads why, once", async () => {
  for (const [problem, words] of [
    ["cancelled", "You did not go on there"],
    ["expired", "That took too long"],
    ["refused", "That was refused"],
    ["not_invited", "Nobody has invited you yet"],
    ["slow_down", "Too many tries"],
    ["unavailable", "The identity provider does not answer"],
  ]) {
    const page = await open(`/sign-in?problem=${problem}`, { session: "", expected: [/401/] });
    await page.locator(".note", { hasText: words }).waitFor();
    await page.locator("h1", { hasText: "Sign in" }).waitFor();
    assert.ok(page.url().endsWith("/sign-in"), page.url());
    await page.done();
  }
  // Who is signed in all the same has only wanted a further way in.
  const page = await open("/sign-in?problem=cancelled");
  await page.getByRole("link", { name: /^Go on as/ }).click();
  await page.locator("h1", { hasText: "Servers" }).waitFor();
  await page.done();
});

test("each provider and Cloudflare Access have a button that leads there, and back to where one was", async () => {
  const page = await open("/drift?view=a", { session: "", expected: [/401/] });
  await page.locator("h1", { hasText: "Sign in" }).waitFor();
  // What there would be elsewhere takes the place of what this NOC has.
  await page.route("**/api/sign-in", async (route) => {
    const answer = await route.fetch();
    const providers = [{ id: "entra", name: "Entra" }, { id: "oidc", name: "Authentik" }];
    await route.fulfill({ response: answer, json: { ...(await answer.json()), access: true, providers } });
  });
  await page.reload();
  const links = page.getByRole("link", { name: /^Continue with/ });
  await links.nth(2).waitFor();
  const shown = await links.evaluateAll((all) => all.map((link) => [link.textContent, link.getAttribute("href")]));
  assert.deepEqual(shown, [
    ["Continue with Entra", "/api/sign-in/oidc/entra?return_to=%2Fdrift%3Fview%3Da"],
    ["Continue with Authentik", "/api/sign-in/oidc/oidc?return_to=%2Fdrift%3Fview%3Da"],
    ["Continue with Cloudflare Access", "/api/sign-in/access?return_to=%2Fdrift%3Fview%3Da"],
  ]);
  await page.screenshot({ path: `${SCREENS}/sign-in-providers-wide-light.png` });
  await accessible(page, "sign-in with providers");
  // The router of the dashboard lets them go.
  const [asked] = await Promise.all([page.waitForRequest(/\/api\/sign-in\/oidc\/entra/), links.first().click()]);
  assert.ok(asked.isNavigationRequest());
  await page.context().close();
});
