// What the reconciler found, in a database where it has: drift, and an orphan with the fields of its adoption. A server of
// this database has a row and nothing more, so that its own page is not to be had.

import { after, test } from "node:test";

import { NARROW, SCREENS, WIDE, accessible, close, fits, open } from "./browser.mjs";

after(close);

const PAGES = [
  ["drift-found", "/drift", (page) => page.getByText("droplet size").waitFor()],
  ["orphans-found", "/orphans", (page) => page.getByText("left-behind").first().waitFor()],
  ["orphan-adopted", "/orphans", (page) => page.getByRole("button", { name: "Adopt" }).first().click()],
];

for (const [name, path, there] of PAGES) {
  test(`${name} is accessible and fits, wide and narrow, light and dark`, async () => {
    for (const [width, viewport] of [["wide", WIDE], ["narrow", NARROW]]) {
      for (const colorScheme of ["light", "dark"]) {
        const page = await open(path, { viewport, colorScheme });
        await there(page);
        await page.waitForTimeout(250);
        await page.screenshot({ path: `${SCREENS}/${name}-${width}-${colorScheme}.png`, fullPage: true });
        await accessible(page, `${name}, ${width}, ${colorScheme}`);
        await fits(page, `${name}, ${width}`);
        await page.done();
      }
    }
  });
}

test("an orphan that is gone by the time it is to be adopted is said to be, and is not listed any more", async () => {
  const page = await open("/orphans", { expected: [/409/] });
  await page.getByRole("button", { name: "Adopt" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Adopt left-behind" });
  await dialog.getByLabel("Server name").fill("left-behind");
  await dialog.getByLabel("Branch that it runs").fill("master");
  await dialog.getByRole("button", { name: "Adopt it" }).click();
  await dialog.getByText("it is gone at the provider").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.getByText("No orphans").waitFor();
  await page.done();
});
