import type { CollectorFragment } from "../feature";
import { jsonLogReceiver } from "../pipeline/log-file";

/** osquery's results: differential rows in `osqueryd.results.log`, snapshots in `osqueryd.snapshots.log`. */
export function osqueryCollector(nodeLogBasePath: string): CollectorFragment {
  const folder = `${nodeLogBasePath}/osquery`;
  return {
    tool: "osquery",
    index: "inventory",
    receivers: {
      "file_log/osquery": jsonLogReceiver({
        include: [`${folder}/osqueryd.results.log`, `${folder}/osqueryd.snapshots.log`],
        time: { field: "body.unixTime", layoutType: "epoch", layout: "s" },
      }),
    },
    document: { expects: [], identity: [], statements: [] },
  };
}
