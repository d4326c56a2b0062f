// The whole studio: the form at the left, what came of it at the right; one above the other where
// there is no room.

import { useRef } from "preact/hooks";

import type { ViewProps } from "../shared/widget";
import { Code } from "./code";
import { DurationField } from "./duration";
import { isShown } from "./fields";
import { GenerateBar, generate } from "./generate";
import { ImageField } from "./imageField";
import { Advanced } from "./options";
import { ModelField } from "./picker";
import { NegativeField, PromptField } from "./promptField";
import { CountField, SeedField } from "./seed";
import { SizeField } from "./sizes";
import { Stage } from "./stage";
import type { StudioTraits } from "./state";
import { useNewView, useView, type View, ViewContext } from "./view";

export function Studio({ model }: ViewProps<StudioTraits>) {
  const root = useRef<HTMLDivElement>(null);
  const view = useNewView(model, root);
  const notice = view.desk.get("notice");
  return (
    <ViewContext.Provider value={view}>
      {/* No form element: it would be sent by Enter in any of its lines. */}
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div
        ref={root}
        class="lk-s-studio"
        role="form"
        aria-label="Video studio"
        onKeyDown={(event) => onShortcut(event, view)}
      >
        {notice && <p class="lk-s-notice">{notice}</p>}
        <div class="lk-s-columns">
          <Form />
          <div ref={view.stage}>
            <Stage />
          </div>
        </div>
        <div class="lk-s-hidden" role="status">
          <span key={view.said.count}>{view.said.text}</span>
        </div>
      </div>
    </ViewContext.Provider>
  );
}

function Form() {
  const { form, controls } = useView();
  const shows = (field: Parameters<typeof isShown>[0]) => isShown(field, form, controls);
  return (
    <div class="lk-s-form">
      <PromptField />
      {shows("negative_prompt") && <NegativeField />}
      <ModelField />
      {shows("image") && <ImageField />}
      {shows("duration") && <DurationField />}
      {shows("size") && <SizeField />}
      <div class="lk-s-pair">
        {shows("seed") && <SeedField />}
        <CountField />
      </div>
      <Advanced />
      <GenerateBar />
      <Code />
    </div>
  );
}

/** Ctrl+Enter or Cmd+Enter, wherever in the studio. */
function onShortcut(event: KeyboardEvent, view: View): void {
  const { key, ctrlKey, metaKey, repeat, isComposing } = event;
  if (key !== "Enter" || !(ctrlKey || metaKey) || repeat || isComposing) return;
  event.preventDefault();
  const field = event.target;
  if (field instanceof HTMLElement) {
    // What is typed there counts, as it would with a click on the button.
    field.blur();
    field.focus({ preventScroll: true });
  }
  generate(view, event);
}
