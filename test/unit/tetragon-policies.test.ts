import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { policySpec } from "../../components/tetragon/build-policy";
import { POLICIES } from "../../components/tetragon/policies/own-policies";
import { validatePolicy } from "../../components/tetragon/validate";
import { TACTIC_OF_TECHNIQUE } from "../support/scenarios/mitre";

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

      it("reports each match once per rate limit, of a process or of a program that is started, or each time", () => {
        const { kprobes } = policySpec(policy, { ...SETTINGS, rateLimit: "5m" }, false);
        const scope = policy.name === "process-exec" ? "global" : "process";
        const hooks = policy.kprobes(SETTINGS);
        assert.equal(kprobes?.length, hooks.length);
        kprobes.forEach((kprobe, i) => {
          const limit = hooks[i]!.everyMatch ? {} : { rateLimit: "5m", rateLimitScope: scope };
          assert.ok(!("everyMatch" in kprobe), "no word of Tetragon's");
          for (const selector of kprobe.selectors ?? [])
            assert.deepEqual(selector.matchActions, [{ action: "Post", ...limit }]);
        });
      });
    });

  it("see every way out of a container that is asked of them", () => {
    assert.deepEqual(
      [
        "sys_setns",
        "sys_unshare",
        "copy_namespaces",
        "create_user_ns",
        "sys_mount",
        "sys_move_mount",
        "sys_ptrace",
        "sys_init_module",
        "security_kernel_read_file",
        "sys_open",
        "sys_openat",
        "sys_openat2",
      ].filter((call) => !calls("container-escape-monitor").includes(call)),
      [],
    );
    assert.deepEqual(calls("suspicious-egress"), [
      "tcp_connect",
      "ip4_datagram_connect",
      "ip6_datagram_connect",
    ]);
    assert.ok(calls("cron-persistence").includes("security_file_permission"));
    assert.ok(calls("cron-persistence").includes("security_inode_rename"));
  });

  it("compare the path that each call to open a file has, in its own place", () => {
    const policy = POLICIES.find((p) => p.name === "container-escape-monitor");
    const opens = policy?.kprobes(SETTINGS).filter(({ call }) => call.startsWith("sys_open")) ?? [];
    // open(path), openat(folder, path), openat2(folder, path).
    assert.deepEqual(
      opens.map(({ call, args, selectors }) => [call, args[0]?.index, selectors?.[0]?.matchArgs?.[0]?.index]),
      [
        ["sys_open", 0, 0],
        ["sys_openat", 1, 1],
        ["sys_openat2", 1, 1],
      ],
    );
    // A policy with a call that the kernel does not have would not load at all.
    assert.deepEqual(
      opens.map(({ ignore }) => ignore?.callNotFound),
      [true, undefined, undefined],
    );
  });

  it("compare flags with those of new namespaces, as one mask", () => {
    const policy = POLICIES.find((p) => p.name === "container-escape-monitor");
    for (const call of ["sys_unshare", "copy_namespaces"]) {
      const hook = policy?.kprobes(SETTINGS).find((kprobe) => kprobe.call === call);
      const mask = Number(hook?.selectors?.[0]?.matchArgs?.[0]?.values[0]);
      // A user namespace, 0x10000000, is create_user_ns'.
      const flags = { NEWNS: 0x20000, NEWCGROUP: 0x2000000, NEWPID: 0x20000000, NEWNET: 0x40000000 };
      for (const [name, flag] of Object.entries(flags)) assert.ok(mask & flag, `${call} ${name}`);
      for (const harmless of [0x200, 0x400, 0x3d0f00])
        assert.equal(mask & harmless, 0, "CLONE_FS, CLONE_FILES and a thread are no namespaces");
    }
  });

  it("take the cluster's networks from the config", () => {
    const policy = POLICIES.find((p) => p.name === "suspicious-egress");
    const [kprobe] = policy?.kprobes({ clusterCidrs: ["10.8.0.0/14", "fd00::/8"] }) ?? [];
    const values = kprobe?.selectors?.[0]?.matchArgs?.[0]?.values;
    assert.deepEqual(values, ["127.0.0.0/8", "::1/128", "10.8.0.0/14", "fd00::/8"]);
  });
});

describe("Tetragon's page", () => {
  const page = fs.readFileSync(
    path.join(__dirname, "..", "..", "components", "tetragon", "README.md"),
    "utf8",
  );

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
