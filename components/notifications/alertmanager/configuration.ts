import type { AlertReceiver } from "../../core/contract/contribution";
import { SEVERITY_NAMES, type Severity } from "../../documents/severities";
import { CONFIG_FOLDER, TEST_LABEL } from "../names";
import { isDefault, type NotificationsConfig, type Route } from "../notifications-schema";
import { programReceiver, receiver } from "./receiver";

type Json = Record<string, unknown>;

/** Receiver of what no route takes; there is no such alert, and no receiver of a user's may have the name. */
const NOBODY = "nobody";

/** Least time between two messages to a program. */
const PROGRAM_INTERVAL = "15s";

/** Alerts that are one message: a rule's about a workload. What an alert lacks is equal in all that lack it. */
const GROUP_BY = ["alertname", "severity", "rule", "namespace", "workload"];

/**
 * Alertmanager's configuration (its docs, "Configuration"), version 0.34.
 * @param programs Of the stack, which are told beside people.
 */
export function alertmanagerConfig(config: NotificationsConfig, programs: readonly AlertReceiver[]): Json {
  return {
    global: {
      // A redirect would lead tokens and texts to a server that nobody has named.
      http_config: { follow_redirects: false },
    },
    templates: [`${CONFIG_FOLDER}/security.tmpl`],
    route: {
      receiver: NOBODY,
      group_by: GROUP_BY,
      group_wait: config.groupWait,
      group_interval: config.groupInterval,
      repeat_interval: `${config.repeatHours}h`,
      routes: [...config.receivers.map(testRoute), ...programs.map(programRoute), ...routes(config)],
    },
    inhibit_rules: INHIBIT_RULES,
    receivers: [{ name: NOBODY }, ...config.receivers.map(receiver), ...programs.map(programReceiver)],
    ...(config.muteTimes.length > 0 ? { time_intervals: config.muteTimes.map(timeInterval) } : {}),
  };
}

/**
 * What a silent sensor's node still delivers late is of less interest than the silence. Never of `high` and above: else
 * whoever stops a sensor would mute what it saw before.
 */
const INHIBIT_RULES = [
  {
    source_matchers: ['alertname=~"security-silent-.+"'],
    target_matchers: ['alertname!~"security-silent-.+"', 'severity=~"medium|low|informational"'],
    equal: ["tool", "host"],
  },
];

/** A test message goes to its receiver at once, whatever the routes and mute times say. */
function testRoute({ name }: { name: string }): Json {
  return {
    receiver: name,
    matchers: [`${TEST_LABEL}="${name}"`],
    group_by: [TEST_LABEL, "id"],
    group_wait: "0s",
    group_interval: "15s",
  };
}

/** It is told at once and of all alerts of a rule together, and the alerts go on to people. */
function programRoute({ name, matchers, repeat }: AlertReceiver): Json {
  return {
    receiver: name,
    // A test message is for people.
    matchers: [`${TEST_LABEL}=""`, ...matchers],
    group_by: ["alertname"],
    group_wait: "1s",
    group_interval: PROGRAM_INTERVAL,
    repeat_interval: repeat,
    continue: true,
  };
}

function routes({ routes: written, receivers }: NotificationsConfig): Json[] {
  const all: Route = { receivers: receivers.map(({ name }) => name), muteTimes: [] };
  return (written.length > 0 ? written : [all]).flatMap(branches);
}

/** A route of Alertmanager's has one receiver: one for each, and all but the last let the alert go on. */
function branches(route: Route): Json[] {
  const { receivers, muteTimes } = route;
  return receivers.map((name, index) => ({
    receiver: name,
    ...(isDefault(route) ? {} : { matchers: matchers(route) }),
    ...(muteTimes.length > 0 ? { mute_time_intervals: muteTimes } : {}),
    ...(index < receivers.length - 1 ? { continue: true } : {}),
  }));
}

/** Their values are of letters, digits, dashes and underscores: the schema lets no other in. */
function matchers({ minSeverity, techniques, namespaces, tools }: Route): string[] {
  return [
    ...(minSeverity ? [oneOf("severity", severitiesFrom(minSeverity))] : []),
    ...(techniques ? [oneOf("technique", techniques.flatMap(withSubTechniques))] : []),
    ...(namespaces ? [oneOf("namespace", namespaces)] : []),
    ...(tools ? [oneOf("tool", tools)] : []),
  ];
}

function oneOf(label: string, values: readonly string[]): string {
  return `${label}=~"${values.join("|")}"`;
}

function withSubTechniques(id: string): string[] {
  return id.includes(".") ? [id.replace(".", "[.]")] : [id, `${id}[.][0-9]{3}`];
}

function severitiesFrom(word: string): string[] {
  const numbers: Severity[] = [1, 2, 3, 4, 5];
  const least = numbers.find((number) => SEVERITY_NAMES[number] === word) ?? 1;
  return numbers.filter((number) => number >= least).map((number) => SEVERITY_NAMES[number]);
}

function timeInterval({
  name,
  weekdays,
  from,
  to,
  timeZone,
}: NotificationsConfig["muteTimes"][number]): Json {
  return {
    name,
    time_intervals: [{ weekdays, times: [{ start_time: from, end_time: to }], location: timeZone }],
  };
}
