// Every page that a link leads to is opened, and no secret is in what it was sent, shows, keeps, or writes into the console.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { NOC, api, close, deploy, destroy, open, until } from "./browser.mjs";
import { ROOT } from "./stack.mjs";

let settings;

before(async () => {
  const lines = (await readFile(`${ROOT}.dev.vars`, "utf8")).split("\n").filter((line) => /^\w+=/.test(line));
  settings = Object.fromEntries(lines.map((line) => line.match(/^(\w+)=(.*)$/).slice(1)));
  await until(await deploy("canary"), "succeeded");
});

after(async () => {
  await destroy("canary");
  await close();
});

/** The passwords that the machines get, read where they are kept, as the Worker reads them. */
async function passwords() {
  const infisical = `${process.env.NOC_SIMULATOR}/infisical/api`;
  const [clientId, clientSecret] = [settings.INFISICAL_CLIENT_ID, settings.INFISICAL_CLIENT_SECRET];
  const login = await fetch(`${infisical}/v1/auth/universal-auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ clientId, clientSecret }),
  });
  const { accessToken } = await login.json();
  const query = `projectId=${settings.INFISICAL_PROJECT_ID}&environment=prod&secretPath=/`;
  const answer = await fetch(`${infisical}/v4/secrets?${query}`, { headers: { authorization: `Bearer ${accessToken}` } });
  const { secrets } = await answer.json();
  return secrets.filter(({ secretKey }) => secretKey.endsWith("PASSWORD")).map(({ secretKey, secretValue }) => [secretKey, secretValue]);
}

/** The text of the page, and what scripts could read of this browser. */
const shown = () => [document.documentElement.outerHTML, document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join("\n");

test("no secret is in a page, in what it was sent, in what it keeps or in its console", async () => {
  const secrets = [
    ...["DIGITALOCEAN_TOKEN", "CLOUDFLARE_API_TOKEN", "INFISICAL_CLIENT_SECRET", "NOC_MASTER_KEY", "NOC_BOOTSTRAP_TOKEN"].map((name) => [name, settings[name]]),
    ...(await passwords()),
    ["the session", process.env.NOC_SESSION],
    ["the token of scripts", process.env.NOC_TOKEN],
  ];
  assert.ok(secrets.length > 7 && secrets.every(([, secret]) => secret?.length > 8), `${secrets.map(([name]) => name)}`);
  // Every place that was looked at, and what was there.
  const texts = [];
  const page = await open("/servers", { expected: [/40\d|409|422/] });
  const [sent, said] = [[], []];
  page.on("console", (message) => said.push(message.text()));
  page.on("response", async (response) => {
    // A stream of events has no end, and what a browser has fetched before has no body.
    const type = response.headers()["content-type"] ?? "";
    if (!/json|html/.test(type)) return;
    sent.push(response.text().then((text) => texts.push([response.url(), text]), () => {}));
  });

  // What is shown once is nowhere else afterwards.
  await page.goto(`${NOC}/tokens`);
  await page.getByLabel("Name").fill("canary");
  await page.getByRole("checkbox").first().check();
  await page.getByRole("button", { name: /^Make/ }).click();
  const token = await page.locator("[data-once]").textContent();
  assert.match(token, /^noc_/);
  await Promise.all(sent);
  const before = texts.length;

  const [left, seen] = [["/servers"], new Set()];
  while (left.length > 0 && seen.size < 60) {
    const path = left.shift();
    if (seen.has(path)) continue;
    seen.add(path);
    await page.goto(NOC + path);
    await page.locator("#main").waitFor();
    await page.waitForLoadState("load");
    await page.waitForTimeout(250);
    // Where a skeleton stays, as in the gallery, what there is is enough.
    await page.waitForFunction(() => !document.querySelector("main .skeleton"), null, { timeout: 5_000 }).catch(() => {});
    texts.push([`the page ${path}`, await page.evaluate(shown)]);
    const links = await page.locator('a[href^="/"]').evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    left.push(...links.filter((link) => !link.startsWith("/api/") && !seen.has(link)));
  }
  await Promise.all(sent);
  texts.push(["the console", said.join("\n")]);
  const holders = (secret, among) => {
    const forms = [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")];
    return among.filter(([, text]) => forms.some((form) => text.includes(form))).map(([where]) => where);
  };
  for (const [name, secret] of secrets) assert.deepEqual(holders(secret, texts), [], name);
  assert.deepEqual(holders(token, texts.slice(before)), [], "a token that was shown once");
  // It was everywhere, and the same look finds what is no secret.
  for (const path of ["/servers/canary", "/deploy", "/audit", "/settings", "/members", "/applications/flaggerlink"]) {
    assert.ok([...seen].some((one) => one.startsWith(path)), `${path} of ${[...seen].join(" ")}`);
  }
  const found = holders("canary-api", texts);
  assert.ok(found.some((where) => where.startsWith("http")) && found.includes("the page /servers/canary"), `${found}`);
  await page.done();
  const { tokens } = await api("/api/tokens");
  await api(`/api/tokens/${tokens.find(({ name }) => name === "canary").id}`, { method: "DELETE" });
});
