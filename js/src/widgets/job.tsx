// A job that a person can watch and cancel; the Python twin is widgets/job.py.

import { ask } from "../shared/ask";
import type { Card } from "../shared/card";
import { JobCard } from "../shared/JobCard";
import type { SlotTraits } from "../shared/model";
import { useTrait } from "../shared/useTrait";
import { type ViewProps, widget } from "../shared/widget";
import "../shared/style.css";

export interface JobTraits extends SlotTraits {
  card: Card;
}

export function JobView({ model }: ViewProps<JobTraits>) {
  const card = useTrait(model, "card");
  const cancel = () => ask(model, { kind: "cancel", task_id: card.task_id });
  return <JobCard model={model} card={card} onCancel={cancel} plainEnd />;
}

// The kernel then knows that it need not draw the plain card anew at each change.
export default widget(JobView, (model) => ask(model, { kind: "hello" }));
