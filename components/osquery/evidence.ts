import type { DocumentReader } from "../documents/ocsf/document-reader";
import { container, file, process } from "../documents/ocsf/event-objects";
import type { OcsfFields } from "../documents/ocsf/mapping";

/** `query_evidence.query_type_id`. */
const FILE = { query_type_id: 2, query_type: "File" };
const JOB = { query_type_id: 5, query_type: "Job" };
const MODULE = { query_type_id: 6, query_type: "Module" };
const PROCESS = { query_type_id: 10, query_type: "Process" };
const OTHER = { query_type_id: 99 };

type Evidence = (document: DocumentReader) => OcsfFields | undefined;

/** `query_evidence` by query: what a row of it is about. */
export const EVIDENCE: Readonly<Record<string, Evidence>> = {
  processes: processEvidence,
  setuid_processes: processEvidence,
  containers: processEvidence,
  kernel_modules: (document) => {
    const name = document.text("osquery.columns.name");
    if (name === undefined) return undefined;
    return { ...MODULE, module: { load_type_id: 0, type: "Kernel module", file: { name, type_id: 0 } } };
  },
  groups: (document) => {
    const columns = document.below("osquery.columns");
    const [uid, name] = [columns.text("gid"), columns.text("groupname")];
    return uid === undefined && name === undefined
      ? undefined
      : { ...OTHER, query_type: "Group", group: { uid, name } };
  },
  crontab: (document) => {
    const columns = document.below("osquery.columns");
    const command = columns.text("command");
    if (command === undefined) return undefined;
    const when = ["minute", "hour", "day_of_month", "month", "day_of_week", "event"];
    const schedule = when.flatMap((name) => columns.text(name) ?? []).join(" ");
    return {
      ...JOB,
      job: { name: command, cmd_line: command, desc: schedule, file: file(columns.text("path")) },
    };
  },
  cron_scripts: fileEvidence("path"),
  systemd_unit_files: fileEvidence("path"),
  startup_scripts: fileEvidence("path"),
  suid_bin: fileEvidence("path"),
  ssh_private_keys: fileEvidence("path"),
  authorized_keys: fileEvidence("key_file"),
};

/** A row without a process id is known by the row's own. */
function processEvidence(document: DocumentReader): OcsfFields | undefined {
  const columns = document.below("osquery.columns");
  const executable = columns.text("path");
  const [uid, row] = [columns.text("uid"), document.text("osquery.row_id")];
  const known = process(document) ?? (row === undefined ? undefined : { uid: row });
  if (!known) return undefined;
  const subject = {
    ...known,
    name: columns.text("name"),
    path: executable,
    file: file(executable),
    user: uid === undefined ? undefined : { uid },
    container: container(document),
    created_time: columns.seconds("start_time"),
  };
  return { ...PROCESS, process: subject };
}

function fileEvidence(column: string): Evidence {
  return (document) => {
    const columns = document.below("osquery.columns");
    const [uid, name] = [columns.text("uid"), columns.text("username")];
    const found = file(columns.text(column), {
      owner: uid === undefined && name === undefined ? undefined : { uid, name },
      size: columns.integer("size"),
      modified_time: columns.seconds("mtime"),
    });
    return found && { ...FILE, file: found };
  };
}
