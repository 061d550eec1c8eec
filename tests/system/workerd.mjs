// Runs the built Worker in workerd, with its database, cache and objects, for the whole-system tests.
//
// The first line of standard input is the configuration as JSON, so that no secret is on a command line:
//   { build, migrations, state, compatibilityDate, port, bindings, limit, removeState }
// Standard output has one line {"port":N} when the Worker answers; all others are what the Worker writes.
// The end of standard input is the end of this program, so that it does not outlive whoever started it.

import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Log, LogLevel, Miniflare } from "miniflare";

const input = createInterface({ input: process.stdin });
const configuration = JSON.parse(await new Promise((resolve) => input.once("line", resolve)));
let miniflare;
input.once("close", end);

const module = (type, name) => ({ type, path: name, contents: readFileSync(join(configuration.build, name)) });
const persisted = (name) => join(configuration.state, name);

miniflare = new Miniflare({
  name: "noc",
  host: "127.0.0.1",
  port: configuration.port,
  // A request to /cdn-cgi/handler/scheduled is what the platform does on the schedule.
  unsafeTriggerHandlers: true,
  // Otherwise it would ask the network where on the earth this machine is.
  cf: false,
  log: new Log(LogLevel.WARN),
  handleRuntimeStdio(stdout, stderr) {
    for (const stream of [stdout, stderr]) {
      createInterface({ input: stream }).on("line", (line) => process.stdout.write(`${line}\n`));
    }
  },
  modules: [module("ESModule", "index.js"), module("CompiledWasm", "index_bg.wasm")],
  compatibilityDate: configuration.compatibilityDate,
  bindings: configuration.bindings,
  d1Databases: { DB: "noc" },
  d1Persist: persisted("d1"),
  ratelimits: { LIMITS: { simple: { limit: configuration.limit, period: 60 } } },
  kvNamespaces: { CACHE: "cache" },
  kvPersist: persisted("kv"),
  durableObjects: { TARGETS: { className: "Target", useSQLite: true } },
  durableObjectsPersist: persisted("objects"),
});
const url = await miniflare.ready;
await migrate(await miniflare.getD1Database("DB"));
process.stdout.write(`${JSON.stringify({ port: Number(url.port) })}\n`);

// Applies the migrations that the database lacks, remembered in the same table as wrangler's own.
async function migrate(database) {
  await database
    .prepare(
      "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, " +
        "applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
    )
    .run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const applied = new Set(results.map((row) => row.name));
  const names = readdirSync(configuration.migrations).filter((name) => name.endsWith(".sql")).sort();
  for (const name of names.filter((name) => !applied.has(name))) {
    const sql = readFileSync(join(configuration.migrations, name), "utf8");
    const remember = database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name);
    await database.batch([database.prepare(sql), remember]);
  }
}

async function end() {
  try {
    await miniflare?.dispose();
  } finally {
    if (configuration.removeState) rmSync(configuration.state, { recursive: true, force: true });
    process.exit();
  }
}
