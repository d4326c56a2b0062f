import { expect, test } from "vitest";

import { fakeModel } from "./fakeModel";
import type { WidgetModel } from "./model";
import { draw, settle } from "./testing";
import { useTrait, useWritable } from "./useTrait";

interface Traits {
  speed: number;
  name: string;
}

function Speed({ model }: { model: WidgetModel<Traits> }) {
  const [speed, setSpeed] = useWritable(model, "speed");
  return (
    <button type="button" onClick={() => setSpeed(2)}>
      {speed} {useTrait(model, "name")}
    </button>
  );
}

const aModel = () => fakeModel<Traits>({ speed: 1, name: "a" });

test("a component follows the traits that it uses", async () => {
  const model = aModel();
  const root = draw(<Speed model={model} />);
  expect(root.textContent).toBe("1 a");
  await settle(() => model.change("name", "b"));
  expect(root.textContent).toBe("1 b");
});

test("a change before the component listens is seen", () => {
  const model = aModel();
  function Late() {
    const name = useTrait(model as WidgetModel<Traits>, "name");
    // Drawn once, the kernel is quicker than the effect.
    model.change("name", "c");
    return <p>{name}</p>;
  }
  expect(draw(<Late />).textContent).toBe("c");
});

test("what is written goes to the kernel and to every view", async () => {
  const model = aModel();
  const first = draw(<Speed model={model} />);
  const second = draw(<Speed model={model} />);
  await settle(() => first.querySelector("button")?.click());
  expect(second.textContent).toBe("2 a");
  expect(model.saved).toEqual([{ speed: 2 }]);
});

test("nobody listens after the view is gone", () => {
  const model = aModel();
  const root = draw(<Speed model={model} />);
  expect(model.listening()).toBe(2);
  draw(null, root);
  expect(model.listening()).toBe(0);
});
