// Which providers there are, what each needs, and which one is meant.
import {
  AuthenticationError,
  ConfigurationError,
  InvalidRequestError,
  nearest,
  ProviderNotFoundError,
} from "../errors.ts";
import type { Settings } from "../settings.ts";
import type { Provider } from "./provider.ts";

const NAMES = ["runware", "diffusion-router"] as const;
const HOW = {
  runware: "set LLMKIT_API_KEY or RUNWARE_API_KEY, or give apiKey",
  "diffusion-router":
    "set LLMKIT_DIFFUSION_ROUTER_URL to the address of a server that speaks /v1/videos, e.g. " +
    "http://127.0.0.1:30000, or give baseUrl",
} as const;
const PREVIEW =
  `the offline preview is drawn by the Python package alone. For Runware ${HOW.runware}; ` +
  `for a server of open models ${HOW["diffusion-router"]}`;

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** A provider's own spelling of its name. */
export function canonical(name: string): (typeof NAMES)[number] {
  const found = known(name);
  if (found) return found;
  const wanted = name.trim().toLowerCase();
  const why = wanted === "preview" ? PREVIEW : nearest(wanted, NAMES);
  throw new ProviderNotFoundError(`provider '${name.trim()}' not found; ${why}`);
}

function known(name: string): (typeof NAMES)[number] | undefined {
  const wanted = name.trim().toLowerCase().replaceAll("_", "-");
  return NAMES.find((each) => each === wanted || each.replace("-", "") === wanted);
}

/** Split `provider/model`; the first part is `undefined` where it is no provider. */
export function splitModel(model: string): [string | undefined, string] {
  const slash = model.indexOf("/");
  const first = slash > 0 ? model.slice(0, slash) : "";
  const rest = model.slice(slash + 1);
  const name = known(first) ?? (/^preview$/i.test(first.trim()) ? canonical(first) : undefined);
  return name && rest ? [name, rest] : [undefined, model];
}

/**
 * The id of a job as its provider is asked for it.
 *
 * @param ours the provider takes our ids, which are UUIDs.
 * @throws InvalidRequestError it is none.
 */
export function jobId(given: unknown, ours: boolean): string {
  if (typeof given !== "string") {
    throw new InvalidRequestError("task_id", given, "the text of a task id");
  }
  const id = given.trim();
  if (!(ours ? UUID : /^(?!\.\.?$)[^\p{C}\p{Zl}\p{Zp}]{1,2000}$/u).test(id)) {
    const allowed = ours
      ? "a UUID such as 01234567-89ab-4def-8123-456789abcdef"
      : "the text of a task id";
    throw new InvalidRequestError("task_id", given, allowed);
  }
  return ours ? id.toLowerCase() : id;
}

/** The provider that is configured. */
export function usable(settings: Settings): string {
  if (settings.apiKey) return "runware";
  if (settings.diffusionRouterUrl) return "diffusion-router";
  throw new ConfigurationError(`No provider is configured; ${PREVIEW}.`);
}

/** What is known of a provider before its code is loaded. */
export interface Entry {
  readonly name: string;
  readonly title: string;
  /** Sending the same task id twice makes and charges one job. */
  readonly idempotentSubmit: boolean;
  /** Loaded at the first use: who uses one provider does not load the others. */
  load(): Promise<Provider>;
}

/** @throws AuthenticationError, ConfigurationError what it needs is missing. */
export function entry(name: string, settings: Settings, warn: (message: string) => void): Entry {
  const found = canonical(name);
  const { apiKey, runwareUrl, diffusionRouterUrl, diffusionRouterApiKey } = settings;
  if (found === "runware") {
    if (!apiKey) {
      const said = `Runware needs a key: ${HOW.runware}.`;
      throw new AuthenticationError(said, { provider: found });
    }
    return {
      name: found,
      title: "Runware",
      idempotentSubmit: true,
      async load() {
        const { RunwareProvider } = await import("./runware/provider.ts");
        return new RunwareProvider(apiKey, runwareUrl, warn);
      },
    };
  }
  if (!diffusionRouterUrl) {
    throw new ConfigurationError(`DiffusionRouter needs an address: ${HOW[found]}.`);
  }
  return {
    name: found,
    title: "DiffusionRouter",
    idempotentSubmit: false,
    async load() {
      const { DiffusionRouterProvider } = await import("./diffusionRouter/provider.ts");
      return new DiffusionRouterProvider(diffusionRouterUrl, diffusionRouterApiKey);
    },
  };
}
