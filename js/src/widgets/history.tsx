// All jobs as a gallery, to look through and to use again; the Python twin is widgets/history.py.

import "../shared/style.css";
import "../history/history.css";

import { Gallery } from "../history/gallery";
import type { HistoryTraits } from "../history/state";
import { widget } from "../shared/widget";

export default widget<HistoryTraits>(Gallery);
