// Reads Runware's answers: whatever their spelling, items and faults by task id.
//
// An answer holds `data`, `errors` or `error`, or several of them; an item of `data` may itself be
// an error. Everything is checked and bounded here, so that the rest can rely on it.

const MAX_TEXT = 500; // characters of a message from outside
const MAX_LISTED = 10_000; // elements of a list that are looked at
const MAX_VALUES = 50; // that a fault names or allows, or outputs of an item

/** An error object; without `taskId` it does not say which task it means. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly taskId?: string | undefined;
  readonly parameters: readonly string[];
  readonly allowed: readonly unknown[];
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly documentation?: string | undefined;
  /** US dollars: some failures are charged. */
  readonly cost?: number | undefined;
}

/** An element of `data` that is no error. */
export interface Item {
  readonly taskId: string;
  /** The service's own word; an acknowledgement has none. */
  readonly status?: string | undefined;
  readonly url?: string | undefined;
  readonly seed?: number | undefined;
  /** US dollars. */
  readonly cost?: number | undefined;
  /** Between 0 and 1. */
  readonly progress?: number | undefined;
  /** Whether there is a result, or the service says that there is. */
  readonly finished?: boolean;
  readonly values: Values;
}

/** An answer, taken apart. */
export interface Envelope {
  readonly items: ReadonlyMap<string, Item>;
  readonly faults: ReadonlyMap<string, Fault>;
  /** Faults that name no task. */
  readonly loose: readonly Fault[];
  /** Whether `data` has elements without a task id. */
  readonly others: boolean;
}

export type Values = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isFault(said: object | undefined): said is Fault {
  return said !== undefined && "parameters" in said;
}

/** Take any JSON apart; `undefined` where it is no envelope at all. */
export function read(body: unknown): Envelope | undefined {
  if (!isObject(body) || !["data", "errors", "error"].some((name) => Object.hasOwn(body, name))) {
    return undefined;
  }
  const items = new Map<string, Item>();
  const found: Fault[] = [];
  let others = false;
  for (const values of listed(body.data).filter(isObject)) {
    const [taskId, status, url] = [taskIdOf(values), text(values.status), urlOf(values)];
    // A video that is there outweighs a word about an error.
    if (failed(status, values.error) && !url) {
      const fault = faultOf(values.error || values, taskId);
      found.push({ ...fault, cost: price(values) ?? fault.cost });
    } else if (!taskId) {
      others = true;
    } else {
      const item = itemOf(taskId, status, url, values);
      // Several results of one task: the one with a file says most.
      if (!items.has(taskId) || item.finished) items.set(taskId, item);
    }
  }
  for (const each of [...listed(body.errors), ...listed(body.error)]) {
    if (isObject(each) ? Object.keys(each).length : typeof each === "string" && each) {
      found.push(faultOf(each));
    }
  }
  const faults = new Map<string, Fault>();
  for (const fault of found) {
    const taskId = fault.taskId ?? "";
    const item = items.get(taskId);
    // And the failure of another result of the same task.
    if (!taskId || faults.has(taskId) || item?.url) continue;
    faults.set(taskId, { ...fault, cost: fault.cost ?? item?.cost });
  }
  for (const taskId of faults.keys()) items.delete(taskId);
  const loose = found.filter((fault) => !fault.taskId).slice(0, 100);
  return { items, faults, loose, others };
}

function failed(status: string | undefined, error: unknown): boolean {
  const told = isObject(error) ? Object.keys(error).length > 0 : typeof error === "string" && error;
  return /^(error|failed)$/i.test(status ?? "") || Boolean(told);
}

function listed(value: unknown, most = MAX_LISTED): unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [value];
}

function faultOf(value: unknown, taskId?: string): Fault {
  const values: Values = isObject(value) ? value : { message: value };
  const { allowedValues } = values;
  const allowed = Array.isArray(allowedValues) ? listed(allowedValues, MAX_VALUES) : [];
  return {
    code: text(values.code) ?? "unknownError",
    message: text(values.message) ?? "no reason was given",
    taskId: taskId ?? taskIdOf(values),
    parameters: listed(values.parameter, MAX_VALUES).flatMap((name) => text(name) ?? []),
    allowed: allowed
      .map((each) => (typeof each === "string" ? (text(each) ?? "") : each))
      .filter((each) => (typeof each === "number" ? Number.isFinite(each) : Object(each) !== each)),
    low: number(values.min),
    high: number(values.max),
    documentation: text(values.documentation),
    cost: price(values),
  };
}

function itemOf(
  taskId: string,
  status: string | undefined,
  url: string | undefined,
  values: Values,
): Item {
  const { seed } = values;
  const progress = number(values.progress);
  return {
    taskId,
    status,
    url,
    // Larger ones have lost their last digits on the way through JSON.
    seed: Number.isSafeInteger(seed) && Number(seed) >= 0 ? Number(seed) : undefined,
    cost: price(values),
    progress: progress === undefined ? undefined : Math.min(Math.max(progress / 100, 0), 1),
    finished: Boolean(url) || /^(success|succeeded|completed)$/i.test(status ?? ""),
    values,
  };
}

function urlOf(values: Values): string | undefined {
  const told = [values.videoURL, values.mediaURL];
  for (const output of listed(values.outputs, MAX_VALUES).filter(isObject)) {
    told.push(...Object.keys(output).flatMap((name) => (/URL$/.test(name) ? [output[name]] : [])));
  }
  for (const each of told) {
    // Signed addresses have some thousands of characters.
    if (typeof each === "string" && each.length <= 16_384 && /^\s*https?:\/\//i.test(each)) {
      return each.trim();
    }
  }
  return undefined;
}

function taskIdOf({ taskUUID }: Values): string | undefined {
  if (typeof taskUUID !== "string" || taskUUID.length > 200) return undefined;
  return taskUUID.trim().toLowerCase() || undefined;
}

function text(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const beginning = value.slice(0, 20 * MAX_TEXT); // it may be megabytes of blanks
  const line = beginning.replace(/\s+/g, " ").trim();
  const cut = line.length > MAX_TEXT || (line && beginning.length < value.length);
  return cut ? `${line.slice(0, MAX_TEXT)}...` : line || undefined;
}

function price({ cost }: Values): number | undefined {
  // The service sometimes says 0 for what it charges for.
  return (number(cost) ?? 0) > 0 ? number(cost) : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
