// Asks how jobs stand: one by one, or many at once by the server's list where that is cheaper.
import { LLMKitError } from "../../errors.ts";
import { quotedIn } from "./complaints.ts";
import { noJson } from "./faults.ts";
import { type JobRecord, readList, readRecord } from "./records.ts";
import type { Server } from "./server.ts";

export const PAGE = 100; // jobs in one answer; servers refuse more
const WORTH = 2; // jobs for which a list is asked instead of each
const MOST_PAGES = 20;
const WITHOUT_LIST_SECONDS = 60; // before a list that did not help is asked for again
const NO_LIST = [400, 404, 405, 410, 422, 501];

/** What is told of one job; undefined where the server does not know it. */
export type Told = JobRecord | LLMKitError | undefined;

/** Whether the list is worth asking for. */
export function isListing({ manners }: Server): boolean {
  return !manners.withoutList && Date.now() >= manners.listAgain;
}

/** Ask for many jobs; gives what is told of each. */
export async function askAll(ids: readonly string[], server: Server): Promise<Map<string, Told>> {
  const told = new Map<string, Told>();
  if (ids.length >= WORTH && isListing(server)) await byList(new Set(ids), told, server);
  const missing = ids.filter((id) => !told.has(id));
  await Promise.all(missing.map(async (id) => told.set(id, await askOne(id, server))));
  return told;
}

/** Ask for one job. */
export async function askOne(id: string, server: Server): Promise<Told> {
  try {
    const answer = await server.ask(server.videos(id));
    // A failed job is told of with the status of its failure, by some.
    const record = readRecord(answer.body) ?? readRecord(quotedIn(answer.body));
    if (record && (answer.ok || record.state === "failed")) {
      return { ...record, retryAfter: answer.retryAfter };
    }
    // Not so a gateway's page, which knows of no jobs.
    if ([404, 410].includes(answer.status) && answer.body !== undefined) return undefined;
    server.check(answer);
    return noJson(answer, server.url);
  } catch (error) {
    if (error instanceof LLMKitError) return error;
    throw error;
  }
}

/** Go through the newest jobs until those that are wanted were seen, or it costs more. */
async function byList(wanted: Set<string>, told: Map<string, Told>, server: Server): Promise<void> {
  const count = wanted.size;
  let after = "";
  for (let number = 1; number <= MOST_PAGES; number += 1) {
    const page = await pageOf(after, server);
    for (const each of page?.records ?? []) {
      // One without a status says nothing.
      if (each.status && wanted.delete(each.id)) told.set(each.id, each);
    }
    const last = page?.records.at(-1);
    if (!page?.more || !last) break;
    // How many more pages it takes nobody knows; asking for each is no dearer.
    if (wanted.size <= 2 * number) break;
    after = `&after=${encodeURIComponent(last.id)}`;
  }
  if (told.size < Math.min(WORTH, count)) {
    // It shows others' jobs, or those of one worker out of many.
    server.manners.listAgain = Date.now() + WITHOUT_LIST_SECONDS * 1000;
  }
}

/** A part of the list, the newest first; undefined where there is none, or none at present. */
async function pageOf(after: string, server: Server) {
  try {
    const answer = await server.ask(`${server.videos()}?limit=${PAGE}&order=desc${after}`);
    const { ok, status, body } = answer;
    const found = ok ? readList(body) : undefined;
    // A gateway's page passes.
    const never = ok || (NO_LIST.includes(status) && body !== undefined);
    if (!found && never) server.manners.withoutList = true;
    return found;
  } catch (error) {
    if (error instanceof LLMKitError) return undefined; // each is asked for instead
    throw error;
  }
}
