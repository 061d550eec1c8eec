// Sessions of the first owner that a test may have for itself, and passkeys to prove with in them.

import assert from "node:assert/strict";

import { NOC } from "./browser.mjs";
import { COOKIE } from "./stack.mjs";

/** A passkey belongs to a name: no browser makes one for an address. */
export const ORIGIN = NOC.replace("127.0.0.1", "localhost");

/** Of the first owner: said by whoever started NOC. */
const SESSION = process.env.NOC_SESSION;

/** Asks NOC as its pages do, and gives the answer. */
export async function ask(session, method, path, body) {
  const headers = { origin: ORIGIN, "content-type": "application/json" };
  if (session) headers.cookie = `${COOKIE}=${session}`;
  return fetch(ORIGIN + path, { method, headers, body: body && JSON.stringify(body) });
}

export async function json(session, method, path, body, status = 200) {
  const answer = await ask(session, method, path, body);
  const text = await answer.text();
  assert.equal(answer.status, status, `${method} ${path}: ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** The session that an answer has begun. */
export function begun(answer) {
  const cookie = answer.headers.getSetCookie().find((text) => text.startsWith(`${COOKIE}=`));
  assert.ok(cookie, `${answer.status}`);
  return cookie.split(";")[0].slice(COOKIE.length + 1);
}

/** A session that was begun a moment ago, by a link: for whom has no second factor yet, that counts. */
export async function fresh() {
  const { url } = await json(SESSION, "POST", "/api/session/links", undefined, 201);
  return begun(await ask(undefined, "POST", "/api/sign-in/link", { link: url.split("#link=")[1] }));
}

/** Gives a page an authenticator that knows whose finger it is. */
export async function authenticator(page) {
  const debug = await page.context().newCDPSession(page);
  await debug.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true };
  const added = await debug.send("WebAuthn.addVirtualAuthenticator", {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return (isUserVerified) =>
    debug.send("WebAuthn.setUserVerified", { authenticatorId: added.authenticatorId, isUserVerified });
}
