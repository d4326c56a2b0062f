// A job that a person can watch and cancel; the Python twin is widgets/job.py.

import { ask } from "../shared/ask";
import type { Card } from "../shared/card";
import { JobCard } from "../shared/JobCard";
import type { SlotTraits } from "../shared/model";
import { useTrait } from "../shared/useTrait";
import { type ViewProps, widget } from "../shared/widget";
import "../shared/style.css";

const SLOT = '[class*="llmkit-slot-"]';

export interface JobTraits extends SlotTraits {
  card: Card;
  /** Whether the plain video is going to take the place of the view in its slot. */
  plain_end: boolean;
}

export function JobView({ model, el }: ViewProps<JobTraits>) {
  const card = useTrait(model, "card");
  const cancel = () => ask(model, { kind: "cancel", task_id: card.task_id });
  const plainEnd = useTrait(model, "plain_end") && el.parentElement?.closest(SLOT) != null;
  return <JobCard model={model} card={card} onCancel={cancel} plainEnd={plainEnd} />;
}

// The kernel then knows that the plain card need not move with every second.
export default widget(JobView, (model) => ask(model, { kind: "hello" }));
