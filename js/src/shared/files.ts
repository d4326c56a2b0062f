// Files that the page has from the kernel: each is fetched once and has one address, whoever shows
// it. anywidget loads a module anew for each model, so the register is the page's.

import type { Channel } from "./model";
import { type FilePart, type HostFacts, Transfer } from "./transfer";

/** How long a file without a user is kept, so that a view that is drawn anew finds it. */
export const GRACE = 5000;

// A register of another shape needs another name: two notebooks may have two versions of this.
const KEY = Symbol.for("llmkit-jupyter.videos");

export interface FileState {
  url: string | null;
  /** From 0 to 1 while it comes. */
  share: number;
  busy: boolean;
  problem: string | null;
}

interface User {
  channel: Channel;
  changed: () => void;
}

export interface Held {
  state(): FileState;
  /** Asks again after a problem. */
  retry(): void;
  release(): void;
}

interface Register {
  files: Map<string, SharedFile>;
  host: HostFacts;
}

/** Uses a file, which the first user's widget fetches. */
export function hold(channel: Channel, task_id: string, part: FilePart, changed: () => void): Held {
  const register = pageRegister();
  const key = `${part} ${task_id}`;
  let file = register.files.get(key);
  if (!file) {
    const forget = () => register.files.delete(key);
    file = new SharedFile(task_id, part, register.host, forget);
    register.files.set(key, file);
  }
  const user = { channel, changed };
  const shared = file;
  shared.add(user);
  return {
    state: () => shared.state(),
    retry: () => shared.retry(user),
    release: () => shared.remove(user),
  };
}

class SharedFile {
  private readonly users = new Set<User>();
  private transfer: Transfer | null = null;
  private url: string | null = null;
  private problem: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private expired = false;

  constructor(
    private readonly task_id: string,
    private readonly part: FilePart,
    private readonly host: HostFacts,
    private readonly forget: () => void,
  ) {}

  state(): FileState {
    const { url, problem, transfer } = this;
    return { url, problem, share: transfer?.share ?? 0, busy: transfer?.busy ?? false };
  }

  add(user: User): void {
    clearTimeout(this.timer);
    this.expired = false;
    this.users.add(user);
    this.seeToTransfer();
  }

  remove(user: User): void {
    if (!this.users.delete(user)) return;
    if (this.users.size > 0) this.seeToTransfer();
    else this.timer = setTimeout(() => this.expire(), GRACE);
  }

  retry(user: User): void {
    if (this.problem === null) return;
    this.problem = null;
    this.begin(user);
    this.tell();
  }

  /** There is a transfer while there is nothing else, through a widget that is still shown. */
  private seeToTransfer(): void {
    if (this.url !== null || this.problem !== null) return;
    const channels = [...this.users].map((user) => user.channel);
    const [first] = this.users;
    if (!first) return;
    if (this.transfer === null) this.begin(first);
    else if (!channels.includes(this.transfer.by)) this.transfer.continueBy(first.channel);
  }

  private begin(user: User): void {
    // A question that cannot even be sent fails within the constructor.
    let over = false;
    const end = () => {
      over = true;
      this.transfer = null;
    };
    const transfer = new Transfer(user.channel, this.task_id, this.part, this.host, {
      changed: () => (this.expired ? this.expire() : this.tell()),
      done: (file) => {
        end();
        this.url = URL.createObjectURL(file);
        this.settle();
      },
      failed: (problem) => {
        end();
        this.problem = problem;
        this.settle();
      },
    });
    if (!over) this.transfer = transfer;
  }

  private settle(): void {
    if (this.expired) this.expire();
    else this.tell();
  }

  private tell(): void {
    for (const user of [...this.users]) user.changed();
  }

  // While an answer is still to come the file stays, or the next user would ask for the same.
  private expire(): void {
    this.expired = true;
    if (this.transfer?.waiting) return;
    this.transfer?.stop();
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.forget();
  }
}

function pageRegister(): Register {
  const shared = globalThis as { [KEY]?: Register };
  shared[KEY] ??= { files: new Map(), host: { text: false } };
  return shared[KEY];
}
