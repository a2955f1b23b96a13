import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { policySpec } from "../../components/tetragon/build-policy";
import { POLICIES } from "../../components/tetragon/policies/catalog";
import { validatePolicy } from "../../components/tetragon/validate";
import { TACTIC_OF_TECHNIQUE } from "../support/mitre";

const SETTINGS = { clusterCidrs: ["10.0.0.0/8"], rateLimit: "10s" };

function calls(name: string): string[] {
  const policy = POLICIES.find((candidate) => candidate.name === name);
  return policy?.kprobes(SETTINGS).map((kprobe) => kprobe.call) ?? [];
}

describe("Tetragon's policies", () => {
  for (const policy of POLICIES)
    describe(policy.name, () => {
      it("is valid in both modes", () => {
        for (const enforce of [false, true])
          assert.deepEqual(validatePolicy(policySpec(policy, SETTINGS, enforce)), []);
      });

      it("tells in each event what it is, with the ATT&CK technique", () => {
        for (const { message, tags } of policy.kprobes(SETTINGS)) {
          assert.ok(message.length > 10);
          const techniques = tags
            .filter((tag) => tag.startsWith("mitre."))
            .map((tag) => tag.slice("mitre.".length));
          assert.ok(techniques.length > 0);
          for (const technique of techniques) assert.ok(technique in TACTIC_OF_TECHNIQUE, technique);
        }
      });

      it("reports each match once per rate limit and process", () => {
        const { kprobes } = policySpec(policy, { ...SETTINGS, rateLimit: "5m" }, false);
        for (const selector of kprobes?.flatMap((kprobe) => kprobe.selectors ?? []) ?? [])
          assert.deepEqual(selector.matchActions, [
            { action: "Post", rateLimit: "5m", rateLimitScope: "process" },
          ]);
      });
    });

  it("see every way out of a container that is asked of them", () => {
    assert.deepEqual(
      [
        "sys_setns",
        "sys_unshare",
        "sys_mount",
        "sys_move_mount",
        "sys_ptrace",
        "sys_init_module",
        "security_kernel_read_file",
        "sys_openat",
      ].filter((call) => !calls("container-escape-monitor").includes(call)),
      [],
    );
    assert.deepEqual(calls("suspicious-egress"), ["tcp_connect"]);
    assert.ok(calls("cron-persistence").includes("security_file_permission"));
    assert.ok(calls("cron-persistence").includes("sys_renameat2"));
  });

  it("compare unshare's flags with those of new namespaces, as one mask", () => {
    const policy = POLICIES.find((p) => p.name === "container-escape-monitor");
    const unshare = policy?.kprobes(SETTINGS).find((kprobe) => kprobe.call === "sys_unshare");
    const mask = Number(unshare?.selectors?.[0]?.matchArgs?.[0]?.values[0]);
    const flags = {
      NEWNS: 0x20000,
      NEWCGROUP: 0x2000000,
      NEWUSER: 0x10000000,
      NEWPID: 0x20000000,
      NEWNET: 0x40000000,
    };
    for (const [name, flag] of Object.entries(flags)) assert.ok(mask & flag, name);
    for (const harmless of [0x200, 0x400])
      assert.equal(mask & harmless, 0, "CLONE_FS and CLONE_FILES are no namespaces");
    assert.ok(mask < 2 ** 31, "fits the argument's type, int");
  });

  it("take the cluster's networks from the config", () => {
    const policy = POLICIES.find((p) => p.name === "suspicious-egress");
    const [kprobe] = policy?.kprobes({ clusterCidrs: ["10.8.0.0/14", "fd00::/8"] }) ?? [];
    const values = kprobe?.selectors?.[0]?.matchArgs?.[0]?.values;
    assert.deepEqual(values, ["127.0.0.0/8", "::1/128", "10.8.0.0/14", "fd00::/8"]);
  });
});

const kprobe = (more: object) => ({
  kprobes: [{ call: "sys_mount", args: [{ index: 0, type: "int" }], ...more }],
});
const selector = (more: object) => kprobe({ selectors: [more] });
const filter = (more: object) =>
  selector({ matchArgs: [{ index: 0, operator: "Equal", values: ["1"], ...more }] });
const action = (more: object) => selector({ matchActions: [more] });

