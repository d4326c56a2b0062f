// Everything that goes through a widget's custom messages. The kernel checks what the page sends
// against a schema of its own (widgets/messages.py) and refuses the rest.

import type { Json } from "./model";

/** From the page to the kernel. */
export type Asked =
  | { kind: "hello" }
  | { kind: "cancel"; task_id: string }
  | {
      kind: "fetch";
      /** Names the answer. */
      request: string;
      task_id: string;
      part: "video" | "poster";
      /** First byte that is wanted. */
      start: number;
      /** Bytes as base64 in the message itself, for hosts that lose binary parts. */
      text: boolean;
    }
  | {
      kind: "generate";
      id: string;
      confirm: boolean;
      /**
       * The fields that this page wrote last. Hosts hold trait updates back while the kernel is
       * busy, but not messages: without these a request could start from an older form.
       */
      form: { [field: string]: Json };
    }
  /**
   * From 1 to 5 stars; null takes them away. A video's name is its task id, or another one where
   * that would tell too much.
   */
  | { kind: "rate"; task_id: string; rating: number | null }
  | { kind: "reuse"; task_id: string; vary: boolean }
  | {
      kind: "upload";
      id: string;
      name: string;
      /** Bytes of the whole file. */
      total: number;
      start: number;
      /** This piece, base64. */
      data: string;
    }
  /** Looks at a job; an empty id looks at none. */
  | { kind: "show"; task_id: string }
  | { kind: "save"; id: string; task_id: string }
  | { kind: "forget"; id: string; task_id: string }
  /** Looks for jobs that others have made meanwhile. */
  | { kind: "refresh" };

/** From the kernel to the page. */
export type Told =
  | {
      kind: "piece";
      request: string;
      start: number;
      /** Bytes of the whole file. */
      total: number;
      mime: string;
      /** The piece where text was asked for; else it comes as the first binary part. */
      data: string | null;
    }
  | { kind: "uploaded"; id: string; received: number }
  /** What was asked for by that id is done. */
  | { kind: "done"; id: string; message: string }
  | {
      kind: "refused";
      /** The request or id that it answers, where it had one. */
      request: string | null;
      message: string;
    };
