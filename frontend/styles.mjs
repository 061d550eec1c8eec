// Makes the style sheet: Tailwind's compiler with the words of the source as candidates. `node styles.mjs TO`
//
// Tailwind's own program would scan the source with a native module of its own for each platform; to split text into words
// takes none.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { transformSync } from "esbuild";
import { compile } from "tailwindcss";

const here = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname);
const { resolve: found } = createRequire(import.meta.url);

async function loadStylesheet(id, base) {
  const path = id.startsWith(".") ? resolve(base, id) : found(id);
  return { path, base: dirname(path), content: readFileSync(path, "utf8") };
}

const sources = readdirSync(join(here, "src"), { recursive: true }).filter((name) => name.endsWith(".rs")).map((name) => join("src", name));
const text = [...sources.sort(), "index.html"].map((name) => readFileSync(join(here, name), "utf8")).join("\n");
const candidates = [...new Set(text.split(/["'`\s{}<>=]+/))].filter((word) => /^[a-z!@-]/.test(word));

const main = join(here, "styles/main.css");
const { build } = await compile(readFileSync(main, "utf8"), { base: dirname(main), loadStylesheet });
writeFileSync(process.argv[2], transformSync(build(candidates), { loader: "css", minify: true }).code);
