// The popup of the model picker.

import type { ComponentChildren } from "preact";

import { grouped, start } from "./catalogue";
import type { ModelEntry } from "./state";
import { useView } from "./view";

interface ModelListProps {
  /** In the order in which they are shown. */
  entries: ModelEntry[];
  /** An id that was typed and that no model has; "" if there is none. It comes last. */
  typedId: string;
  /** The one that the arrow keys have reached. */
  active: number;
  chosen: ModelEntry | undefined;
  onChoose: (id: string) => void;
}

export function useOptionId(): (index: number) => string {
  const { idOf } = useView();
  return (index) => idOf(`model-${index}`);
}

export function ModelList({ entries, typedId, active, chosen, onChoose }: ModelListProps) {
  const { idOf } = useView();
  const optionId = useOptionId();
  return (
    <>
      {grouped(entries).map(({ provider, models }) => (
        // biome-ignore lint/a11y/useSemanticElements: options of a listbox have this group.
        <div key={provider} role="group" aria-labelledby={idOf(`provider-${provider}`)}>
          <div class="lk-s-list-head" role="presentation" id={idOf(`provider-${provider}`)}>
            {provider}
          </div>
          {models.map((model) => (
            <Option
              key={model.id}
              id={optionId(entries.indexOf(model))}
              active={entries.indexOf(model) === active}
              chosen={model === chosen}
              onChoose={() => onChoose(model.id)}
            >
              <span class="lk-s-option-title">{model.title}</span>
              <span class="lk-s-option-price">{model.price}</span>
              <span class="lk-s-option-line">
                <span class="lk-s-option-id">{model.id}</span>
                {start(model) && <span class="lk-s-option-start">{start(model)}</span>}
              </span>
              {model.advice && <span class="lk-s-option-advice">{model.advice}</span>}
              {model.note && <span class="lk-s-option-advice">{model.note}</span>}
            </Option>
          ))}
        </div>
      ))}
      {typedId && (
        <Option
          id={optionId(entries.length)}
          active={active === entries.length}
          chosen={false}
          onChoose={() => onChoose(typedId)}
        >
          <span class="lk-s-option-title">Use “{typedId}” as it is</span>
          <span class="lk-s-option-advice">An id that this list does not have</span>
        </Option>
      )}
      {entries.length === 0 && !typedId && (
        <div class="lk-s-list-head" role="presentation">
          No models are listed; type the id of one.
        </div>
      )}
    </>
  );
}

interface OptionProps {
  id: string;
  active: boolean;
  chosen: boolean;
  onChoose: () => void;
  children: ComponentChildren;
}

function Option({ id, active, chosen, onChoose, children }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys go to the line that owns the list.
    <div
      id={id}
      role="option"
      tabIndex={-1}
      class={active ? "lk-s-option lk-s-active" : "lk-s-option"}
      aria-selected={chosen}
      onClick={onChoose}
    >
      {children}
    </div>
  );
}
