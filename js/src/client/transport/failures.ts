// Says in plain words what went wrong on the way, without keys, queries or foreign text.
import { NetworkError, UnreachableError, UntrustedServerError } from "../errors.ts";

/** The host of an address, with its port: all of it that may be shown. */
export function place(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : "";
  return host && host.length <= 80 ? host : "the server";
}

// Node tells codes, Deno words. Without a connection nothing was sent.
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|certificate/;
const CAUSES: readonly [RegExp, string, boolean][] = [
  [/ENOTFOUND|EAI_AGAIN|dns error|failed to lookup/, "its name could not be resolved (DNS)", true],
  [/ECONNREFUSED|onnection refused/, "the connection was refused", true],
  [
    /CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|\(Connect\)/,
    "no connection was made",
    true,
  ],
  [/bad port/, "nothing is sent to that port", true],
  [
    /ECONNRESET|EPIPE|onnection reset|onnection closed|other side closed/,
    "the connection was reset",
    false,
  ],
  [
    /ERR_SSL|EPROTO|wrong version number|InvalidContentType/,
    "no secure connection (TLS) could be made",
    false,
  ],
  [/TimeoutError|HEADERS_TIMEOUT|BODY_TIMEOUT|timed out/, "the answer did not come in time", false],
];

// Of a connection that there was: it may end in the same words as one that never came about.
const BEGUN = /\b(?:read|write|shutdown) E[A-Z]/;

/** Turn what `fetch` threw into our error; its cause is named, not attached. */
export function explain(error: unknown, url: string): NetworkError {
  // Deno quotes the address, which may hold any of these words.
  const told = words(error).replace(/\bhttps?:\/\/\S+/g, "");
  if (CERTIFICATE.test(told)) {
    return new UntrustedServerError(
      `The certificate of ${place(url)} could not be verified. Behind a company proxy, ` +
        "NODE_EXTRA_CA_CERTS (Node) or DENO_CERT (Deno) names its certificates.",
    );
  }
  const [, reason, unsent] = CAUSES.find(([pattern]) => pattern.test(told)) ?? [];
  const kind = unsent && !BEGUN.test(told) ? UnreachableError : NetworkError;
  return new kind(`${place(url)} could not be reached: ${reason ?? "the connection broke off"}`);
}

function words(error: unknown): string {
  const found: string[] = [];
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < 5; depth += 1) {
    found.push(cause.name, (cause as { code?: unknown }).code?.toString() ?? "", cause.message);
    if (cause instanceof AggregateError) found.push(...cause.errors.map(words));
    cause = cause.cause;
  }
  return found.join(" ");
}
