// What the platform's edge does before NOC, for measuring: the local workerd compresses nothing.
//
// Assets are compressed as well as brotli can, which is how the build counts them, and answers of the API as quickly as
// an edge does.

import { once } from "node:events";
import { createServer, request } from "node:http";
import { brotliCompressSync, constants } from "node:zlib";

import { COOKIE } from "./stack.mjs";

/** Starts it in front of NOC. Whoever asks is signed in by that session, and so need not know of it. */
export async function edge(noc, session) {
  const target = new URL(noc);
  // Nobody shall wait for the compression while the time is taken.
  const kept = new Map();
  const server = createServer((asked, answer) => {
    const headers = { ...asked.headers, "accept-encoding": "identity", cookie: `${COOKIE}=${session}` };
    const passed = request({ host: target.hostname, port: target.port, path: asked.url, method: asked.method, headers }, (got) => {
      const type = got.headers["content-type"] ?? "";
      if (!/text|javascript|json|wasm|svg/.test(type) || type.includes("event-stream")) {
        answer.writeHead(got.statusCode, got.headers);
        got.pipe(answer);
        return;
      }
      const asset = asked.url.startsWith("/assets/") && got.statusCode === 200;
      const params = { [constants.BROTLI_PARAM_QUALITY]: asset ? 11 : 4 };
      const pieces = [];
      got.on("data", (piece) => pieces.push(piece));
      got.on("end", () => {
        const body = (asset && kept.get(asked.url)) || brotliCompressSync(Buffer.concat(pieces), { params });
        if (asset) kept.set(asked.url, body);
        const { "transfer-encoding": _, ...rest } = got.headers;
        answer.writeHead(got.statusCode, { ...rest, "content-encoding": "br", "content-length": body.length });
        answer.end(body);
      });
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, end: () => (server.closeAllConnections(), server.close()) };
}
