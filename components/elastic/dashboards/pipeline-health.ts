import { SAMPLED_PERCENT, SUPPRESSED } from "../../documents/fields";
import { count, type Dashboard, type Group, overTime, terms } from "../../documents/panel";

const TOOL = terms("labels.security_tool", "Tool");

/**
 * Whether the way from the sensors to the store works.
 * @param losses Documents in which sensors report events that they lost themselves.
 */
export function pipelineHealth(losses: readonly Group[]): Dashboard {
  return {
    order: 90,
    id: "security-pipeline-health",
    title: "Security: Pipeline health",
    description:
      "What arrives and when, what could not become a document, and what the filters, the limit and the sensors themselves left out.",
    from: "now-24h",
    rows: [
      {
        height: 6,
        panels: [
          {
            title: "Documents",
            width: 16,
            dataView: "arrivals",
            filter: [],
            chart: { kind: "metric", metric: count("documents") },
          },
          {
            title: "Dead letters",
            width: 16,
            dataView: "deadLetters",
            filter: [],
            chart: { kind: "metric", metric: count("lines"), color: "#e0533d" },
          },
          {
            title: "Left out by the limit",
            width: 16,
            dataView: "events",
            filter: [],
            chart: {
              kind: "metric",
              metric: { operation: "sum", field: SUPPRESSED, label: "events" },
              color: "#e8a33d",
            },
          },
        ],
      },
      {
        height: 13,
        panels: [
          {
            title: "Rate: lines read, by tool",
            width: 48,
            dataView: "arrivals",
            filter: [],
            // When the node's collector read the line: a sensor's clock that is wrong does not move it.
            chart: { kind: "timeline", by: overTime("event.created"), stack: TOOL, metric: count("lines") },
          },
        ],
      },
      {
        height: 9,
        panels: [
          {
            // The two times differ by the lag of the newest line. The lag of each document would need a field of its own.
            title: "Lag: newest event and when it was read, by tool and node",
            width: 48,
            dataView: "arrivals",
            // A dead letter has no time but that of its reading.
            filter: [{ not: { field: "event.kind", is: "pipeline_error" } }],
            chart: {
              kind: "table",
              rows: [TOOL, terms("host.name", "Node", 100)],
              metrics: [
                count("Documents"),
                { operation: "max", field: "@timestamp", of: "time", label: "Newest event" },
                { operation: "max", field: "event.created", of: "time", label: "Read" },
              ],
            },
          },
        ],
      },
      {
        height: 10,
        panels: [
          {
            title: "Dead letters by reason",
            width: 24,
            dataView: "deadLetters",
            filter: [],
            chart: {
              kind: "bars",
              by: terms("error.message", "Reason"),
              stack: TOOL,
              metric: count("lines"),
            },
          },
          {
            title: "Left out by the limit, by rule",
            width: 24,
            dataView: "events",
            filter: [{ field: SUPPRESSED, exists: true }],
            chart: {
              kind: "bars",
              by: terms("rule.name", "Rule"),
              metric: { operation: "sum", field: SUPPRESSED, label: "events" },
            },
          },
        ],
      },
      {
        height: 10,
        panels: [
          {
            title: "What the sensors say of their own losses",
            width: 24,
            dataView: "events",
            filter: [],
            chart: {
              kind: "bars",
              by: {
                by: "filters",
                label: "Loss",
                groups: losses,
              },
              metric: count("events"),
            },
          },
          {
            title: "Samples that stand for more, by rule",
            width: 24,
            dataView: "events",
            filter: [{ field: SAMPLED_PERCENT, exists: true }],
            chart: { kind: "bars", by: terms("rule.name", "Rule"), metric: count("events") },
          },
        ],
      },
    ],
  };
}
