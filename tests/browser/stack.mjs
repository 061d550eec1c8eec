// The whole of NOC on this machine, as `cargo xtask dev` runs it: the Worker in workerd with the dashboard, its database,
// and the simulator of all providers.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** The organization that there is before anybody makes one. */
const ORGANIZATION = "org_000000000000000000000001";

/** Makes the first owner, once; 32 characters at least. */
const BOOTSTRAP = "0123456789abcdef0123456789abcdef";

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
export async function stack(folder, { release = false } = {}) {
  const [port, simulator] = [await freePort(), await freePort()];
  const args = ["xtask", "dev", "--port", `${port}`, "--sim-port", `${simulator}`, "--state", folder];
  const env = { ...process.env, NOC_BOOTSTRAP_TOKEN: BOOTSTRAP };
  const program = start("cargo", release ? [...args, "--release"] : args, { env });
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/api/health`, program);
  return { url, simulator: `http://127.0.0.1:${simulator}`, lines: program.lines, end: () => program.end() };
}

/** Signs the first owner in, and gives the session that this begins. It works once for each state. */
export async function signIn(url) {
  const body = JSON.stringify({ token: BOOTSTRAP, email: "owner@example.com", name: "Olga Owner" });
  const headers = { "content-type": "application/json", origin: url };
  const answer = await fetch(`${url}/api/sign-in/bootstrap`, { method: "POST", headers, body });
  const set = answer.headers.getSetCookie().find((cookie) => cookie.startsWith(`${COOKIE}=`));
  if (!set) throw new Error(`nobody was signed in: ${answer.status} ${await answer.text()}`);
  return set.slice(COOKIE.length + 1, set.indexOf(";"));
}

/** Makes a token that may do everything: what is sensitive, a session may do only for ten minutes. */
export async function makeToken(url, session) {
  const headers = { "content-type": "application/json", origin: url, cookie: `${COOKIE}=${session}` };
  const { scopes } = await (await fetch(`${url}/api/session`, { headers })).json();
  const answer = await fetch(`${url}/api/tokens`, { method: "POST", headers, body: JSON.stringify({ name: "tests", scopes }) });
  if (!answer.ok) throw new Error(`no token was made: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).secret;
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
  return sql.join("\n");
}
