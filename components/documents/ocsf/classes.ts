/** Version of the Open Cybersecurity Schema Framework that events are written in (schema.ocsf.io). */
export const OCSF_VERSION = "1.8.0";

/**
 * Profiles of every event: what runs in a container, on which host, and whether it is an alert. Every class has them, and
 * they ask for no further field.
 */
export const OCSF_PROFILES = ["container", "host", "security_control"] as const;

const CATEGORIES = {
  0: "Uncategorized",
  1: "System Activity",
  2: "Findings",
  4: "Network Activity",
  5: "Discovery",
  6: "Application Activity",
  7: "Remediation",
} as const;

interface OcsfClass {
  uid: number;
  name: string;
  category: keyof typeof CATEGORIES;
  /** Captions of the activities that are used, by `activity_id`. */
  activities: Readonly<Record<number, string>>;
}

/** The classes that events are made of, with their captions in the schema; a test compares them with it. */
export const OCSF_CLASSES = {
  base: { uid: 0, name: "Base Event", category: 0, activities: { 0: "Unknown", 99: "Other" } },
  module: { uid: 1005, name: "Module Activity", category: 1, activities: { 1: "Load" } },
  process: { uid: 1007, name: "Process Activity", category: 1, activities: { 1: "Launch", 2: "Terminate" } },
  vulnerability: {
    uid: 2002,
    name: "Vulnerability Finding",
    category: 2,
    activities: { 1: "Create", 3: "Close" },
  },
  compliance: { uid: 2003, name: "Compliance Finding", category: 2, activities: { 1: "Create", 3: "Close" } },
  detection: { uid: 2004, name: "Detection Finding", category: 2, activities: { 1: "Create" } },
  dataSecurity: {
    uid: 2006,
    name: "Data Security Finding",
    category: 2,
    activities: { 1: "Create", 3: "Close" },
  },
  network: {
    uid: 4001,
    name: "Network Activity",
    category: 4,
    activities: { 1: "Open", 2: "Close", 4: "Fail", 5: "Refuse", 7: "Listen" },
  },
  device: { uid: 5001, name: "Device Inventory Info", category: 5, activities: { 2: "Collect" } },
  user: { uid: 5003, name: "User Inventory Info", category: 5, activities: { 2: "Collect" } },
  software: { uid: 5020, name: "Software Inventory Info", category: 5, activities: { 2: "Collect" } },
  evidence: { uid: 5040, name: "Live Evidence Info", category: 5, activities: { 1: "Query" } },
  api: {
    uid: 6003,
    name: "API Activity",
    category: 6,
    activities: { 1: "Create", 2: "Read", 3: "Update", 4: "Delete", 99: "Other" },
  },
  scan: { uid: 6007, name: "Scan Activity", category: 6, activities: { 2: "Completed", 99: "Other" } },
  applicationError: {
    uid: 6008,
    name: "Application Error",
    category: 6,
    activities: { 1: "General Error" },
  },
  remediation: {
    uid: 7001,
    name: "Remediation Activity",
    category: 7,
    activities: { 1: "Isolate", 2: "Evict", 3: "Restore", 99: "Other" },
  },
} as const satisfies Record<string, OcsfClass>;

export type OcsfClassName = keyof typeof OCSF_CLASSES;

/** `activity_id` of a class. */
export type OcsfActivity<Name extends OcsfClassName> = keyof (typeof OCSF_CLASSES)[Name]["activities"];

/** What says of which class an event is, and what happened. */
export function classFields(name: OcsfClassName, activity: number): Record<string, unknown> {
  const found: OcsfClass = OCSF_CLASSES[name];
  const activityName = found.activities[activity] ?? "Other";
  return {
    category_uid: found.category,
    category_name: CATEGORIES[found.category],
    class_uid: found.uid,
    class_name: found.name,
    activity_id: activity,
    activity_name: activityName,
    type_uid: found.uid * 100 + activity,
    type_name: `${found.name}: ${activityName}`,
  };
}
