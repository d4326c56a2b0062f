// The seed: the same one makes the same video, where the model keeps that promise.

import { FieldBox, passFocus, useNotes, useWiring } from "./field";
import { CrossIcon, DiceIcon } from "./icons";
import { Line } from "./inputs";
import { useView } from "./view";

/** Every model takes seeds below this. */
const SEEDS = 2 ** 31;

export function SeedField() {
  const { desk, say } = useView();
  const notes = useNotes("seed");
  const wiring = useWiring("seed", notes);
  const roll = () => {
    const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
    const seed = bits % SEEDS;
    desk.put({ seed });
    say(`Seed ${seed}`);
  };
  return (
    <FieldBox field="seed" label="Seed" notes={notes}>
      <div class="lk-s-joined">
        <Line field="seed" wiring={wiring} mode="numeric" placeholder="Random" />
        {desk.raw("seed") !== "" && (
          <button
            type="button"
            class="lk-s-button lk-s-square"
            title="Random each time"
            aria-label="Clear the seed: random each time"
            onClick={(event) => {
              passFocus(event.currentTarget);
              desk.put({ seed: null });
            }}
          >
            <CrossIcon />
          </button>
        )}
        <button
          type="button"
          class="lk-s-button lk-s-square"
          title="Roll a seed"
          aria-label="Roll a seed"
          onClick={roll}
        >
          <DiceIcon />
        </button>
      </div>
    </FieldBox>
  );
}

/** How many videos of this request are made. */
export function CountField() {
  const notes = useNotes("count");
  const wiring = useWiring("count", notes);
  return (
    <FieldBox field="count" label="Videos" notes={notes}>
      <Line field="count" wiring={wiring} mode="numeric" />
    </FieldBox>
  );
}
