// Passkeys, made and used by Chromium's own authenticator: what the browser sends is what the Worker reads.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { close, launch } from "./browser.mjs";
import { ORIGIN, ask, authenticator as add, begun, fresh, json } from "./sessions.mjs";

after(close);

/** A page of NOC's own with nothing on it, and an authenticator that knows whose finger it is. */
async function authenticator() {
  const context = await (await launch()).newContext();
  const page = await context.newPage();
  await page.route("**/*", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><p>" }));
  await page.goto(`${ORIGIN}/`);
  const verified = await add(page);
  return { context, page, verified };
}

// What a page does with the answer of NOC; it runs in the browser.
const made = (page, options) =>
  page.evaluate(async (options) => {
    const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const text = (buffer) =>
      btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const { response } = await navigator.credentials.create({
      publicKey: {
        challenge: bytes(options.challenge),
        rp: { id: options.rp_id, name: "NOC" },
        user: { id: bytes(options.user_id), name: options.user_name, displayName: options.user_display_name },
        pubKeyCredParams: options.algorithms.map((alg) => ({ type: "public-key", alg })),
        excludeCredentials: options.exclude.map((id) => ({ type: "public-key", id: bytes(id) })),
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        attestation: "none",
      },
    });
    return { client_data_json: text(response.clientDataJSON), attestation_object: text(response.attestationObject) };
  }, options);

const signed = (page, options, userVerification = "required") =>
  page.evaluate(
    async ({ options, userVerification }) => {
      const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
      const text = (buffer) =>
        btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      const { rawId, response } = await navigator.credentials.get({
        publicKey: {
          challenge: bytes(options.challenge),
          rpId: options.rp_id,
          allowCredentials: options.allow.map((id) => ({ type: "public-key", id: bytes(id) })),
          userVerification,
        },
      });
      return {
        credential_id: text(rawId),
        client_data_json: text(response.clientDataJSON),
        authenticator_data: text(response.authenticatorData),
        signature: text(response.signature),
      };
    },
    { options, userVerification },
  );

test("a passkey of each kind that Chromium makes signs in and proves the second factor", async () => {
  let session = await fresh();
  for (const algorithm of [-7, -257, -8]) {
    const { context, page } = await authenticator();
    const options = await json(session, "POST", "/api/passkeys/challenge");
    assert.equal(options.rp_id, "localhost");
    assert.ok(options.algorithms.includes(algorithm));
    let key;
    try {
      key = await made(page, { ...options, algorithms: [algorithm] });
    } catch (error) {
      // Not every Chromium's authenticator has every algorithm; the one that all have must work.
      assert.notEqual(algorithm, -7, `${error}`);
      await context.close();
      continue;
    }
    const body = { name: `Chromium ${algorithm}`, ...key };
    const passkey = await json(session, "POST", "/api/passkeys", body, 201);

    const challenge = await json(undefined, "POST", "/api/sign-in/passkey/challenge");
    const assertion = await signed(page, challenge);
    const mine = begun(await ask(undefined, "POST", "/api/sign-in/passkey", assertion));
    const me = await json(mine, "GET", "/api/session");
    assert.equal(me.session.method, "passkey");
    assert.ok(me.proven_until, "it is two factors");
    // The same answer signs nobody in again: Chromium's authenticator counts its uses, and this one is not the next.
    assert.equal((await ask(undefined, "POST", "/api/sign-in/passkey", assertion)).status, 401);

    const proof = await json(mine, "POST", "/api/session/proof/challenge");
    assert.equal(proof.allow.length, 1);
    await json(mine, "POST", "/api/session/proof", { passkey: await signed(page, proof) });
    await json(mine, "DELETE", `/api/passkeys/${passkey.id}`, undefined, 204);
    session = mine;
    await context.close();
  }
  assert.deepEqual((await json(session, "GET", "/api/passkeys")).passkeys, []);
});

test("a passkey that somebody else has picked up proves nothing", async () => {
  const session = await fresh();
  const { context, page, verified } = await authenticator();
  const options = await json(session, "POST", "/api/passkeys/challenge");
  const passkey = await json(session, "POST", "/api/passkeys", { name: "found", ...(await made(page, options)) }, 201);
  await verified(false);
  const challenge = await json(undefined, "POST", "/api/sign-in/passkey/challenge");
  const assertion = await signed(page, challenge, "discouraged");
  assert.equal((await ask(undefined, "POST", "/api/sign-in/passkey", assertion)).status, 401);
  await verified(true);
  const proof = await json(session, "POST", "/api/session/proof/challenge");
  await json(session, "POST", "/api/session/proof", { passkey: await signed(page, proof) });
  await json(session, "DELETE", `/api/passkeys/${passkey.id}`, undefined, 204);
  await context.close();
});
