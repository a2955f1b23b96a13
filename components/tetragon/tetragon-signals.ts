import type { Condition } from "../documents/condition";
import type { Signals } from "../documents/signals";
import { TOKEN_FOLDERS } from "./policies/credential-access";
import { DOWNLOADERS, SHELLS } from "./policies/programs";

const OF_TETRAGON: Condition = { field: "labels.security_tool", is: "tetragon" };
const IN_A_POD: Condition = { field: "kubernetes.pod.name", exists: true };
const IN_A_CONTAINER: Condition = { field: "container.id", exists: true };

/** Daemons that start what crontabs say; that of busybox has the path of busybox, which says nothing. */
const CRON_DAEMONS = ["/usr/sbin/cron", "/usr/sbin/crond", "/usr/bin/crond", "/usr/sbin/fcron"];

const matchOf = (policy: string, ...further: Condition[]): readonly Condition[] => [
  OF_TETRAGON,
  { field: "tetragon.policy_name", is: policy },
  ...further,
];

const startOf = (...further: Condition[]): readonly Condition[] => [
  OF_TETRAGON,
  { field: "event.action", is: "process_exec" },
  ...further,
];

/** Beginnings as ranges: "0" is the character after "/". */
const below = (field: string, folders: readonly string[]): Condition => ({
  any: folders.map((folder) => ({ field, atLeast: folder, below: `${folder.slice(0, -1)}0` })),
});

/** Policies and starts of processes by what they show. */
export const TETRAGON_SIGNALS: Signals = {
  // The policy is about all credentials: what file it was is in the arguments.
  "token-read": matchOf("credential-access", below("tetragon.args.file_arg.path", TOKEN_FOLDERS)),
  download: startOf(IN_A_POD, { field: "process.executable", is: DOWNLOADERS }),
  // Its other functions are about files that a program reads.
  "dropped-program": matchOf("process-exec", IN_A_POD, {
    field: "tetragon.function_name",
    is: "security_bprm_check",
  }),
  "outbound-connection": matchOf("suspicious-egress"),
  "container-escape": matchOf("container-escape-monitor"),
  "host-process": startOf(
    { not: IN_A_POD },
    { not: IN_A_CONTAINER },
    { field: "process.executable", is: SHELLS },
  ),
  "cron-write": matchOf("cron-persistence", { field: "event.severity", atLeast: 3 }),
  "cron-execution": startOf({ field: "process.parent.executable", is: CRON_DAEMONS }),
  detection: [OF_TETRAGON, { field: "event.kind", is: "alert" }, { field: "event.severity", atLeast: 3 }],
};
