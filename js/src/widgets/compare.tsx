// Videos side by side, playing as one; the Python twin is widgets/compare.py.

import "../shared/style.css";
import "../compare/compare.css";

import { Compare } from "../compare/compare";
import type { CompareTraits } from "../compare/state";
import { widget } from "../shared/widget";

export default widget<CompareTraits>(Compare);
