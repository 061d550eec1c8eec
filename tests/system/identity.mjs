// Issuers of identities on this machine: real OpenID providers, one for each kind of key, and one that signs whatever it is
// told to, as Cloudflare Access and machines that build software have it.
//
// Standard output has one line of JSON for the start and one for each line of standard input:
//   start                          {"issuers":{"rs256":URL,"es256":URL,"eddsa":URL},"signer":URL}
//   {"redirect":ORIGIN}            the providers lead back to this NOC
//   {"rotate":"rs256"}             a provider changes its keys
//   {"clock":SECONDS}              the clock of all of them is off by so much
//   {"sign":CLAIMS}                {"token":TOKEN}
// The end of standard input is the end of this program.

import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

// What its warnings are about does not matter here, and standard output is for answers.
console.warn = console.info = () => {};

const kinds = {
  rs256: { algorithm: "RS256", make: () => generateKeyPairSync("rsa", { modulusLength: 2048 }) },
  es256: { algorithm: "ES256", make: () => generateKeyPairSync("ec", { namedCurve: "P-256" }) },
  eddsa: { algorithm: "EdDSA", make: () => generateKeyPairSync("ed25519") },
};
const now = Date.now;
let made = 0;
let redirect = "http://127.0.0.1:1";

const listening = (handle) =>
  new Promise((resolve) => {
    const server = createServer(handle);
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
  });

function key(kind) {
  const { algorithm, make } = kinds[kind];
  const pair = make();
  made += 1;
  const common = { kid: `key-${made}`, alg: algorithm, use: "sig" };
  return { pair, common, secret: { ...pair.privateKey.export({ format: "jwk" }), ...common } };
}

const providers = {};
for (const kind of Object.keys(kinds)) {
  const one = { key: key(kind) };
  one.issuer = await listening((request, response) => one.callback(request, response));
  providers[kind] = one;
}

function set(kind) {
  const one = providers[kind];
  const { algorithm } = kinds[kind];
  const provider = new Provider(one.issuer, {
    clients: [
      {
        client_id: "noc",
        client_secret: "a secret: of ours",
        redirect_uris: [`${redirect}/api/sign-in/oidc/${kind}/callback`],
        id_token_signed_response_alg: algorithm,
      },
    ],
    jwks: { keys: [one.key.secret] },
    enabledJWA: { idTokenSigningAlgValues: [algorithm] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    // The one with RSA says the address in its userinfo only, as the standard has it; the others in the token, as many do.
    conformIdTokenClaims: kind === "rs256",
    cookies: { keys: ["one"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: "ada@noc.test", email_verified: true, name: "Ada" }),
    }),
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  });
  // Whoever comes here is Ada, and agrees.
  provider.use(async (context, next) => {
    if (!context.path.startsWith("/interaction/")) return next();
    const details = await provider.interactionDetails(context.req, context.res);
    const grant = new provider.Grant({ accountId: "ada", clientId: details.params.client_id });
    grant.addOIDCScope(details.params.scope);
    const result = { login: { accountId: "ada" }, consent: { grantId: await grant.save() } };
    context.status = 303;
    context.redirect(await provider.interactionResult(context.req, context.res, result));
  });
  one.callback = provider.callback();
}
Object.keys(kinds).forEach(set);

// The one that signs whatever it is told to.
const own = key("rs256");
const signer = await listening((request, response) => {
  const keys = { keys: [{ ...own.pair.publicKey.export({ format: "jwk" }), ...own.common }] };
  const answers = {
    "/.well-known/openid-configuration": { issuer: signer, jwks_uri: `${signer}/keys` },
    "/keys": keys,
    "/cdn-cgi/access/certs": keys,
  };
  const answer = answers[request.url];
  response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify(answer ?? {}));
});

function signed(claims) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg: "RS256", typ: "JWT", kid: own.common.kid })}.${encode(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), own.pair.privateKey).toString("base64url")}`;
}

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const issuers = Object.fromEntries(Object.entries(providers).map(([kind, one]) => [kind, one.issuer]));
say({ issuers, signer });
const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  const command = JSON.parse(line);
  if (command.redirect) {
    redirect = command.redirect;
    Object.keys(kinds).forEach(set);
  }
  if (command.rotate) {
    providers[command.rotate].key = key(command.rotate);
    set(command.rotate);
  }
  if (command.clock !== undefined) Date.now = () => now() + command.clock * 1000;
  say(command.sign ? { token: signed(command.sign) } : {});
});
input.on("close", () => process.exit());
