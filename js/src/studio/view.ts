// What all parts of one studio on the page share.

import { createContext } from "preact";
import { useContext, useEffect, useMemo, useReducer, useState } from "preact/hooks";

import { Desk } from "./desk";
import type { Field } from "./fields";
import { Picture } from "./picture";
import { allProblems, localProblems, type Problems } from "./problems";
import type { Controls, FormTraits, StudioModel } from "./state";
import { Submission } from "./submission";
import { uuid } from "./uuid";

export interface View {
  desk: Desk;
  picture: Picture;
  submission: Submission;
  form: FormTraits;
  controls: Controls;
  problems: Problems;
  /** Whether the answer about the form's latest state is still to be waited for. */
  coming: boolean;
  /** Whether what the kernel has said is about an earlier state of the form. */
  stale: boolean;
  /** An id for an element of this view: two views of one studio share a page. */
  idOf(name: string): string;
  /** Tells screen readers. */
  say(text: string): void;
  said: string;
}

export function useNewView(model: StudioModel): View {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [said, say] = useState("");
  const fixed = useMemo(() => {
    const desk = new Desk(model);
    const changed = () => redraw(undefined);
    const prefix = `lk-${uuid().slice(0, 8)}-`;
    return {
      desk,
      picture: new Picture(desk, changed),
      submission: new Submission(desk, changed),
      idOf: (name: string) => prefix + name.replace(/[^\w-]+/g, "_"),
    };
  }, [model]);
  const { desk, picture, submission } = fixed;

  useEffect(() => {
    const close = desk.open(() => redraw(undefined));
    const unhear = [
      desk.onMessage((told) => picture.hear(told)),
      desk.onMessage((told) => submission.hear(told)),
    ];
    const answered = () => submission.answered();
    model.on("change:answer", answered);
    // It may have changed between the first drawing and now.
    redraw(undefined);
    return () => {
      close();
      for (const stop of unhear) stop();
      model.off("change:answer", answered);
      picture.close();
      submission.close();
    };
  }, [model, desk, picture, submission]);

  picture.settle();
  const { form } = desk;
  const controls = desk.get("controls");
  const typed = {
    form,
    controls,
    drafts: desk.drafts.fields,
    raw: (field: Field) => desk.raw(field),
    uploading: picture.uploading,
  };
  const { freshness } = desk;
  const stale = desk.drafts.pending || freshness.stale;
  return {
    ...fixed,
    form,
    controls,
    problems: allProblems(localProblems(typed), desk.get("check"), freshness.edits),
    stale,
    coming: desk.drafts.pending || (freshness.young && (stale || controls.model !== form.model)),
    say,
    said,
  };
}

export const ViewContext = createContext<View | null>(null);

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error("A part of the studio stands outside of it");
  return view;
}
