// VideoStudio: build a request by hand, watch it, see it play, learn the code.

import "../shared/style.css";
import "../studio/studio.css";

import { widget } from "../shared/widget";
import type { StudioTraits } from "../studio/state";
import { Studio } from "../studio/studio";

export default widget<StudioTraits>(Studio);
