// For answers that take longer than `fetch` waits for them: Node's gives up after five minutes.
import * as http from "node:http";
import * as https from "node:https";
import { Readable } from "node:stream";

/** A `fetch` that waits for as long as it may, on a connection of its own. */
export function patient(stop: AbortSignal): typeof fetch {
  return (url, init = {}) =>
    new Promise((resolve, reject) => {
      const { request } = String(url).startsWith("https:") ? https : http;
      const headers = init.headers as Record<string, string>;
      const sent = request(String(url), { method: "POST", headers, agent: false }, (answer) => {
        const { statusCode: status = 0, headers: told } = answer;
        try {
          const body = Readable.toWeb(answer) as ReadableStream;
          resolve(new Response(body, { status, headers: told as Record<string, string> }));
        } catch (error) {
          reject(error); // a status that no answer has
        }
      });
      const signals = [stop, init.signal];
      const quit = ({ target }: Event) => sent.destroy((target as AbortSignal).reason as Error);
      for (const signal of signals) signal?.addEventListener("abort", quit);
      // Deno's process goes on for as long as somebody listens to a clock.
      sent.on("close", () => {
        for (const signal of signals) signal?.removeEventListener("abort", quit);
      });
      sent.on("error", reject);
      sent.end(init.body);
    });
}
