// Where a finished video is fetched from.
import type { Secret } from "../secret.ts";

export interface VideoSource {
  /** The provider says that it is here. */
  readonly url?: string | undefined;
  /** The video itself, where it came along. */
  readonly bytes?: Uint8Array | undefined;
  /** Tried before `url`, such as the server's own address for a file. */
  readonly first?: string | undefined;
  /** An address of the provider: it may be private, and only its origin gets the key. */
  readonly ownOrigin: string;
  readonly key?: Secret | undefined;
  /** Other private addresses are fetched as well: the provider is on a private network itself. */
  readonly allowPrivate?: boolean;
  /** Asks the provider for the address again: addresses expire before results do. */
  readonly renew?: () => Promise<string | undefined>;
}
