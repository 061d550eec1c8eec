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

test("an adoption that is refused says why at its field, and closes without having done anything", async () => {
  const page = await open("/orphans", { expected: [/4\d\d|50\d/] });
  await page.getByRole("button", { name: "Adopt" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Adopt left-behind" });
  await dialog.getByLabel("Server name").fill("left-behind");
  await dialog.getByLabel("Branch that it runs").fill("master");
  await dialog.getByRole("button", { name: "Adopt it" }).click();
  await dialog.locator(".note, .wrong").first().waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  // It is still there to be adopted; what a closed dialog says of it is not on the page.
  await page.getByRole("button", { name: "Adopt" }).first().waitFor();
  await page.done();
});
