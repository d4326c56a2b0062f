import { expect, test } from "vitest";

import { FakeModel } from "./fakeModel";
import { settle } from "./testing";
import { widget } from "./widget";

interface Traits {
  slot: string;
}

const bundle = widget<Traits>(() => <p>live</p>);

test("wherever the view is drawn, what stands in for it is out of sight", async () => {
  document.body.innerHTML =
    '<div class="llmkit-slot llmkit-slot-ab12"><div class="llmkit-plain"></div></div>' +
    '<div class="llmkit-covered-by-ab12"></div><div id="output"></div>';
  const output = document.getElementById("output") as HTMLElement;
  const covered = document.querySelector(".llmkit-covered-by-ab12") as HTMLElement;
  const model = new FakeModel<Traits>({ slot: "ab12" });
  const ended = new AbortController();

  bundle.initialize({ model, signal: ended.signal });
  await settle(() => {});
  const undo = bundle.render({ model, el: output });
  expect(document.body.textContent).toBe("livelive");
  expect(covered.style.display).toBe("none");
  ended.abort();
  expect(document.body.textContent).toBe("live");
  expect(covered.style.display).toBe("none");
  undo();
  expect(document.body.textContent).toBe("");
  expect(covered.style.display).toBe("");
});
