// One HTTP request to a server: its address, its key, and a few requests at once.
import { lookup } from "node:dns/promises";
import { NetworkError, ServerError } from "../../errors.ts";
import { Gate } from "../../gate.ts";
import type { Secret } from "../../secret.ts";
import { isPublic } from "../../transport/addresses.ts";
import { type Answer, type Call, call } from "../../transport/http.ts";
import { redact } from "../../transport/redact.ts";
import { parseRetryAfter } from "../../transport/retry.ts";
import { noAnswer, noJson, type Refused, redirected, refused } from "./faults.ts";
import { type Manners, mannersOf } from "./manners.ts";

const LARGEST = 256 * 2 ** 20; // bytes of an answer that may hold the video itself

/** A server, as this process knows it. */
export class Server {
  readonly url: string;
  readonly key: Secret | undefined;
  readonly manners: Manners;
  /** It is on this machine or network, and may name addresses there. */
  isPrivate: boolean | undefined;
  readonly #asking = new Gate(() => 2);
  /** Whether anything there has ever answered in HTTP. */
  #answered = false;

  /** @param url with or without `/v1` at its end; people copy one with a part of it. */
  constructor(url: string, key: Secret | undefined) {
    this.url = url.replace(/(?<=\/\/.+)(\/+(health|videos|models|v1)?)+$/, "");
    this.key = key;
    this.manners = mannersOf(this.url);
  }

  /** An address below `/v1/videos`; ids may hold anything. */
  videos(...parts: string[]): string {
    return ["/v1/videos", ...parts.map(encodeURIComponent)].join("/");
  }

  /** Read something. */
  async ask(path: string, more: Call = {}): Promise<Answer> {
    return await this.#asking.through(() => this.#send(path, more));
  }

  /** Submit a job, which is never repeated by itself. */
  async post(body: string | FormData, more: Call = {}): Promise<Answer> {
    // LiteLLM sends a submission three times where the server behind it stumbles: thrice the work,
    // and perhaps thrice the price. Others do not know the header.
    const headers = { "x-litellm-num-retries": "0" };
    return await this.#send(this.videos(), {
      ...more,
      method: "POST",
      body,
      headers,
      limit: LARGEST,
    });
  }

  /** @throws LLMKitError an answer is not JSON under a good status; says what it is. */
  check(answer: Answer): void {
    if (answer.ok) return;
    const good = answer.status >= 200 && answer.status < 300;
    throw good ? noJson(answer, this.url) : this.refusal(answer);
  }

  /** The error for an answer under a bad status. */
  refusal(answer: Answer, sent?: Refused) {
    return refused(answer, this.url, this.key !== undefined, sent);
  }

  async #send(path: string, more: Call): Promise<Answer> {
    try {
      const answer = await call(this.url + path, { ...more, key: this.key });
      this.#answered = true;
      this.isPrivate ??= await isPrivate(new URL(this.url).hostname);
      return withWait(answer);
    } catch (error) {
      if (error instanceof NetworkError) throw noAnswer(error, this.url, this.#answered);
      if (!(error instanceof ServerError)) throw error;
      error.message = redact(error.message, this.key);
      throw redirected(error, this.url, more.method === "POST");
    }
  }
}

/** Read the wait that a server behind LiteLLM asked for, and OpenAI's hint for polls. */
function withWait(answer: Answer): Answer {
  const told = (name: string) => parseRetryAfter(answer.headers.get(name), Date.now() / 1000);
  const hint = told("openai-poll-after-ms");
  const retryAfter = answer.retryAfter ?? told("llm_provider-retry-after") ?? (hint && hint / 1000);
  return { ...answer, retryAfter };
}

async function isPrivate(host: string): Promise<boolean> {
  // Where the name is resolved by a proxy alone, nothing is known.
  const found = await lookup(host.replace(/[[\]]/g, ""), { all: true }).catch(() => []);
  return found.length > 0 && found.every(({ address }) => !isPublic(address));
}
