import { formatPath, isRecord, type Values, valueAt, without } from "./issues";

/** Keys of the envelope that say nothing beside others. */
interface Ignored {
  paths: readonly (readonly string[])[];
  /** Why they are ignored, where they are. */
  because(values: Values, surroundings: Surroundings): string | undefined;
}

/** What else decides. */
export interface Surroundings {
  /** The stack runs Elasticsearch itself: `managed` may be written and switched off. */
  runsStore: boolean;
  /** A feature that is on raises the alerts beside Kibana. */
  raisesAlerts: boolean;
}

const NO_KIBANA = "there is no Kibana to make them in";
const NOTHING_MADE = "nothing is made inside of Elasticsearch (objects.enabled)";

const STORE = ["output", "elasticsearch"] as const;
const OBJECTS = [...STORE, "objects"] as const;

const IGNORED: readonly Ignored[] = [
  {
    paths: [
      [...STORE, "endpoints"],
      [...STORE, "podPort"],
      [...STORE, "caSecretRef"],
      [...OBJECTS, "caCertificate"],
      [...OBJECTS, "username"],
      [...OBJECTS, "password"],
    ],
    because: (values) =>
      isManaged(values)
        ? "output.elasticsearch.managed makes an Elasticsearch, whose own is used"
        : undefined,
  },
  {
    paths: [[...OBJECTS, "localPorts"]],
    because: (values) => (isManaged(values) ? undefined : "they are for a managed Elasticsearch"),
  },
  {
    paths: [[...OBJECTS, "dashboards"]],
    because: (values) => (hasKibana(values) ? undefined : NO_KIBANA),
  },
  {
    paths: [[...OBJECTS, "alerts"]],
    because: (values, { raisesAlerts }) => (hasKibana(values) || raisesAlerts ? undefined : NO_KIBANA),
  },
  {
    paths: [
      "endpoints",
      "kibanaEndpoint",
      "caCertificate",
      "username",
      "password",
      "localPorts",
      "preflight",
      "retentionDays",
      "dashboards",
      "snapshots",
      "generation",
    ].map((key) => [...OBJECTS, key]),
    because: (values) => (makesObjects(values) ? undefined : NOTHING_MADE),
  },
  {
    paths: [[...OBJECTS, "alerts"]],
    because: (values, { raisesAlerts }) => (makesObjects(values) || raisesAlerts ? undefined : NOTHING_MADE),
  },
  {
    paths: [
      ["tests", "scenarios"],
      ["tests", "apiKeySecretRef"],
      ["tests", "confirmCluster"],
    ],
    because: (values) =>
      valueAt(values, ["tests", "enabled"]) === true ? undefined : "tests.enabled is not set",
  },
];

/** Keys that are written and do nothing: one line each, for the plan's warnings. */
export function ignoredKeys(written: Values, surroundings: Surroundings): string[] {
  const values = surroundings.runsStore ? written : without(written, [...STORE, "managed"]);
  const found = IGNORED.flatMap(({ paths, because }) => {
    const reason = because(values, surroundings);
    if (reason === undefined) return [];
    return paths
      .filter((path) => valueAt(values, path) !== undefined)
      .map((path) => [formatPath(path), reason] as const);
  });
  // Of several reasons the last is the most general.
  return [...new Map(found)].map(([path, reason]) => `${path} is ignored: ${reason}.`);
}

function isManaged(values: Values): boolean {
  return isRecord(valueAt(values, [...STORE, "managed"]));
}

function makesObjects(values: Values): boolean {
  const enabled = valueAt(values, [...OBJECTS, "enabled"]);
  return typeof enabled === "boolean" ? enabled : isManaged(values);
}

function hasKibana(values: Values): boolean {
  if (isManaged(values)) return valueAt(values, [...STORE, "managed", "kibana"]) !== false;
  return valueAt(values, [...OBJECTS, "kibanaEndpoint"]) !== undefined;
}
