/**
 * Names that Falco knows, by which the rules are checked without Falco.
 * Fields: `falco --list=syscall -N` of falcosecurity/falco at 0.45 with libs of mid 2026, and the README of the
 * container plugin 0.7. Deprecated ones are left out: rules must not use them.
 */
const FIELDS_BY_CLASS = {
  evt: `
    num time time.s time.iso8601 datetime datetime.s rawtime rawtime.s rawtime.ns reltime reltime.s
    reltime.ns pluginname plugininfo source is_async asynctype hostname deltatime deltatime.s
    deltatime.ns type type.is category cpu args arg rawarg info buffer buflen res rawres failed is_io
    is_io_read is_io_write io_dir is_wait is_syslog count count.error count.error.file count.error.net
    count.error.memory count.error.other count.exit around abspath is_open_read is_open_write
    is_open_exec is_open_create`,
  proc: `
    exe pexe aexe exepath pexepath aexepath name pname aname args aargs cmdline pcmdline acmdline
    cmdnargs cmdlenargs exeline env aenv cwd loginshellid tty pid ppid apid vpid pvpid sid sname sid.exe
    sid.exepath vpgid vpgid.name vpgid.exe vpgid.exepath pgid pgid.name pgid.exe pgid.exepath duration
    ppid.duration pid.ts ppid.ts is_exe_writable is_exe_upper_layer is_exe_lower_layer is_exe_from_memfd
    is_sid_leader is_vpgid_leader is_pgid_leader exe_ino exe_ino.ctime exe_ino.mtime
    exe_ino.ctime_duration_proc_start exe_ino.ctime_duration_pidns_start pidns_init_start_ts fdopencount
    fdlimit fdusage vmsize vmrss vmswap nthreads nchilds stdin.type stdout.type stderr.type stdin.name
    stdout.name stderr.name`,
  thread: `
    cap_permitted cap_inheritable cap_effective pfmajor pfminor tid ismain vtid exectime totexectime
    cgroups cgroup cpu cpu.user cpu.system vmsize vmrss`,
  user: `
    uid name homedir shell loginuid loginname`,
  group: `
    gid name`,
  container: `
    id full_id name image image.id type privileged mounts mount mount.source mount.dest mount.mode
    mount.rdwr mount.propagation image.repository image.tag image.digest start_ts duration ip cni.json
    host_pid host_network host_ipc label labels`,
  fd: `
    num type typechar name directory filename ip cip sip lip rip port cport sport lport rport l4proto
    sockfamily is_server uid containername containerdirectory proto cproto sproto lproto rproto net cnet
    snet lnet rnet connected name_changed cip.name sip.name lip.name rip.name dev dev.major dev.minor
    ino nameraw types is_upper_layer is_lower_layer`,
  fs: `
    path.name path.nameraw path.source path.sourceraw path.target path.targetraw`,
  k8s: `
    pod.name ns.name pod.id pod.uid pod.sandbox_id pod.full_sandbox_id pod.label pod.labels pod.ip
    pod.cni.json`,
};

const FALCO_FIELDS: ReadonlySet<string> = new Set(
  Object.entries(FIELDS_BY_CLASS).flatMap(([name, fields]) =>
    words(fields).map((field) => `${name}.${field}`),
  ),
);

/** True for a field of Falco; what follows `evt.arg.` is the name of a system call's argument. */
export function isFalcoField(name: string): boolean {
  return FALCO_FIELDS.has(name.startsWith("evt.arg.") ? "evt.arg" : name);
}

/**
 * Events (system calls) that the rules name, from libs' tables (driver/event_table.c, ppm_events_public.h): the engine
 * refuses a name that it does not know.
 */
export const FALCO_EVENTS: ReadonlySet<string> = new Set(
  words(
    "clone clone3 connect fsconfig fsmount io_uring_setup link linkat mknod mknodat mount move_mount open_by_handle_at rename renameat renameat2 sendmmsg sendmsg sendto setns symlink symlinkat unshare",
  ),
);

/** Macros and lists of Falco's stable rules file that the rules build on. */
export const STABLE_MACROS = words(
  "container container_entrypoint open_read open_write shell_procs spawned_process",
);
export const STABLE_LISTS = words(
  "db_server_binaries http_server_binaries nosql_server_binaries package_mgmt_binaries shell_binaries",
);

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
