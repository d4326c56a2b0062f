import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { FakeModel } from "./fakeModel";
import { fillSlots } from "./slots";

interface Traits {
  slot: string;
}

class HostedModel extends FakeModel<Traits> {
  widget_manager: unknown;
}

let model: HostedModel;
let mounted: HTMLElement[];
const unmounted = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = "";
  model = new HostedModel({ slot: "ab12" });
  mounted = [];
  unmounted.mockReset();
});

afterEach(() => {
  model.emit("destroy");
  vi.useRealTimers();
});

function fill(signal?: AbortSignal): void {
  fillSlots(
    model,
    (root) => {
      root.append(document.createElement("input"));
      mounted.push(root);
      return () => unmounted(root);
    },
    signal,
  );
}

function slot(name = "ab12"): HTMLElement {
  const place = document.createElement("div");
  place.className = `llmkit-slot llmkit-slot-${name} mathjax_ignore`;
  place.innerHTML = '<div class="llmkit-plain">plain <video></video></div>';
  return place;
}

function plainOf(place: HTMLElement): string {
  return (place.querySelector(".llmkit-plain") as HTMLElement).style.display;
}

/** Lets the page's observers see what has happened. */
const observed = () => vi.advanceTimersByTimeAsync(0);

test("a slot that is there is filled at once, and its plain content hidden", () => {
  const place = document.body.appendChild(slot());
  fill();
  expect(mounted).toHaveLength(1);
  expect(mounted[0]?.parentElement).toBe(place);
  expect(plainOf(place)).toBe("none");
});

test("a plain video does not play on out of sight", () => {
  const place = document.body.appendChild(slot());
  const video = place.querySelector("video") as HTMLVideoElement;
  const pause = vi.spyOn(video, "pause");
  fill();
  expect(pause).toHaveBeenCalled();
});

test("slots that come later are filled, also inside of other elements; other slots are not", async () => {
  fill();
  const output = document.createElement("div");
  output.append(slot(), slot("cd34"));
  document.body.append(output);
  await observed();
  document.body.append(slot());
  await observed();
  expect(mounted).toHaveLength(2);
  expect(plainOf(output.lastElementChild as HTMLElement)).toBe("");
});

test("a view moves, with what is in it, into the element that takes its slot's place", async () => {
  const output = document.body.appendChild(document.createElement("div"));
  output.append(slot());
  fill();
  const input = mounted[0]?.firstElementChild as HTMLInputElement;
  input.value = "typed";
  input.focus();
  output.innerHTML = slot().outerHTML;
  await observed();
  const place = output.firstElementChild as HTMLElement;
  expect(mounted).toHaveLength(1);
  expect(place.lastElementChild).toBe(mounted[0]);
  expect(plainOf(place)).toBe("none");
  expect(place.querySelector("input")?.value).toBe("typed");
  expect(document.activeElement).toBe(input);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(unmounted).not.toHaveBeenCalled();
});

test("a moved view takes no focus that has gone elsewhere", async () => {
  const output = document.body.appendChild(document.createElement("div"));
  const other = document.body.appendChild(document.createElement("input"));
  output.append(slot());
  fill();
  document.querySelector<HTMLElement>(".llmkit-slot input")?.focus();
  other.focus();
  output.innerHTML = slot().outerHTML;
  await observed();
  expect(document.activeElement).toBe(other);
});

test("a view whose slot is off the page for two seconds is taken away, and drawn anew later", async () => {
  const place = document.body.appendChild(slot());
  fill();
  place.remove();
  await vi.advanceTimersByTimeAsync(1900);
  expect(unmounted).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(unmounted).toHaveBeenCalledOnce();
  expect(plainOf(place)).toBe("");
  document.body.append(place);
  await observed();
  expect(mounted).toHaveLength(2);
  expect(plainOf(place)).toBe("none");
});

test("a slot that is soon back keeps its view", async () => {
  const place = document.body.appendChild(slot());
  fill();
  place.remove();
  await vi.advanceTimersByTimeAsync(1500);
  document.body.append(place);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(unmounted).not.toHaveBeenCalled();
  expect(mounted).toHaveLength(1);
});

test.each([
  ["the kernel restarts", () => model.emit("comm_live_update")],
  ["the kernel closes the widget", () => model.emit("destroy")],
])("when %s the plain content is back, and nothing listens", async (_, end) => {
  const place = document.body.appendChild(slot());
  fill();
  end();
  expect(unmounted).toHaveBeenCalledOnce();
  expect(place.children).toHaveLength(1);
  expect(plainOf(place)).toBe("");
  expect(model.listening()).toBe(0);
  document.body.append(slot());
  await observed();
  expect(mounted).toHaveLength(1);
});

test("the host's own signal ends it", () => {
  document.body.append(slot());
  const controller = new AbortController();
  fill(controller.signal);
  controller.abort();
  expect(unmounted).toHaveBeenCalledOnce();
  fill(controller.signal);
  expect(mounted).toHaveLength(1);
});

test("a view that cannot be drawn leaves the plain content", () => {
  const place = document.body.appendChild(slot());
  const complain = vi.spyOn(console, "error").mockImplementation(() => {});
  fillSlots(model, () => {
    throw new Error("no");
  });
  expect(place.children).toHaveLength(1);
  expect(plainOf(place)).toBe("");
  expect(complain).toHaveBeenCalledOnce();
});

test("two models of one slot, as two notebooks of one kernel have, draw one view", async () => {
  document.body.append(slot());
  fill();
  fill();
  document.body.append(slot());
  await observed();
  expect(mounted).toHaveLength(2);
});

// -- in JupyterLab, whose manager tells more

function hosted(comm_live: boolean) {
  const disposed = { connect: vi.fn(), disconnect: vi.fn() };
  const whole = { comm_live };
  model.widget_manager = {
    has_model: (id: string) => id === "ab12",
    get_model: async () => whole,
    kernel: { disposed },
  };
  return { disposed, whole };
}

test("a model from a saved notebook has no kernel, and fills nothing", async () => {
  hosted(false);
  document.body.append(slot());
  fill();
  await observed();
  expect(mounted).toHaveLength(0);
});

test("a shutdown of the kernel ends it", async () => {
  const { disposed } = hosted(true);
  document.body.append(slot());
  fill();
  await observed();
  expect(mounted).toHaveLength(1);
  disposed.connect.mock.calls[0]?.[0]();
  expect(unmounted).toHaveBeenCalledOnce();
  expect(disposed.disconnect).toHaveBeenCalled();
});

test("only a connection that is lost for good ends it", async () => {
  const { whole } = hosted(true);
  document.body.append(slot());
  fill();
  await observed();
  model.emit("comm_live_update");
  expect(unmounted).not.toHaveBeenCalled();
  whole.comm_live = false;
  model.emit("comm_live_update");
  expect(unmounted).toHaveBeenCalledOnce();
});
