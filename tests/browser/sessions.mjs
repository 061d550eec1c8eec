// Sessions of owners that a test may have for itself, and passkeys to prove with in them.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { NOC, api } from "./browser.mjs";
import { COOKIE } from "./stack.mjs";

/** A passkey belongs to a name: no browser makes one for an address. */
export const ORIGIN = NOC.replace("127.0.0.1", "localhost");

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

/** A session of somebody who is invited with a role and joins. */
export async function joined(role, email, name) {
  const { url } = await api("/api/invitations", { method: "POST", body: JSON.stringify({ email, role }) });
  const invitation = url.split("#invitation=")[1];
  return begun(await ask(undefined, "POST", "/api/sign-in/invitation", { invitation, name }));
}

/** A session of a further owner, who has come in a moment ago: for whom has no second factor yet, that counts. */
export async function fresh() {
  return joined("owner", "olive@example.com", "Olive Owner");
}

/** The code that an app shows (RFC 6238), so many steps of thirty seconds from now. */
export function code(secret, steps = 0) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac("sha1", key).update(counter).digest();
  const word = hash.readUInt32BE(hash.at(-1) & 15) & 0x7fff_ffff;
  return String(word % 1_000_000).padStart(6, "0");
}

/** A session of a further owner, in which the second factor is proven. */
export async function proven() {
  const session = await fresh();
  const { secret } = await json(session, "POST", "/api/second-factor/codes", undefined, 201);
  await json(session, "POST", "/api/second-factor/codes/confirm", { code: code(secret) });
  return session;
}

/** Another session of whose this one is, in which nothing is proven. */
export async function another(session) {
  const { url } = await json(session, "POST", "/api/session/links", undefined, 201);
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
