import { isRecord } from "../core/config/issues";
import { asList, checkKeys, entries, type PolicyPath, type PolicyProblem, type Report } from "./problems";
import { validateSelectors } from "./validate-selectors";
import { ARG_TYPES, HOOKS, LIMITS, SPEC_KEYS } from "./vocabulary";

/** Collects what Tetragon would refuse in the `spec` of a TracingPolicy, as far as it shows without a kernel. */
export function validatePolicy(spec: unknown): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const report: Report = (path, message) => problems.push({ path, message });
  if (!isRecord(spec)) {
    report([], "the spec of a TracingPolicy, a map");
    return problems;
  }
  checkKeys(spec, SPEC_KEYS, [...HOOKS, "options", "lists", "enforcers"], [], report);
  checkOptions(spec, report);
  checkHostSelector(spec, report);
  if (!HOOKS.some((hook) => asList(spec[hook]).length > 0)) report([], `at least one of ${HOOKS.join(", ")}`);
  for (const hook of HOOKS)
    for (const probe of entries(spec[hook], [hook], report)) {
      if (hook === "kprobes") checkCall(probe.value, probe.path, report);
      checkProbe(probe.value, probe.path, report);
    }
  checkRepeatedCalls(spec, report);
  return problems;
}

// Whether a policy may stop anything is decided in one place of the stack config.
function checkOptions(spec: Record<string, unknown>, report: Report): void {
  for (const { value, path } of entries(spec["options"], ["options"], report))
    if (value["name"] === "policy-mode")
      report(path, "another option: the mode is set by `enforce`, which lists policies by name");
}

function checkHostSelector(spec: Record<string, unknown>, report: Report): void {
  const selector = spec["hostSelector"];
  if (selector !== undefined && !(isRecord(selector) && Object.keys(selector).length === 0))
    report(["hostSelector"], "{}, which means all hosts: labels are not supported");
}

function checkCall(kprobe: Record<string, unknown>, path: PolicyPath, report: Report): void {
  const { call, syscall } = kprobe;
  if (typeof call !== "string" || call === "") report([...path, "call"], "the name of a kernel function");
  // `syscall` is true unless set to false, and Tetragon then looks for the function by that name.
  else if (syscall !== false && !/^(sys_|list:|__\w+_sys_)/.test(call))
    report([...path, "syscall"], `false, as ${call} is no system call (those start with "sys_")`);
}

function checkProbe(probe: Record<string, unknown>, path: PolicyPath, report: Report): void {
  const args = entries(probe["args"], [...path, "args"], report);
  if (args.length > LIMITS.args) report([...path, "args"], `at most ${LIMITS.args} arguments`);
  for (const arg of args) checkArg(arg.value, arg.path, report);
  if (asList(probe["tags"]).length > LIMITS.tags) report([...path, "tags"], `at most ${LIMITS.tags} tags`);
  if (String(probe["message"] ?? "").length > LIMITS.messageCharacters)
    report([...path, "message"], `at most ${LIMITS.messageCharacters} characters`);
  validateSelectors(probe, path, report);
}

function checkArg({ index, type }: Record<string, unknown>, path: PolicyPath, report: Report): void {
  if (!Number.isInteger(index) || Number(index) < 0) report([...path, "index"], "a number from 0");
  if (type !== undefined && !ARG_TYPES.includes(String(type)))
    report([...path, "type"], `one of ${ARG_TYPES.join(", ")}`);
}

// On kernels with kprobe.multi (5.18 and newer) a function can be hooked once in a policy: it takes several
// selectors instead.
function checkRepeatedCalls(spec: Record<string, unknown>, report: Report): void {
  const options = asList(spec["options"]).filter(isRecord);
  if (options.some((option) => option["name"] === "disable-kprobe-multi")) return;
  const calls = asList(spec["kprobes"]).map((kprobe) => (isRecord(kprobe) ? kprobe["call"] : undefined));
  calls.forEach((call, index) => {
    const first = calls.indexOf(call);
    if (typeof call === "string" && first !== index)
      report(
        ["kprobes", index, "call"],
        `another function: kprobes[${first}] has ${call}, add a selector there`,
      );
  });
}
