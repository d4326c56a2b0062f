// Hands tasks over in arrays, and in smaller ones where the service takes no large ones.
import { type LLMKitError, NetworkError, ServerError } from "../../errors.ts";
import { type Fault, isFault } from "./envelope.ts";
import { categoryOf, isConflict, toError } from "./faults.ts";
import { asAnswer, type Reply, refusesSize, type Service, saidOf } from "./service.ts";
import type { Task } from "./tasks.ts";

const MAX_BYTES = 8e6; // of images in one request; a single task may be larger

/** What became of a task, with the reply that said so. */
export interface Outcome {
  /** `undefined`: accepted. */
  readonly told?: Fault | LLMKitError | undefined;
  readonly reply?: Reply | undefined;
}

/** Hand tasks over; gives what became of each. */
export async function submit(
  service: Service,
  tasks: readonly Task[],
): Promise<Map<string, Outcome>> {
  const { account } = service;
  const outcomes = new Map<string, Outcome>();
  const perhapsTaken = new Set<string>();
  const before = account.submit;
  let waiting = tasks;
  while (waiting.length) {
    const arrays = cut(waiting, account.submit);
    waiting = (await Promise.all(arrays.map(submitArray))).flat();
  }
  for (const taskId of perhapsTaken) {
    const { told, reply } = outcomes.get(taskId) ?? {};
    outcomes.set(taskId, { told: notCertain(told), reply });
  }
  // Smaller ones were taken no better, so it was not their size.
  if (![...outcomes.values()].some(({ told }) => !told)) account.submit = before;
  return outcomes;

  /** Send one array; gives the tasks that must be sent once more, in smaller arrays. */
  async function submitArray(array: readonly Task[]): Promise<readonly Task[]> {
    const many = array.length > 1;
    let reply: Reply;
    try {
      reply = await service.send(array);
    } catch (error) {
      if (many && refusesSize(error)) {
        account.shrink("submit", Math.floor(array.length / 2));
        // Too large a request was not looked at.
        if (![413, 414, 431].includes(error.details?.status ?? 0)) doubt(array);
        return array;
      }
      for (const { taskUUID } of array) outcomes.set(taskUUID, { told: asAnswer(error) });
      return [];
    }
    const missing: Task[] = [];
    const again: Task[] = [];
    for (const task of array) {
      const said = saidOf(reply.envelope, task.taskUUID, !many);
      const fault = isFault(said) ? said : undefined;
      if (!said && many) {
        missing.push(task);
      } else if (fault && "ttl" in task && isAboutTtl(fault)) {
        account.withoutTtl = true;
        const { ttl: _, ...without } = task;
        again.push(without as Task);
      } else {
        // An empty answer is how some versions of the service say "accepted"; if it is not, the
        // polls will not show the job.
        outcomes.set(task.taskUUID, {
          told: fault && !isConflict(fault) ? fault : undefined,
          reply,
        });
      }
    }
    if (missing.length) {
      account.shrink("submit", array.length - missing.length || Math.floor(array.length / 2));
      doubt(missing);
    }
    return [...again, ...missing];
  }

  function doubt(array: readonly Task[]): void {
    for (const { taskUUID } of array) perhapsTaken.add(taskUUID);
  }
}

/**
 * What an error means for a task that was sent before, without a word about it. What is wrong with
 * the task itself was wrong then. All else tells of the moment.
 */
function notCertain(told: Outcome["told"]): Outcome["told"] {
  if (!told) return told;
  if (isFault(told) && /^(validation|safety|model)$/.test(categoryOf(told.code))) return told;
  const error = isFault(told) ? toError(told) : told;
  if (error instanceof ServerError || error instanceof NetworkError) return error;
  return new ServerError(`Runware did not say whether it took the job; then: ${error.message}`);
}

function isAboutTtl(fault: Fault): boolean {
  return fault.parameters.includes("ttl") && categoryOf(fault.code) === "validation";
}

/** Cut into arrays of at most that many tasks and, with images, that many bytes. */
function cut(tasks: readonly Task[], size: number): Task[][] {
  const arrays: Task[][] = [];
  let weight = 0;
  for (const task of tasks) {
    const own = JSON.stringify(task).length;
    const last = arrays.at(-1);
    weight += own;
    if (last && last.length < size && weight <= MAX_BYTES) {
      last.push(task);
    } else {
      arrays.push([task]);
      weight = own;
    }
  }
  return arrays;
}
