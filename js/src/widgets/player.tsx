// A video to look at closely; the Python twin is widgets/player.py.

import type { Video } from "../shared/card";
import type { SlotTraits } from "../shared/model";
import { Player } from "../shared/Player";
import { useTrait, useWritable } from "../shared/useTrait";
import { type ViewProps, widget } from "../shared/widget";
import "../shared/style.css";

export interface PlayerTraits extends SlotTraits {
  video: Video;
  loop: boolean;
  speed: number;
}

export function VideoPlayer({ model }: ViewProps<PlayerTraits>) {
  const video = useTrait(model, "video");
  const [loop, setLoop] = useWritable(model, "loop");
  const [speed, setSpeed] = useWritable(model, "speed");
  return (
    <Player
      model={model}
      video={video}
      loop={loop}
      speed={speed}
      onLoop={setLoop}
      onSpeed={setSpeed}
    />
  );
}

export default widget(VideoPlayer);
