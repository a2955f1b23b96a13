import type { Dashboard } from "../../documents/panel";

/**
 * What is kept apart and what is kept out, for a look once a week. Every panel is a tool's own: it is about the tool's
 * documents.
 */
export const ZERO_TRUST: Dashboard = {
  order: 26,
  id: "security-zero-trust",
  title: "Security: zero trust",
  description:
    "What was dropped, what came in clear, which objects violate a rule and whose they are, and who wanted to go where.",
  from: "now-7d",
  rows: [
    { slot: "figures", height: 6, panels: [] },
    { slot: "traffic", height: 12, panels: [] },
    { slot: "violations", height: 14, panels: [] },
    { slot: "owners", height: 18, panels: [] },
    { slot: "requests", height: 14, panels: [] },
    { slot: "ways", height: 16, panels: [] },
  ],
};
