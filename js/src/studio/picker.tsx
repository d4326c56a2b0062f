// The model picker: a combobox with a list as its popup, after the pattern of ARIA 1.2. The typing
// cursor stays in the line; aria-activedescendant says which entry the arrows have reached.

import { useEffect, useRef, useState } from "preact/hooks";

import { entryOf, grouped, likeliest, looksLikeId, matching, named } from "./catalogue";
import { FieldBox, useNotes, useWiring } from "./field";
import { type Field, isShown } from "./fields";
import { ChevronIcon } from "./icons";
import { ModelList, useOptionId } from "./modelList";
import { place } from "./popup";
import type { ModelEntry } from "./state";
import { useView, type View } from "./view";

const PAGE = 8;

export function ModelField() {
  const view = useView();
  const { desk, form, controls, idOf } = view;
  const optionId = useOptionId();
  const models = inOrder(desk.get("models"));
  const chosen = entryOf(models, form.model);
  const [open, setOpen] = useState(false);
  // What was typed since the list opened; null: nothing, so all models are shown.
  const [typed, setTyped] = useState<string | null>(null);
  // Where the arrows have come to; null: nowhere, so what was typed decides.
  const [reached, setReached] = useState<number | null>(null);
  const line = useRef<HTMLInputElement>(null);
  const popup = useRef<HTMLDivElement>(null);

  const query = typed?.trim() ?? "";
  const entries = query ? matching(models, query) : models;
  const typedId = query && !entryOf(models, query) ? query : "";
  const count = entries.length + (typedId ? 1 : 0);
  const active = Math.min(reached ?? likeliest(entries, query), count - 1);

  const show = () => {
    if (open) return;
    // What is typed now takes the place of the name.
    line.current?.select();
    setReached(chosen ? models.indexOf(chosen) : 0);
    setOpen(true);
  };
  const hide = () => {
    setOpen(false);
    setTyped(null);
  };
  const choose = (id: string) => {
    if (id !== form.model) desk.put({ model: id });
    hide();
  };
  const take = () => {
    const id = entries[active]?.id ?? typedId;
    if (id) choose(id);
    else hide();
  };
  /** The line is left without a choice: only what can mean nothing else is taken. */
  const leave = () => {
    const id = named(models, query)?.id ?? (looksLikeId(typedId) ? typedId : "");
    if (id) choose(id);
    else hide();
  };
  const move = (to: number) => setReached(count ? (to + count) % count : 0);
  const keys: { [key: string]: () => void } = open
    ? {
        ArrowDown: () => move(active + 1),
        ArrowUp: () => move(active - 1),
        PageDown: () => setReached(Math.min(active + PAGE, count - 1)),
        PageUp: () => setReached(Math.max(active - PAGE, 0)),
        Enter: take,
        Escape: hide,
      }
    : { ArrowDown: show, ArrowUp: show, Enter: show };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends the input of a Chinese or Japanese word.
    const key = event.isComposing || event.ctrlKey || event.metaKey ? undefined : keys[event.key];
    if (!key) return;
    event.preventDefault();
    key();
  };

  useEffect(() => {
    if (open && popup.current && line.current) return place(popup.current, line.current);
  }, [open]);
  useEffect(() => {
    // The popup alone, and not the page, scrolls to the entry.
    if (open && popup.current) reveal(popup.current, active);
  }, [open, active]);

  const own = useNotes("model");
  const notes = { ...own, moved: [own.moved, ...leftOut(view)].filter(Boolean).join(" ") };
  const answered = controls.model === form.model;
  const words = [chosen?.advice, chosen?.note].filter(Boolean).join(" · ");
  const help = notes.problem && answered ? "" : words;
  const wiring = useWiring("model", notes, help);
  return (
    <FieldBox
      field="model"
      label="Model"
      notes={notes}
      help={help}
      aside={chosen?.price && <span class="lk-s-count">{chosen.price}</span>}
    >
      <div class="lk-s-combo">
        <input
          {...wiring}
          ref={line}
          class="lk-s-input lk-s-combo-line"
          type="text"
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          aria-expanded={open}
          aria-controls={idOf("models")}
          aria-autocomplete="list"
          aria-activedescendant={open && count > 0 ? optionId(active) : undefined}
          placeholder="Search, or any model's id"
          value={typed ?? chosen?.title ?? form.model}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setReached(null);
            setOpen(true);
          }}
          onFocus={(event) => event.currentTarget.select()}
          onClick={show}
          onBlur={leave}
          onKeyDown={onKeyDown}
        />
        <span class="lk-s-combo-mark">
          <ChevronIcon />
        </span>
        <div
          ref={popup}
          class="lk-s-list"
          id={idOf("models")}
          role="listbox"
          tabIndex={-1}
          aria-label="Models"
          popover="manual"
          hidden={!open}
          // A click would take the focus from the line, and the list would close before it.
          onMouseDown={(event) => event.preventDefault()}
        >
          {open && (
            <ModelList
              entries={entries}
              typedId={typedId}
              active={active}
              chosen={chosen}
              onChoose={choose}
            />
          )}
        </div>
      </div>
    </FieldBox>
  );
}

/** What became of fields that the chosen model does not have at all. */
function leftOut({ desk, form, controls }: View): string[] {
  const fields = Object.keys(controls.moved) as Field[];
  return fields
    .filter((field) => !isShown(field, form, controls))
    .map((field) => desk.moved(field));
}

/** One after the other as the list shows them, a provider at a time. */
function inOrder(models: ModelEntry[]): ModelEntry[] {
  return grouped(models).flatMap((group) => group.models);
}

function reveal(list: HTMLElement, index: number): void {
  const option = list.querySelectorAll<HTMLElement>("[role=option]")[index];
  if (!option) return;
  const { offsetTop, offsetHeight } = option;
  // The heading of the group is seen with its first entry.
  const top = index === 0 ? 0 : offsetTop - 28;
  const bottom = offsetTop + offsetHeight;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}
