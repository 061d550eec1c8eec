// The whole of NOC on this machine, as `cargo xtask dev` runs it: the Worker in workerd with the dashboard, its database,
// and the simulator of all providers.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** The organization that there is before anybody makes one. */
const ORGANIZATION = "org_000000000000000000000001";

/** The cookie of a session, as the Worker calls it. */
export const COOKIE = "__Host-noc_session";

export const ROOT = new URL("../../", import.meta.url).pathname;

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** Starts a program in a group of its own, so that all that it starts ends with it. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"], ...options });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (process.env.NOC_VERBOSE) console.error(line);
      if (lines.length > 400) lines.shift();
    });
  }
  const ended = once(child, "exit");
  return {
    lines,
    ended,
    async end() {
      // The group may outlive its first member.
      const signal = (name) => {
        try {
          process.kill(-child.pid, name);
        } catch {}
      };
      signal("SIGINT");
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 8_000))]);
      signal("SIGKILL");
    },
  };
}

/** Waits until an address answers, whatever it says. */
export async function answers(url, program, patience = 600_000) {
  const until = Date.now() + patience;
  let over = false;
  program.ended.then(() => (over = true));
  while (Date.now() < until && !over) {
    try {
      return await fetch(url);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error(`${url} does not answer:\n${program.lines.join("\n")}`);
}

/** Starts everything on the state in `folder`. */
export async function stack(folder, { release = false, environment = {} } = {}) {
  const [port, simulator] = [await freePort(), await freePort()];
  const args = ["xtask", "dev", "--port", `${port}`, "--sim-port", `${simulator}`, "--state", folder];
  const env = { ...process.env, ...environment };
  const program = start("cargo", release ? [...args, "--release"] : args, { env });
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/api/health`, program);
  return { url, ...(await signedIn(folder, program)), simulator: `http://127.0.0.1:${simulator}`, lines: program.lines, end: () => program.end() };
}

/** The session and the token of the first owner, as soon as `cargo xtask dev` has made both. */
async function signedIn(folder, program) {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    try {
      const { cookie, token } = JSON.parse(await readFile(`${folder}/sign-in.json`, "utf8"));
      return { session: cookie.slice(COOKIE.length + 1), token };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`nobody was signed in:\n${program.lines.join("\n")}`);
}

/** Runs a program to its end. */
export async function run(command, args) {
  const program = start(command, args, { env: { ...process.env, WRANGLER_SEND_METRICS: "false", NOC_XTASK: "1" } });
  const [code] = await program.ended;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}:\n${program.lines.join("\n")}`);
}

/** Puts so many servers into the database, as a list would have them. The Worker must not run meanwhile. */
export async function seed(folder, count) {
  const file = `${folder}/seed.sql`;
  await writeFile(file, statements(count));
  const wrangler = ["node_modules/wrangler/bin/wrangler.js", "d1", "execute", "DB", "--local", "--yes"];
  await run("node", [...wrangler, "--persist-to", `${folder}/wrangler`, "--file", file]);
  await rm(file);
}

function statements(count) {
  const regions = ["ams3", "fra1", "lon1", "nyc1", "nyc3", "sfo3", "sgp1"];
  const statuses = ["active", "active", "active", "active", "active", "active", "active", "provisioning", "stuck"];
  const rows = [];
  for (let number = 0; number < count; number += 1) {
    const name = `fleet-${String(number).padStart(5, "0")}`;
    const id = `srv_${number.toString(16).padStart(24, "0")}`;
    const at = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString().replace(".000", "");
    const [status, region] = [statuses[number % statuses.length], regions[number % regions.length]];
    const document = {
      id, name, status, region, droplet_id: `${number}`, ip: `198.18.${(number >> 8) & 255}.${number & 255}`,
      size: "s-2vcpu-4gb", price_monthly: 24, proxied: true, application: "flaggerlink", branch: "master",
      domains: ["", "-api", "-text-api"].map((suffix) => `${name}${suffix}.flaggerlink.test`),
      environment: "production", projects: ["default"], created_at: at, active_since: at,
      services: { api: "healthy", rabbitmq: "healthy", redis: number % 50 ? "healthy" : "unhealthy", texting: "healthy" },
      deployment_id: `dep_${number.toString(16).padStart(24, "0")}`,
    };
    const text = (value) => `'${value}'`;
    const values = [text(id), text(ORGANIZATION), text(name), text(status), text(region), Date.parse(at), 1, text(JSON.stringify(document))];
    rows.push(`(${values.join(",")})`);
  }
  const columns = "id, organization_id, name, status, region, created_at, revision, document";
  const sql = [];
  // D1 takes statements of at most 100 KB, and a row has about one.
  for (let from = 0; from < rows.length; from += 50) {
    sql.push(`INSERT INTO servers (${columns}) VALUES ${rows.slice(from, from + 50).join(",\n")};`);
  }
  return [...sql, ...found()].join("\n");
}

/** What the reconciler would have found: a machine that nobody owns, and two differences of the first server. */
function found() {
  // No sweep of this state has a number like that, so none forgets them.
  const [at, sweep] = [Date.UTC(2026, 10, 1), 2_000_000_000];
  const orphan = {
    id: `orp_${"0".repeat(24)}`, provider: "digitalocean", kind: "droplet", provider_id: "424242", name: "left-behind", content: null,
    region: "fra1", size: "s-1vcpu-1gb", server_id: null, server_name: null, reason: "no server has its tag",
    created_at: "2026-10-01T00:00:00Z", first_seen_at: "2026-11-01T00:00:00Z", seen_at: "2026-11-01T00:00:00Z", price_monthly: 6,
  };
  const server = `'${ORGANIZATION}', 'fleet-00000', 'srv_${"0".repeat(24)}'`;
  const drift = (kind, field, desired, observed) => `(${server}, '${kind}', '${field}', ${desired}, ${observed}, ${at}, ${at}, ${sweep})`;
  return [
    `INSERT INTO orphans (id, organization_id, kind, provider_id, first_seen_at, price_cents, sweep, document) VALUES ('${orphan.id}', '${ORGANIZATION}', 'droplet', '424242', ${at}, 600, ${sweep}, '${JSON.stringify(orphan)}');`,
    `INSERT INTO drifts (organization_id, server_name, server_id, kind, field, desired, observed, since, seen_at, sweep) VALUES
      ${drift("dns_content", "fleet-00000-api.flaggerlink.test", "'198.18.0.0'", "'203.0.113.9'")},
      ${drift("size", "droplet size", "'s-2vcpu-4gb'", "'s-4vcpu-8gb'")};`,
  ];
}