// what is wrong, the spec, where, what is said
const BROKEN: [string, unknown, string, RegExp][] = [
  ["no map", [], "", /a map/],
  ["no hook", { podSelector: {} }, "", /at least one of kprobes/],
  ["unknown key", { ...kprobe({}), kprobe: [] }, "kprobe", /one of kprobes/],
  [
    "hooks that are no list",
    { kprobes: { call: "sys_mount" }, lsmhooks: [{ hook: "x" }] },
    "kprobes",
    /a list/,
  ],
  ["hook that is no map", { kprobes: ["sys_mount"] }, "kprobes.0", /a map/],
  ["no function", { kprobes: [{ syscall: true }] }, "kprobes.0.call", /kernel function/],
  ["function that is no system call", { kprobes: [{ call: "tcp_connect" }] }, "kprobes.0.syscall", /false/],
  [
    "function twice",
    { kprobes: [{ call: "sys_mount" }, { call: "sys_mount" }] },
    "kprobes.1.call",
    /kprobes\[0\]/,
  ],
  [
    "six arguments",
    kprobe({ args: [0, 1, 2, 3, 4, 5].map((index) => ({ index, type: "int" })) }),
    "kprobes.0.args",
    /at most 5/,
  ],
  [
    "argument type",
    kprobe({ args: [{ index: 0, type: "integer" }] }),
    "kprobes.0.args.0.type",
    /one of auto, int/,
  ],
  ["argument index", kprobe({ args: [{ index: -1, type: "int" }] }), "kprobes.0.args.0.index", /from 0/],
  ["17 tags", kprobe({ tags: Array(17).fill("t") }), "kprobes.0.tags", /at most 16/],
  ["long message", kprobe({ message: "m".repeat(257) }), "kprobes.0.message", /256/],
  [
    "six selectors",
    kprobe({ selectors: Array(6).fill({}) }),
    "kprobes.0.selectors",
    /at most 5 selectors, 6/,
  ],
  ["unknown part of a selector", selector({ matchArg: [] }), "kprobes.0.selectors.0.matchArg", /matchArgs/],
  [
    "six filters",
    selector({ matchArgs: Array(6).fill({ index: 0, operator: "Equal", values: ["1"] }) }),
    "kprobes.0.selectors.0.matchArgs",
    /at most 5 filters/,
  ],
  [
    "unknown operator",
    filter({ operator: "Is" }),
    "kprobes.0.selectors.0.matchArgs.0.operator",
    /one of Equal/,
  ],
  [
    "filter of an argument that is not read",
    filter({ index: 3 }),
    "kprobes.0.selectors.0.matchArgs.0.index",
    /args: 0/,
  ],
  ["no value", filter({ values: [] }), "kprobes.0.selectors.0.matchArgs.0.values", /at least one/],
  [
    "five numbers",
    filter({ values: ["1", "2", "3", "4", "5"] }),
    "kprobes.0.selectors.0.matchArgs.0.values",
    /at most 4 values.*InMap/,
  ],
  [
    "word for a number",
    filter({ values: ["CLONE_NEWNS"] }),
    "kprobes.0.selectors.0.matchArgs.0.values.0",
    /type int/,
  ],
  [
    "two matchBinaries",
    selector({ matchBinaries: Array(2).fill({ operator: "In", values: ["/bin/sh"] }) }),
    "kprobes.0.selectors.0.matchBinaries",
    /one entry/,
  ],
  [
    "operator of matchBinaries",
    selector({ matchBinaries: [{ operator: "Equal", values: ["/bin/sh"] }] }),
    "kprobes.0.selectors.0.matchBinaries.0.operator",
    /one of In/,
  ],
  [
    "four actions",
    selector({ matchActions: Array(4).fill({ action: "Post" }) }),
    "kprobes.0.selectors.0.matchActions",
    /at most 3/,
  ],
  [
    "unknown action",
    action({ action: "Kill" }),
    "kprobes.0.selectors.0.matchActions.0.action",
    /one of Post/,
  ],
  [
    "action that is gone soon",
    action({ action: "FollowFD" }),
    "kprobes.0.selectors.0.matchActions.0.action",
    /1\.8/,
  ],
  [
    "rate limit of another action",
    action({ action: "Sigkill", rateLimit: "1s" }),
    "kprobes.0.selectors.0.matchActions.0.rateLimit",
    /only the action Post/,
  ],
  [
    "rate limit that is no time",
    action({ action: "Post", rateLimit: "often" }),
    "kprobes.0.selectors.0.matchActions.0.rateLimit",
    /a time/,
  ],
  [
    "mode of its own",
    { ...kprobe({}), options: [{ name: "policy-mode", value: "enforce" }] },
    "options.0",
    /enforce/,
  ],
  ["labels of hosts", { ...kprobe({}), hostSelector: { matchLabels: { a: "b" } } }, "hostSelector", /\{\}/],
  [
    "override of a plain function",
    {
      kprobes: [
        {
          call: "tcp_connect",
          syscall: false,
          selectors: [{ matchActions: [{ action: "Override", argError: -1 }] }],
        },
      ],
    },
    "kprobes.0.selectors.0.matchActions.0.action",
    /Sigkill/,
  ],
];

describe("a broken TracingPolicy is refused at plan time", () => {
  for (const [what, spec, path, message] of BROKEN)
    it(what, () => {
      const problems = validatePolicy(spec);
      assert.deepEqual(
        problems.map((problem) => problem.path.join(".")),
        [path],
      );
      assert.match(problems[0]?.message ?? "", message);
    });

  it("many values are fine where the kernel looks them up in a map", () => {
    const paths = ["/a", "/b", "/c", "/d", "/e", "/f"];
    const args = [{ index: 0, type: "string" }];
    for (const operator of ["Equal", "Prefix", "Postfix"])
      assert.deepEqual(
        validatePolicy(kprobe({ args, selectors: [{ matchArgs: [{ index: 0, operator, values: paths }] }] })),
        [],
      );
    const inMap = filter({ operator: "InMap", values: ["1", "2", "3", "4", "5"] });
    assert.deepEqual(validatePolicy(inMap), []);
  });

  it("and one function may be hooked twice where kprobe.multi is off", () => {
    const options = [{ name: "disable-kprobe-multi", value: "1" }];
    assert.deepEqual(
      validatePolicy({ options, kprobes: [{ call: "sys_mount" }, { call: "sys_mount" }] }),
      [],
    );
  });
});

describe("Tetragon's page", () => {
  const page = fs.readFileSync(path.join(__dirname, "../../components/tetragon/README.md"), "utf8");

  it("names every policy with its scope", () => {
    for (const { name, scope } of POLICIES) {
      const row = page.split("\n").find((line) => line.startsWith(`| ${name} |`));
      assert.equal(row?.split("|")[2]?.trim(), scope === "pods" ? "pods" : "pods and hosts", name);
    }
  });

  it("shows a custom policy that the plan accepts", () => {
    const example = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
    const policies = Object.values(example.features[0].config.customPolicies);
    assert.equal(policies.length, 1);
    assert.deepEqual(validatePolicy(policies[0]), []);
  });
});
