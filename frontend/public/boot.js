// Starts the program. `wasm-bindgen` makes the module beside this one; the build puts both into one file.
import init from "./noc_frontend.js";

// The page is painted once before the program takes the thread: where that is there at once, nothing would be seen until
// it is done. A page in the background is never painted, and does not wait.
await new Promise((painted) => {
  requestAnimationFrame(() => setTimeout(painted));
  setTimeout(painted, 100);
});

init({ module_or_path: "/assets/noc.wasm" });
