// What an answer that is the end of a job says.
import { Buffer } from "node:buffer";
import { InvalidVideoError } from "../../errors.ts";
import type { Update } from "../provider.ts";
import { BY_US, failed } from "./faults.ts";
import type { JobRecord } from "./records.ts";

export function ended(taskId: string, record: JobRecord, server: string): Update {
  const { state, status: providerStatus, encoded, url: videoUrl } = record;
  if (state === "failed") return { taskId, state, error: failed(record, server) };
  const plain = encoded?.replace(/\s+/g, "") ?? "";
  if (/^[\w+/]*={0,2}$/.test(plain) && (plain || videoUrl)) {
    const videoBytes = plain ? new Uint8Array(Buffer.from(plain, "base64")) : undefined;
    return { taskId, state, providerStatus, videoUrl, videoBytes };
  }
  const said = encoded
    ? `${server} sent the video in broken base64.`
    : `${server} says that the video is made, and sent neither the video nor an address of it that ` +
      "can be fetched from here (Dynamo's setting for those is media_output_http_url).";
  return { taskId, state: "failed", error: new InvalidVideoError(said, BY_US) };
}
