import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { POLICIES } from "../../components/tetragon/policies/own-policies";
import type { Kprobe } from "../../components/tetragon/tracing-policy";
import { EVASIONS, EVERYDAY } from "../support/tetragon/evasions";
import { realEvents } from "../support/tetragon/real-events";
import { type Call, reports } from "../support/tetragon/selectors";

const SETTINGS = { clusterCidrs: ["10.0.0.0/8"] };

function hooks(policy: string): Kprobe[] {
  const found = POLICIES.find(({ name }) => name === policy);
  assert.ok(found, policy);
  return found.kprobes(SETTINGS);
}

const isReported = (policy: string, call: Call) =>
  hooks(policy).some((hook) => takes(hook, call) && reports(hook, call));

/** Two policies may hook one function with other arguments. */
const takes = (hook: Kprobe, { args = [] }: Call) => args.length === hook.args.length;

describe("what Tetragon's selectors mean", () => {
  for (const { name, policy, calls } of EVASIONS)
    it(`${name} is seen by ${policy}`, () => {
      for (const call of calls) assert.ok(isReported(policy, call), JSON.stringify(call));
    });

  for (const [name, call] of EVERYDAY)
    it(`${name} is quiet`, () => {
      const seen = POLICIES.filter((policy) => isReported(policy.name, call));
      assert.deepEqual(
        seen.map((policy) => policy.name),
        [],
      );
    });

  it("what the everyday calls are about is hooked: they are quiet by the selectors", () => {
    for (const [name, call] of EVERYDAY)
      assert.ok(
        POLICIES.some((policy) =>
          hooks(policy.name).some((hook) => hook.call === call.call && takes(hook, call)),
        ),
        name,
      );
  });

  // The file that runs, where busybox starts itself.
  const RUNS: Record<string, string> = { "/proc/self/exe": "/bin/busybox" };

  for (const { event, time } of realEvents().filter(({ type }) => type === "process_kprobe"))
    it(`${event["policy_name"]}, ${event["function_name"]} of ${event.process["binary"]}, which a real sensor reported at ${time}`, () => {
      const call = String(event["function_name"]).replace(/^__x64_/, "");
      const hook = hooks(String(event["policy_name"])).find((one) => one.call === call);
      assert.ok(hook, call);
      const given = (event["args"] as Record<string, unknown>[]).map(textOf);
      const binary = String(event.process["binary"]);
      const parent = (event["parent"] as { binary: string }).binary;
      // Members that were not asked for that day: they tell files apart, and none of these matches is by them.
      const args = hook.args.map((_, i) => given[i] ?? 0);
      assert.ok(reports(hook, { call, args, binary: RUNS[binary] ?? binary, parent }));
    });
});

function textOf(argument: Record<string, unknown>): string | number {
  const [value] = Object.values(argument);
  if (typeof value !== "object" || value === null) return value as string | number;
  const { path, daddr } = value as { path?: string; daddr?: string };
  return path ?? daddr ?? "";
}

describe("the rate limit of Tetragon's policies", () => {
  it("tells files below one long folder apart: each hook of a file has its number, or reports every match", () => {
    const hooked = POLICIES.flatMap(({ name, kprobes }) => kprobes(SETTINGS).map((hook) => ({ name, hook })));
    const files = hooked.filter(({ hook }) =>
      hook.args.some(({ type }) => ["file", "dentry"].includes(type)),
    );
    assert.ok(files.length > 8);
    for (const { name, hook } of files)
      assert.ok(
        hook.everyMatch === true ||
          hook.call === "security_inode_mknod" ||
          hook.args.some(({ resolve }) => resolve === "f_inode.i_ino"),
        `${name}, ${hook.call}`,
      );
  });
});

describe("the table of evasions in Tetragon's page", () => {
  const page = readFileSync(join(__dirname, "..", "..", "components", "tetragon", "README.md"), "utf8");
  const rows = page
    .slice(page.indexOf("## Evasions"))
    .split("\n")
    .filter((line) => /^\| (?!Evasion|-)/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));

  it("has each evasion that is shown here, with the policy that sees it", () => {
    for (const { name, policy } of EVASIONS) {
      const row = rows.find((cells) => cells[1] === name);
      assert.ok(row?.[2]?.startsWith(policy), name);
    }
  });

  it("says of every other that it is open, and why", () => {
    const shown = new Set(EVASIONS.map(({ name }) => name));
    for (const [, name, seen = ""] of rows) if (!shown.has(name!)) assert.match(seen, /^open: .{20}/, name);
  });
});
