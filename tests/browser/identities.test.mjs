// An identity provider, as somebody meets it: they link it in Settings, and sign in by it afterwards.

import { after, test } from "node:test";

import { NOC, SCREENS, accessible, close, open } from "./browser.mjs";
import { PROVIDER } from "./issuers.mjs";
import { fresh } from "./sessions.mjs";

after(close);

test("somebody links a provider, and signs in by it from then on", async () => {
  // The provider's own pages are somewhere else.
  const page = await open("/settings", { session: await fresh(), expected: [/^asked /, /401/] });
  const card = page.locator("section", { hasText: "Identity providers" });
  await card.getByText("You sign in by none yet.").waitFor();
  await card.getByRole("button", { name: `Link ${PROVIDER}` }).click();
  // It leads to the provider, which knows Ada, and back.
  await card.getByText("as ada").waitFor();
  if (!page.url().endsWith("/settings")) throw new Error(page.url());
  await page.screenshot({ path: `${SCREENS}/settings-provider-wide-light.png`, fullPage: true });
  await accessible(page, "settings with a provider");

  await page.getByRole("button", { name: "Sign out" }).first().click();
  await page.locator("h1", { hasText: "Sign in" }).waitFor();
  await page.goto(`${NOC}/drift`);
  await page.getByRole("link", { name: `Continue with ${PROVIDER}` }).click();
  await page.locator("h1", { hasText: "Drift" }).waitFor();
  await page.locator(".account", { hasText: "Owner" }).first().waitFor();

  await page.goto(`${NOC}/settings`);
  await card.getByRole("button", { name: "Remove" }).waitFor();
  await page.done();
});
