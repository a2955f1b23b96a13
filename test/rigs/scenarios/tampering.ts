import type { Tamper } from "./replay";

/** A mistake on the way from sensor to store, made in the lines of one scenario. */
export interface Mistake {
  what: string;
  change: (line: string) => string;
  /** What the runner has to say then. */
  says: RegExp;
}

/** One for each of the core scenarios: another name, pod, technique, severity and namespace. */
export const MISTAKES: Readonly<Record<string, Mistake>> = {
  "scope-inventory": {
    what: "a query under another name",
    change: (line) => line.replace('"name":"listening_ports"', '"name":"open_ports"'),
    says: /match all but term osquery\.query_name "listening_ports"/,
  },
  "validate-shell": {
    what: "the events of another pod",
    change: (line) => line.replaceAll('"ctem-testbox"', '"another-pod"'),
    says: /all but term kubernetes\.pod\.name "ctem-testbox": there it is .*"another-pod"/,
  },
  "validate-k8s-api": {
    what: "another technique",
    change: (line) => line.replace('"T1528"', '"T9999"').replace('"mitre.T1552.001"', '"mitre.T9999"'),
    says: /threat\.technique\.id is \["T9999"(,"T\d+")?\], expected "T1/,
  },
  "validate-container-escape": {
    what: "a lower priority",
    change: (line) => line.replace('"Critical"', '"Notice"'),
    says: /event\.severity is 2, expected 4/,
  },
  "validate-cron-persistence": {
    what: "another namespace",
    change: (line) => line.replace('"namespace":"ctem-test-escape"', '"namespace":"shop"'),
    says: /all but term kubernetes\.namespace "ctem-test-escape": there it is "shop"/,
  },
};

/** Withholds every event of a scenario. */
export function withheld(id: string): Tamper {
  return (scenario, _sample, line) => (scenario.id === id ? undefined : line);
}

/** Makes the mistake of {@link MISTAKES} in a scenario's events. */
export function mislabelled(id: string): Tamper {
  return (scenario, _sample, line) => (scenario.id === id ? (MISTAKES[id]?.change(line) ?? line) : line);
}
