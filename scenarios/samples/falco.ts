import * as fs from "node:fs";
import * as path from "node:path";
import type { Sample } from "../model/scenario-schema";
import { nanoTime, nextEvent } from "./node";

/** Which of the recorded alerts. */
export interface FalcoSample {
  rule: string;
  pod: string;
  /** A part of the process's command line, where the pod has more than one alert of the rule. */
  command?: string;
}

/**
 * Alerts of a real Falco (0.45.0-dev) in a pod with the DaemonSet's rights, while the scenarios' attacks ran on a node: one
 * of each rule, pod and command line, as it wrote them. What an alert has not, as a parent, was not known there.
 */
const RECORDED = path.join(__dirname, "..", "..", "components", "falco", "samples", "events.log.jsonl");

/**
 * A recorded alert at another time; nothing else of it is changed.
 * @throws Error, when the line is made, where no such alert was recorded
 */
export function falcoAlert(alert: FalcoSample): Sample {
  return {
    tool: "falco",
    file: "events.log",
    line: (at) => atTime(recorded(alert), nanoTime(at, nextEvent())),
  };
}

interface Recorded {
  line: string;
  time: string;
}

function recorded({ rule, pod, command = "" }: FalcoSample): Recorded {
  for (const line of fs.readFileSync(RECORDED, "utf8").split("\n").filter(Boolean)) {
    const alert = JSON.parse(line);
    const fields = alert.output_fields;
    if (alert.rule === rule && fields["k8s.pod.name"] === pod && fields["proc.cmdline"].includes(command))
      return { line, time: alert.time };
  }
  throw new Error(`no alert of "${rule}" in pod ${pod} with "${command}" is recorded in ${RECORDED}`);
}

// In the text: evt.time is a number that JavaScript can't hold.
function atTime({ line, time: then }: Recorded, now: string): string {
  const changes = [(time: string) => time, timeOfDay, nanosecondsSinceEpoch];
  return changes.reduce((text, form) => text.replaceAll(form(then), form(now)), line);
}

function timeOfDay(time: string): string {
  return time.slice(11, -1);
}

function nanosecondsSinceEpoch(time: string): string {
  const [seconds = "", nanos = ""] = time.slice(0, -1).split(".");
  return `${Date.parse(`${seconds}Z`) / 1000}${nanos}`;
}
