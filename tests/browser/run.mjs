// Runs the browser tests against the whole of NOC on this machine. `node tests/browser/run.mjs [part of a file's name…]`
//
// The last line is the count, in the words that cargo's own tests use.

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

import { issuers } from "./issuers.mjs";
import { ROOT, seed, stack } from "./stack.mjs";

const wanted = process.argv.slice(2);
const folder = join(ROOT, "tests/browser");
const all = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs")).sort();
const files = all.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const counts = { pass: 0, fail: 0, skipped: 0 };

// The large one needs a database that is filled before the Worker starts.
const large = files.filter((name) => name.startsWith("large"));
const usual = files.filter((name) => !name.startsWith("large"));

async function runOn(state, names, { environment, ready, prepare } = {}) {
  if (names.length === 0) return;
  let noc = await stack(state, { environment });
  try {
    if (prepare) {
      await noc.end();
      await prepare();
      noc = await stack(state, { environment });
    }
    await ready?.(noc.url);
    process.env.NOC_URL = noc.url;
    process.env.NOC_SIMULATOR = noc.simulator;
    process.env.NOC_SESSION = noc.session;
    process.env.NOC_TOKEN = noc.token;
    await new Promise((resolve) => {
      // One after the other: they share the providers.
      const tests = run({ files: names.map((name) => join(folder, name)), concurrency: false, timeout: 1_800_000 });
      tests.on("test:pass", (event) => count(event, "pass"));
      tests.on("test:fail", (event) => count(event, "fail"));
      tests.compose(spec).on("end", resolve).pipe(process.stdout);
    });
  } finally {
    await noc.end();
  }
}

function count({ details, skip }, outcome) {
  // A file is reported as a test, too, and fails by itself only if it could not be run.
  if (details?.type === "suite") return;
  if (skip) counts.skipped += 1;
  else counts[outcome] += 1;
}

const state = await mkdtemp(join(tmpdir(), "noc-browser-"));
try {
  const provider = await issuers();
  try {
    await runOn(join(state, "usual"), usual, { environment: provider.environment, ready: provider.leadTo });
  } finally {
    provider.end();
  }
  await runOn(join(state, "large"), large, { prepare: () => seed(join(state, "large"), 10_000) });
} catch (error) {
  console.error(error);
  counts.fail += 1;
} finally {
  await rm(state, { recursive: true, force: true });
}
const word = counts.fail === 0 ? "ok" : "FAILED";
console.log(`test result: ${word}. ${counts.pass} passed; ${counts.fail} failed; ${counts.skipped} ignored`);
process.exit(counts.fail === 0 ? 0 : 1);
