import type { CollectorFragment } from "../feature";
import { jsonLogReceiver } from "../pipeline/log-file";

/** Tetragon's events: `<base>/tetragon/tetragon.log`, which Tetragon rotates to `tetragon-<time>.log` itself. */
export function tetragonCollector(nodeLogBasePath: string): CollectorFragment {
  const folder = `${nodeLogBasePath}/tetragon`;
  return {
    tool: "tetragon",
    index: "events",
    receivers: {
      "file_log/tetragon": jsonLogReceiver({
        include: [`${folder}/tetragon*.log`],
        time: { field: "body.time", layoutType: "gotime", layout: "2006-01-02T15:04:05.999999999Z07:00" },
      }),
    },
    document: { expects: [], identity: [], statements: [] },
  };
}
