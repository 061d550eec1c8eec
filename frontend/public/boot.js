// Starts the program. `wasm-bindgen` makes the module beside this one; the build puts both into one file.
import init from "./noc_frontend.js";

init({ module_or_path: "/assets/noc.wasm" });
