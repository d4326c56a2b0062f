// VideoStudio: build a request by hand, watch it, see it play, learn the code.

import "../studio/studio.css";

import { widget } from "../shared/widget";
import { Studio } from "../studio/studio";
import type { StudioTraits } from "../studio/state";

export default widget<StudioTraits>(Studio);
