import * as path from "node:path";
import { z } from "zod";
import { HIGHEST_SEVERITY } from "../../documents/severities";
import { POD_RULES } from "../../kubernetes/admission-rules";
import { tcpPort } from "./value-schemas";

const FOR_PODS =
  "alone, with one `namespace`, without `*`, and `labels` of its pods, and with nothing about events";

/** No quotes, spaces or control characters: these values become part of conditions and of regular expressions. */
const FILE = /^(\/[\w.+@%:=~-]+)+$/;
/** A registry's host as the container runtime gives it, then the path; `*` only after the host. */
const REPOSITORY = /^([a-z0-9-]+(\.[a-z0-9-]+)+|localhost)(:\d+)?(\/[a-z0-9._*-]+)+$/;

const LABEL_VALUE = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

const named = (shape: RegExp, what: string) =>
  z
    .string()
    .regex(shape, what)
    .refine((text) => text.replaceAll("*", "") !== "", "more than `*`, which stands for everything")
    .optional();

const absolutePath = (what: string) =>
  z
    .string()
    .regex(FILE, `the absolute path of ${what}, without * and spaces: a name alone is anybody's to choose`)
    .refine((file) => path.posix.normalize(file) === file, "a path without `..`, `.` and `//`")
    .optional();

/** Keys of an exception that say which events it is for, besides `tool`. */
export const MATCH_KEYS = [
  ...(["namespace", "labels", "image", "process"] as const),
  ...(["path", "user", "rule", "technique"] as const),
] as const;

export type MatchKey = (typeof MATCH_KEYS)[number];

/** What an entry about pods themselves has beside who answers for it. */
const OF_PODS: readonly MatchKey[] = ["namespace", "labels"];

