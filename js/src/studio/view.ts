// What all parts of one studio on the page share.

import { createContext, type RefObject } from "preact";
import { useContext, useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";

import { Desk } from "./desk";
import { isShown } from "./fields";
import { receiveFiles } from "./files";
import { Picture } from "./picture";
import { type Assessment, assess } from "./problems";
import type { StudioModel } from "./state";
import { Submission } from "./submission";
import { uuid } from "./uuid";

export interface View extends Assessment {
  desk: Desk;
  picture: Picture;
  submission: Submission;
  /** Where the results are. */
  stage: RefObject<HTMLDivElement>;
  /** Whether a file is being dragged over the studio. */
  dragging: boolean;
  takeFile(file: File | undefined): void;
  /** An id for an element of this view: two views of one studio share a page. */
  idOf(name: string): string;
  /** Tells screen readers. */
  say(text: string): void;
  /** The count tells the same words said again from those said once. */
  said: { text: string; count: number };
  /** Puts the cursor where something is wrong. */
  leadToProblem(): void;
}

export function useNewView(model: StudioModel, root: RefObject<HTMLElement>): View {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [said, setSaid] = useState({ text: "", count: 0 });
  const [dragging, setDragging] = useState(false);
  const stage = useRef<HTMLDivElement>(null);
  const fixed = useMemo(() => {
    const say = (text: string) => setSaid(({ count }) => ({ text, count: count + 1 }));
    const desk = new Desk(model);
    const changed = () => redraw(undefined);
    const picture = new Picture(desk, changed);
    const submission = new Submission(desk, picture, changed);
    const prefix = `lk-${uuid().slice(0, 8)}-`;
    return {
      desk,
      picture,
      submission,
      say,
      idOf: (name: string) => prefix + name.replace(/[^\w-]+/g, "_"),
      takeFile: (file: File | undefined) => {
        if (file) void picture.take(file).then(() => say(picture.trouble));
      },
      leadToProblem: () => {
        // Once the field is drawn as wrong.
        setTimeout(() => root.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      },
    };
  }, [model, root]);
  const { desk, picture, submission } = fixed;

  useEffect(() => {
    const close = desk.open(() => redraw(undefined));
    const unhear = desk.onMessage((told) => {
      picture.hear(told);
      submission.hear(told);
    });
    const takes = () => isShown("image", desk.form, desk.get("controls"));
    const unreceive = root.current
      ? receiveFiles(root.current, takes, fixed.takeFile, setDragging)
      : () => {};
    // It may have changed between the first drawing and now.
    redraw(undefined);
    return () => {
      close();
      unhear();
      unreceive();
      picture.close();
      submission.close();
    };
  }, [desk, picture, submission, fixed, root]);

  picture.settle();
  useEffect(() => submission.settle());
  return { ...fixed, ...assess(desk, picture.uploading), stage, dragging, said };
}

export const ViewContext = createContext<View | null>(null);

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error("A part of the studio stands outside of it");
  return view;
}
