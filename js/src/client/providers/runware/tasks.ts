// Builds the tasks that Runware is sent: plain objects, one a job.
import type { ModelFacts } from "../../catalog/facts.ts";
import { InvalidRequestError } from "../../errors.ts";
import type { VideoGenerationRequest } from "../../request.ts";
import { isObject } from "./envelope.ts";

export type Task = Record<string, unknown> & { taskUUID: string };

// Declared by every model of the service.
const COMMON =
  "taskType taskUUID model deliveryMethod includeCost numberResults outputFormat outputQuality outputType safety ttl".split(
    " ",
  );

/**
 * The task that makes a video.
 *
 * @param request validated, with nothing left to default.
 * @param facts of the model; without them every field that is set is sent.
 * @param ttl seconds that the result shall be kept; `undefined` leaves that to the service.
 * @throws InvalidRequestError two of the request's options set the same.
 */
export function videoTask(
  taskId: string,
  request: VideoGenerationRequest,
  facts: ModelFacts | undefined,
  ttl: number | undefined,
): Task {
  const { model, prompt, negative_prompt, width, height, duration, fps, seed, image } = request;
  const task = bare({ taskType: "videoInference", taskUUID: taskId, model });
  const own = { positivePrompt: prompt, negativePrompt: negative_prompt };
  Object.assign(task, without({ ...own, width, height, duration, fps, seed }));
  if (image !== undefined) {
    const old = facts?.fields.includes("frameImages");
    if (old) put(task, "frameImages", [{ inputImage: image, frame: "first" }]);
    else put(task, "inputs.frameImages", [{ image, frame: "first" }]);
  }
  for (const [name, value] of Object.entries(request.options)) put(task, name, value);
  const ours = {
    deliveryMethod: "async",
    outputType: "URL",
    outputFormat: "MP4",
    numberResults: 1,
    includeCost: true,
    ttl,
  };
  for (const [name, value] of Object.entries(without(ours))) task[name] ??= value;
  for (const name of Object.keys(task)) {
    if (facts && !facts.fields.includes(name) && !COMMON.includes(name)) delete task[name];
  }
  return task as Task;
}

/** An object in which no name has a meaning of its own, such as `__proto__`. */
function bare(values: object = {}): Record<string, unknown> {
  return Object.assign(Object.create(null), values);
}

function without(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Set a value at a dotted name, beside what stands there already; the order plays no part. */
function put(task: Record<string, unknown>, name: string, value: unknown): void {
  const no = (allowed: string) => new InvalidRequestError(`option ${name}`, value, allowed);
  const path = name.split(".");
  const last = path.pop() ?? "";
  let place = task;
  for (const part of path) {
    place[part] ??= bare();
    if (!isObject(place[part])) throw no(`a name outside ${part}, which is no object`);
    place = place[part] as Record<string, unknown>;
  }
  const there = place[last];
  if (there === undefined) {
    // A copy: the request's own is frozen, and another option may add to it.
    place[last] = JSON.parse(JSON.stringify(value), (_, each) =>
      isObject(each) ? bare(each) : each,
    );
  } else if (isObject(there) && isObject(value)) {
    for (const [key, each] of Object.entries(value)) {
      put(there as Record<string, unknown>, key, each);
    }
  } else if (JSON.stringify(there) !== JSON.stringify(value)) {
    throw no("to be set once; an image or another option sets it as well");
  }
}