/** One entry of `exceptions`. All that it names must fit. */
export const exceptionSchema = z
  .strictObject({
    reason: z.string().min(5).describe("Why these events may go; for those who miss them."),
    owner: z.string().min(2).describe("Who answers for it: a person or a team."),
    until: z
      .string()
      // A date without quotes is a time in YAML 1.1; Pulumi hands it on as Go prints it.
      .transform((text) => text.replace(/ 00:00:00 \+0000 UTC$/, ""))
      .refine(isDate, 'a date that exists, like "2027-03-31"')
      .describe(
        "Last day on which it holds, in UTC. After it, it is an error where the policy level is `prod`; elsewhere it has no effect any more, and the plan says so.",
      ),
    effect: z
      .enum(["drop", "mute"])
      .default("drop")
      .describe(
        "What happens to the events: `drop` does not store them; `mute` stores them with `labels.excepted`, and no alert rule counts them.",
      ),
    tool: z
      .string()
      .min(1)
      .optional()
      .describe("The tool whose events it is for, the value of `labels.security_tool`; else all tools."),
    namespace: named(/^[a-z0-9*-]{1,63}$/, "a namespace's name").describe(
      "Kubernetes namespace; `*` stands for any characters.",
    ),
    labels: z
      .record(
        z.string().regex(LABEL_KEY, "the key of a label"),
        z.string().regex(LABEL_VALUE, "the value of a label"),
      )
      .refine((labels) => Object.keys(labels).length > 0, "at least one label")
      .optional()
      .describe("Labels of the workload's pods, all of them. Who may change pods may give them to others."),
    image: named(
      REPOSITORY,
      'an image with its registry and without a tag, like "quay.io/acme/backup": anybody can publish another of the same name',
    ).describe("Repository of the container's image, without a tag; `*` stands for any characters."),
    process: absolutePath("a program's file").describe(
      "Absolute path of the program's file. A copy of it elsewhere is reported; a name without a path is not taken.",
    ),
    path: absolutePath("a file").describe("Absolute path of the file that the event is about."),
    user: named(/^[\w.@-]+\$?$/, "a user's name").describe(
      "Name of the process's user, as the container or node has it.",
    ),
    rule: named(/^[^"'\\\p{Cc}]{1,200}$/u, "a rule's name").describe(
      "Name of the detection rule or policy; `*` stands for any characters.",
    ),
    technique: named(/^T\d{4}(\.\d{3})?$/, "a technique's id, like T1053.003").describe(
      "Technique of MITRE ATT&CK, exactly as the event has it.",
    ),
    port: tcpPort
      .optional()
      .describe(
        "Not about events: a TCP port of the pods with these `labels` in this `namespace` that takes connections in clear where the mesh asks for mutual TLS, such as one that is scraped from outside of the mesh. Takes just `namespace` and `labels`.",
      ),
    admission: z
      .enum(POD_RULES)
      .optional()
      .describe(
        "Not about events: an admission rule that lets the pods with these `labels` in this `namespace` be, and what makes them. Who may make pods there may give them these labels. Takes just `namespace` and `labels`.",
      ),
    keepPercent: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe(
        "How many of them are kept: 0 drops all, 100 keeps all whatever later exceptions say, between is a sample. An event that is read twice has the same fate twice. Of a sample every document says so in event.sampled_percent.",
      ),
    maxSeverity: z
      .int()
      .min(1)
      .max(HIGHEST_SEVERITY)
      .default(3)
      .describe(
        "For events of a higher severity it does not hold, whatever else fits: they are kept and raise alerts.",
      ),
  })
  .refine(({ effect, keepPercent }) => effect === "drop" || keepPercent === 0, {
    path: ["keepPercent"],
    message: "none with `effect: mute`, which stores all",
  })
  .refine(({ port, ...exception }) => port === undefined || isForPods(exception), {
    path: ["port"],
    message: FOR_PODS,
  })
  .refine(({ admission, ...exception }) => admission === undefined || isForPods(exception), {
    path: ["admission"],
    message: FOR_PODS,
  })
  .refine((exception) => MATCH_KEYS.some((key) => exception[key] !== undefined), {
    message: `at least one of ${MATCH_KEYS.join(", ")}: a tool that nobody needs is switched off`,
  });

/** For the stack's config. */
export const exceptionsSchema = z
  .array(exceptionSchema)
  .default([])
  .describe(
    "Events that are left out on purpose, until a day: the one list for all tools. Of several that fit an event the first decides. What a sensor can tell exactly it does not report; the rest the gateway leaves out. `npm run plan` shows for each what it leaves unseen and who applies it.",
  );

export type ExceptionEntry = z.output<typeof exceptionSchema>;

/** An exception that holds today, with its place in the list. */
export interface Exception extends ExceptionEntry {
  index: number;
}

/** The match keys that an exception names. */
export function matchKeysOf(exception: ExceptionEntry): MatchKey[] {
  return MATCH_KEYS.filter((key) => exception[key] !== undefined);
}

/** Whether it is about pods themselves and not about events. */
export function isOfPods({ port, admission }: ExceptionEntry): boolean {
  return port !== undefined || admission !== undefined;
}

/** Whether it says anything of a tool's events. */
export function concerns(entry: ExceptionEntry, name: string): boolean {
  return !isOfPods(entry) && (entry.tool === undefined || entry.tool === name);
}

/**
 * Exceptions that a sensor itself may apply: those that drop all and come before any that keeps some or mutes, since the
 * first that fits an event decides and only the gateway knows a sample and marks what is muted.
 */
export function forSensor(exceptions: readonly Exception[], tool: string): Exception[] {
  const own = exceptions.filter((exception) => concerns(exception, tool));
  const firstKept = own.findIndex(({ keepPercent, effect }) => keepPercent > 0 || effect === "mute");
  return firstKept < 0 ? own : own.slice(0, firstKept);
}

type MaybeOfPods = { [key in MatchKey]?: unknown } & {
  namespace?: string | undefined;
  tool?: string | undefined;
  port?: unknown;
  admission?: unknown;
  effect: string;
  keepPercent: number;
};

/** Besides the one thing that it allows them. */
function isForPods(exception: MaybeOfPods): boolean {
  const { tool, effect, keepPercent, namespace = "*", labels, port, admission } = exception;
  const isOfEvents = tool !== undefined || effect !== "drop" || keepPercent !== 0;
  const others = MATCH_KEYS.filter((key) => !OF_PODS.includes(key));
  const names = !namespace.includes("*") && labels !== undefined;
  const isAlone = port === undefined && admission === undefined;
  return names && isAlone && !isOfEvents && others.every((key) => exception[key] === undefined);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
