// Settings: argument > environment > default.
import { ConfigurationError, shorten } from "./errors.ts";
import { Secret } from "./secret.ts";
import { decimal } from "./transport/retry.ts";

/** What may be given in code; everything else comes from the environment. */
export interface ClientOptions {
  /** `"runware"` or `"diffusion-router"`; by default the one that is configured. */
  provider?: string | undefined;
  /** For requests that name none. */
  model?: string | undefined;
  /** Seconds that a call waits for its video, 600 by default. */
  timeout?: number | undefined;
  /** For the provider; better set `LLMKIT_API_KEY` than write it into a notebook. */
  apiKey?: string | Secret | undefined;
  /** Address of the provider's server; alone it means DiffusionRouter. */
  baseUrl?: string | undefined;
  /** Told what a person should know, once each; `console.warn` by default. */
  warn?: ((message: string) => void) | undefined;
}

export interface Settings {
  readonly provider: string | undefined;
  readonly model: string | undefined;
  /** Seconds. */
  readonly timeout: number;
  readonly apiKey: Secret | undefined;
  readonly runwareUrl: string;
  readonly diffusionRouterUrl: string | undefined;
  readonly diffusionRouterApiKey: Secret | undefined;
}

const RUNWARE_URL = "https://api.runware.ai/v1";

/** @throws ConfigurationError a value that cannot be used; names where it came from. */
export function load(
  options: ClientOptions,
  environment: Record<string, string | undefined> = process.env,
): Settings {
  // An empty variable is how a shell says "not set".
  const from = (name: string) => environment[name]?.trim() || undefined;
  const environmental = (...names: string[]) => names.map((name) => [name, from(name)] as const);
  const asked =
    options.provider ?? (options.baseUrl === undefined ? undefined : "diffusion-router");
  const provider = asked ?? from("LLMKIT_VIDEO_PROVIDER");
  const router = options.baseUrl !== undefined && !/runware/i.test(provider ?? "");
  const runware = options.baseUrl !== undefined && !router;
  const key = options.apiKey;
  return {
    provider,
    model: options.model ?? from("LLMKIT_VIDEO_MODEL"),
    timeout: positive(
      options.timeout ?? from("LLMKIT_VIDEO_TIMEOUT") ?? 600,
      options.timeout === undefined ? "LLMKIT_VIDEO_TIMEOUT" : "timeout",
    ),
    // A key in code is for the provider that is meant; those of others may be in the environment.
    apiKey: secret(
      ["apiKey", isRouter(provider) ? undefined : key],
      ...environmental("LLMKIT_API_KEY", "RUNWARE_API_KEY"),
    ),
    runwareUrl: address(
      runware ? options.baseUrl : (from("LLMKIT_RUNWARE_URL") ?? RUNWARE_URL),
      runware ? "baseUrl" : "LLMKIT_RUNWARE_URL",
      RUNWARE_URL,
    ),
    diffusionRouterUrl: optional(
      router ? options.baseUrl : from("LLMKIT_DIFFUSION_ROUTER_URL"),
      (value) =>
        address(
          value,
          router ? "baseUrl" : "LLMKIT_DIFFUSION_ROUTER_URL",
          "http://127.0.0.1:30000",
        ),
    ),
    // A key in code goes to the address in code; one from the environment to the one from there.
    diffusionRouterApiKey: secret(
      ["apiKey", isRouter(provider) ? key : undefined],
      ...(router ? [] : environmental("LLMKIT_DIFFUSION_ROUTER_API_KEY")),
    ),
  };
}

function isRouter(provider: string | undefined): boolean {
  return /^diffusion[-_]?router$/i.test(provider?.trim() ?? "");
}

function optional<T>(value: string | undefined, check: (value: string) => T): T | undefined {
  return value === undefined ? undefined : check(value);
}

function positive(value: unknown, source: string): number {
  const number = typeof value === "string" ? decimal(value) : value;
  if (typeof number === "number" && number > 0 && Number.isFinite(number)) return number;
  throw new ConfigurationError(`${source} is ${shorten(value)}; allowed: a number greater than 0`);
}

/** The first key that is given. */
function secret(...given: (readonly [string, string | Secret | undefined])[]): Secret | undefined {
  const [source, value] = given.find(([, each]) => each !== undefined) ?? [];
  if (value === undefined) return undefined;
  const key = value instanceof Secret ? value : new Secret(String(value).trim());
  // The value is never shown, not even when it is wrong.
  if (/^[\x20-\x7e]+$/.test(key.reveal())) return key;
  throw new ConfigurationError(`${source} is not a usable key; allowed: plain ASCII text`);
}

function address(value: unknown, source: string, example: string): string {
  const text = typeof value === "string" ? value.trim() : "";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && /^https?:$/.test(url.protocol) && /^https?:\/\/[^/]/i.test(text);
  // A key in an address would be shown wherever the address is.
  const hidden =
    url && (url.username || url.password || url.search || url.hash || text.includes("@"));
  if (plain && !hidden && url.port !== "0" && !/[^!-~]|\\/.test(text))
    return text.replace(/\/+$/, "");
  const shown =
    hidden || text.includes("@") ? "an address with a name, key or query in it" : shorten(value);
  throw new ConfigurationError(`${source} is ${shown}; allowed: an address such as ${example}`);
}
