// A real OpenID provider on this machine, at which somebody is Ada.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { ROOT } from "./stack.mjs";

/** What the provider is called on the page for signing in. */
export const PROVIDER = "Example ID";

/** Starts the providers. */
export async function issuers() {
  const program = spawn("node", ["tests/system/identity.mjs"], { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: program.stdout });
  const [first] = await once(lines, "line");
  const issuer = JSON.parse(first).issuers.es256;
  const one = { id: "es256", name: PROVIDER, issuer, client_id: "noc", client_secret: "a secret: of ours" };
  return {
    issuer,
    environment: { NOC_OIDC_PROVIDERS: JSON.stringify([one]) },
    /** Says where the provider leads back to. */
    async leadTo(origin) {
      program.stdin.write(`${JSON.stringify({ redirect: origin })}\n`);
      await once(lines, "line");
    },
    end: () => program.stdin.end(),
  };
}
