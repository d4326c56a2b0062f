// The first picture: chosen, dropped, pasted, or told by its address.

import { useRef } from "preact/hooks";

import { FieldBox, passFocus, useNotes, useWiring } from "./field";
import { CrossIcon, PictureIcon } from "./icons";
import { Line } from "./inputs";
import { useView } from "./view";

const TYPES = "image/png,image/jpeg,image/webp";

export function ImageField() {
  const { picture, controls, form, dragging, takeFile } = useView();
  const all = useNotes("image");
  const notes = { ...all, problem: picture.trouble || all.problem };
  const wiring = useWiring("image", notes);
  const chooser = useRef<HTMLInputElement>(null);
  const there = picture.uploading || picture.shown !== "" || form.image !== null;
  return (
    <FieldBox
      field="image"
      label="First picture"
      notes={notes}
      aside={!controls.needs_image && <span class="lk-s-count">optional</span>}
    >
      <div class={dragging ? "lk-s-drop lk-s-dragging" : "lk-s-drop"}>
        <Thumbnail />
        <div class="lk-s-drop-words">
          {picture.uploading ? (
            <Sending />
          ) : (
            <div class="lk-s-row lk-s-wrap">
              <button type="button" class="lk-s-button" onClick={() => chooser.current?.click()}>
                {there ? "Another file…" : "Choose a file…"}
              </button>
              <span class="lk-s-help lk-s-drop-hint">or drop or paste one here</span>
            </div>
          )}
          <ImageAddress wiring={wiring} />
        </div>
        {there && (
          <button
            type="button"
            class="lk-s-button lk-s-square lk-s-drop-remove"
            title="Remove the picture"
            aria-label="Remove the picture"
            onClick={(event) => {
              passFocus(event.currentTarget);
              picture.remove();
            }}
          >
            <CrossIcon />
          </button>
        )}
        <input
          ref={chooser}
          type="file"
          accept={TYPES}
          hidden
          onChange={(event) => {
            takeFile(event.currentTarget.files?.[0]);
            // The same file may be chosen again after it was removed.
            event.currentTarget.value = "";
          }}
        />
      </div>
    </FieldBox>
  );
}

function Thumbnail() {
  const { picture } = useView();
  const { shown } = picture;
  return (
    <span class="lk-s-thumb">
      {shown ? <img src={shown} alt="What the video begins with" /> : <PictureIcon />}
    </span>
  );
}

function Sending() {
  const { picture } = useView();
  return (
    <div class="lk-s-sending">
      <span class="lk-s-clip">Sending {picture.name}</span>
      <progress
        class="lk-s-progress"
        max={1}
        value={picture.share}
        aria-label="Sending the picture"
      />
    </div>
  );
}

/** The address or path; the bytes of a picture are nothing to read. */
function ImageAddress({ wiring }: { wiring: ReturnType<typeof useWiring> }) {
  const { picture, form } = useView();
  if (picture.uploading) return null;
  if (form.image?.startsWith("data:")) {
    const kilobytes = Math.round((form.image.length * 3) / 4 / 1000);
    return (
      <output id={wiring.id} class="lk-s-help">
        A picture of {kilobytes.toLocaleString("en-US")} kB
      </output>
    );
  }
  return (
    <Line
      field="image"
      wiring={wiring}
      placeholder="or its address: https://…"
      onType={(raw) => picture.type(raw)}
    />
  );
}
