import assert from "node:assert/strict";
import { validatePolicy } from "../../components/tetragon/validate";

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
