import type { CollectorFragment } from "../feature";
import { jsonLogReceiver } from "../pipeline/log-file";

/** Falco's alerts: one JSON object per line in `<base>/falco/events.log`, rotated by renaming. */
export function falcoCollector(nodeLogBasePath: string): CollectorFragment {
  const files = `${nodeLogBasePath}/falco/events.log`;
  return {
    tool: "falco",
    index: "events",
    receivers: {
      "file_log/falco": jsonLogReceiver({
        include: [`${files}*`],
        exclude: [`${files}*.gz`],
        time: { field: "body.time", layoutType: "gotime", layout: "2006-01-02T15:04:05.999999999Z07:00" },
        pod: { namespace: 'body.output_fields["k8s.ns.name"]', name: 'body.output_fields["k8s.pod.name"]' },
      }),
    },
    document: { expects: [], identity: [], statements: [] },
  };
}
