import { formatBytes } from "../../components/kubernetes/quantity";
import { quantityOf, writtenQuantity } from "../kubernetes/demand";
import { eachContainer } from "../kubernetes/each";
import { type Container, environmentOf } from "../kubernetes/pods";
import { textsAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

interface Config {
  memoryPerHeap: number;
  maxPercent: number;
}

export const jvmHeap: ResourcePolicy<Config> = {
  name: "jvm-heap",
  rule: "The memory limit of a JVM covers its heap and what the JVM takes besides.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-04"], iso: ["8.6"], cis: [] },
  fix: "lower -Xmx, or raise resources.limits.memory; leave -Xmx out where the program sizes its heap itself",
  config: {
    memoryPerHeap: {
      type: "number",
      minimum: 1,
      // Elasticsearch: "set Xms and Xmx to no more than 50% of your total memory" (its docs, JVM settings).
      default: 2,
      description: "Memory limit as a multiple of the largest heap.",
    },
    maxPercent: {
      type: "number",
      minimum: 1,
      maximum: 100,
      default: 75,
      description: "Largest share of the memory limit for a heap given in per cent.",
    },
  },
  check(object, report, { memoryPerHeap, maxPercent }) {
    eachContainer(object, report, (container) => {
      const flags = jvmFlags(container);
      const heap = heapBytes(flags);
      const limit = quantityOf(container, "limits", "memory");
      if (heap !== undefined && (limit === undefined || limit < heap * memoryPerHeap))
        report.violation({
          where: container.where,
          found: `heap of ${formatBytes(heap)}, limits.memory ${writtenQuantity(container, "limits", "memory") ?? "missing"}`,
          allowed: `limits.memory of at least ${formatBytes(heap * memoryPerHeap)}, ${memoryPerHeap} times the heap`,
        });
      const percent = heapPercent(flags);
      if (percent !== undefined && percent > maxPercent)
        report.violation({
          where: container.where,
          found: `-XX:MaxRAMPercentage=${percent}`,
          allowed: `at most ${maxPercent}`,
        });
    });
  },
};

/**
 * The texts in which JVM flags may stand. Every launcher has a variable of its own name for them (CATALINA_OPTS,
 * KAFKA_HEAP_OPTS), so they are told by what is in them. The last of several wins, as in the JVM.
 */
function jvmFlags(container: Container): string {
  const values = environmentOf(container).map(({ name, value = "" }) =>
    HEAP_VARIABLE.test(name) && SIZE.test(value) ? `-Xmx${value}` : value,
  );
  const texts = [...values, ...textsAt(container.value, "command"), ...textsAt(container.value, "args")];
  return texts.filter((text) => !SENTENCE.test(text)).join(" ");
}

/** Variables that start scripts make a -Xmx of: ES_HEAP_SIZE, MAX_HEAP_SIZE, SOLR_HEAP. */
const HEAP_VARIABLE = /(^|_)HEAP(_SIZE)?$|(^|_)XMX$/i;
const SIZE = /^\d+[kmgt]$/i;
/** Words for people are no flags. */
const SENTENCE = /^[A-Z]?[a-z]+ [a-z]+ .*-X/;

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
/** What stands before a flag: the JDK's own tools take the JVM's flags with -J. */
const BEFORE = "(?:^|[\\s\"',;=])(?:-J)?";

function heapBytes(flags: string): number | undefined {
  const found = new RegExp(`${BEFORE}-(?:Xmx|XX:MaxHeapSize=)(\\d+)([kmgt]?)\\b`, "gi");
  const match = [...flags.matchAll(found)].at(-1);
  return match ? Number(match[1]) * (UNITS[match[2]?.toLowerCase() ?? ""] ?? 1) : undefined;
}

function heapPercent(flags: string): number | undefined {
  const match = [...flags.matchAll(new RegExp(`${BEFORE}-XX:MaxRAMPercentage=(\\d+(?:\\.\\d+)?)`, "g"))].at(
    -1,
  );
  return match ? Number(match[1]) : undefined;
}
