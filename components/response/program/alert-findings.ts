import * as z from "zod/mini";
import { PODS_ANNOTATION } from "../../documents/alert-pods";

/** A pod of the cluster, that one and no later one of its name. */
export interface PodRef {
  namespace: string;
  name: string;
  /** Empty where the alert does not say it. */
  uid: string;
}

/** Something that was found in a pod. */
export interface Finding {
  /** Labels of the alert. */
  alert: Readonly<Record<string, string>>;
  pod: PodRef;
  /** When its newest event was read, in milliseconds. */
  seen: number;
}

/** What is posted is no message of Alertmanager's. */
export class MalformedMessage extends Error {}

const texts = z.record(z.string(), z.string());
const messageSchema = z.object({
  alerts: z.array(
    z.object({ status: z.string(), labels: texts, annotations: z._default(z.optional(texts), {}) }),
  ),
});
const podsSchema = z.array(z.object({ name: z.string(), uid: z.string(), seen: z.string() }));

// As the API server names pods and namespaces: what goes into paths is nothing else.
const POD_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const UID = /^[a-zA-Z0-9-]{0,64}$/;

/**
 * The pods of the alerts of a message (Alertmanager's docs, "webhook_config": version 4), each alert's newest first.
 * @returns also how many alerts name no pod that could be one
 * @throws MalformedMessage
 */
export function findingsOf(body: string): { findings: Finding[]; without: number } {
  const { alerts } = parsedAs(messageSchema, body);
  const findings: Finding[] = [];
  let without = 0;
  for (const { status, labels, annotations } of alerts) {
    if (status !== "firing") continue;
    const found = podsOf(labels["namespace"] ?? "", annotations[PODS_ANNOTATION]);
    if (found.length === 0) without += 1;
    findings.push(...found.map(({ seen, ...pod }) => ({ alert: labels, pod, seen })));
  }
  return { findings, without };
}

function podsOf(namespace: string, json: string | undefined): (PodRef & { seen: number })[] {
  if (json === undefined || !NAMESPACE.test(namespace)) return [];
  return parsedAs(podsSchema, json).flatMap(({ name, uid, seen }) => {
    const time = Date.parse(seen);
    if (!POD_NAME.test(name) || !UID.test(uid) || Number.isNaN(time)) return [];
    return [{ namespace, name, uid, seen: time }];
  });
}

function parsedAs<T>(schema: z.ZodMiniType<T>, json: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new MalformedMessage("not JSON");
  }
  const result = z.safeParse(schema, value);
  if (!result.success)
    throw new MalformedMessage(`not as expected at ${result.error.issues[0]?.path.join(".")}`);
  return result.data;
}
