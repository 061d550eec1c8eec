// Makes the font as small as the dashboard needs it: the letters of English and a few more, and the signs that the pages
// write, in the weights that the style sheet asks for. `node font.mjs FROM TO`
//
// Names that people gave and that have other letters are written in the system's own font: the browser chooses by letter.

import { readFileSync, writeFileSync } from "node:fs";
import subsetFont from "subset-font";

const [from, to] = process.argv.slice(2);
const range = (first, last) => String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, at) => first + at));
const letters = range(0x20, 0x7e) + "ÄÖÜäöüßé·×–—…’“”→←↑↓⌘€";
const options = { targetFormat: "woff2", variationAxes: { wght: { min: 400, max: 650 } } };
writeFileSync(to, await subsetFont(readFileSync(from), letters, options));
