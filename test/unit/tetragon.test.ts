import assert from "node:assert/strict";
import { POLICY_NAMES } from "../../components/tetragon/policies/own-policies";
import { TETRAGON_SEVERITIES } from "../../components/tetragon/tetragon-collector";
import { MINIMAL } from "../support/stack/config";
import { type RealEvent, realEvents } from "../support/tetragon/real-events";
import {
  chartValues,
  NODE_LOG_BASE_PATH,
  type Policy,
  policiesOf,
  tetragonContribution,
} from "../support/tetragon/tetragon-plan";
import { toyFeature } from "../support/toy/toy-feature";

const contribution = tetragonContribution();
const NAMESPACE_LABEL = "k8s:io.kubernetes.pod.namespace";
const PROTECTED = ["kube-system", "kube-public", "kube-node-lease", "security-system", "security-pipeline"];

function mode({ spec }: Policy): string | undefined {
  return spec.options?.find((option) => option.name === "policy-mode")?.value;
}

function actions({ spec }: Policy): string[] {
  const selectors = (spec.kprobes ?? []).flatMap((kprobe) => kprobe.selectors ?? []);
  return [...new Set(selectors.flatMap((s) => (s.matchActions ?? []).map((action) => action.action)))];
}

/** Whether a filter of the deny list fits an event: what it names, all of it (Tetragon docs, "Export filtering"). */
function drops(filter: Record<string, unknown>, { type, event }: RealEvent): boolean {
  const parent = (event["parent"] ?? {}) as Record<string, unknown>;
  const pod = event.process["pod"] as { namespace: string } | undefined;
  const values: Record<string, string> = {
    event_set: type.toUpperCase(),
    namespace: pod?.namespace ?? "",
    binary_regex: String(event.process["binary"]),
    arguments_regex: String(event.process["arguments"] ?? ""),
    parent_binary_regex: String(parent["binary"] ?? ""),
    parent_arguments_regex: String(parent["arguments"] ?? ""),
  };
  return Object.entries(filter).every(([key, wanted]) => {
    // None of the events is a probe's.
    if (key === "health_check") return false;
    const value = values[key];
    assert.ok(value !== undefined, key);
    return (wanted as string[]).some((one) =>
      key.endsWith("_regex") ? new RegExp(one).test(value) : one === value,
    );
  });
}

function lines(text: string): Record<string, unknown>[] {
  return text.split("\n").map((line) => JSON.parse(line));
}

describe("Tetragon's chart", () => {
  const values = chartValues(contribution);
  const { tetragon: agent } = values;

  it("is the pinned official one, with CRDs of the chart and without the operator that would race them", () => {
    assert.deepEqual(contribution.charts?.[0]?.source, {
      chart: "tetragon",
      version: "1.7.1",
      repository: "https://helm.cilium.io",
    });
    assert.deepEqual(values.crds, { installMethod: "helm" });
    assert.deepEqual(values.tetragonOperator, { enabled: false });
  });

  it("comes from the mirror where there is one, and so does its image", () => {
    const base = MINIMAL.replace(
      "clusterName: dev",
      "clusterName: dev, imageRegistry: mirror.example, charts: /charts",
    );
    const mirrored = tetragonContribution("{}", "", base);
    assert.deepEqual(mirrored.charts?.[0]?.source, { chart: "/charts/tetragon" });
    const image = JSON.stringify(chartValues(mirrored).tetragon.image);
    assert.match(image, /"mirror\.example\/cilium\/tetragon:v/);
  });

  it("writes to a file that rotates itself, where the collector reads, and nowhere else", () => {
    assert.equal(values.exportDirectory, `${NODE_LOG_BASE_PATH}/tetragon`);
    const receiver = contribution.collector?.receivers["file_log/tetragon"];
    const include = receiver?.["include"] as string[];
    assert.ok(include.every((glob) => glob.startsWith(`${values.exportDirectory}/tetragon`)));
    assert.deepEqual(values.export, { mode: "" });
    assert.equal(agent.exportFilename, "tetragon.log");
    assert.equal(agent.exportFileCompress, false);
    assert.equal(agent.exportFileMaxSizeMB, 50);
  });

  it("keeps what an escape leaves on a host, and drops probes, the stack's own pods and the runtime's helpers", () => {
    const deny = lines(agent.exportDenyList);
    const ofHosts = deny.filter((filter) => (filter["namespace"] as string[] | undefined)?.includes(""));
    const hosts = ofHosts.filter((filter) => !filter["arguments_regex"]);
    assert.equal(hosts.length, 1);
    const programs = (hosts[0]!["binary_regex"] as string[]).map((text) => new RegExp(text));
    for (const noise of [
      "/usr/bin/runc",
      "/usr/local/sbin/runc",
      "/usr/sbin/iptables-restore",
      "/opt/cni/bin/bridge",
    ])
      assert.ok(
        programs.some((regex) => regex.test(noise)),
        noise,
      );
    for (const evidence of ["/bin/sh", "/usr/bin/nsenter", "/tmp/runc", "/usr/bin/crontab", "/usr/sbin/cron"])
      assert.ok(!programs.some((regex) => regex.test(evidence)), evidence);
    const namespaces = deny.filter((filter) => filter["namespace"] && !ofHosts.includes(filter));
    assert.deepEqual(
      namespaces.map((filter) => filter["namespace"]),
      [["security-system", "security-pipeline", "kube-system"]],
    );
    for (const filter of deny)
      assert.deepEqual(filter["event_set"], ["PROCESS_EXEC", "PROCESS_EXIT"], "never what a policy reports");
  });

  it("drops runc's own start by what started it, and nothing else of a real sensor's lines that is like it", () => {
    const deny = lines(agent.exportDenyList);
    const dropped = realEvents().filter((one) => deny.some((filter) => drops(filter, one)));
    const starts = dropped.map(({ event }) => [event.process["binary"], event.process["arguments"]]);
    assert.deepEqual(starts, [
      ["/proc/self/exe", "init"],
      ["/dev/fd/5", "init"],
      ["/dev/fd/5", "init"],
    ]);
    const [first] = dropped;
    const disguised = structuredClone(first!);
    (disguised.event["parent"] as { binary: string }).binary = "/tmp/runc";
    assert.ok(!deny.some((filter) => drops(filter, disguised)), "of another parent");
  });

  it("writes all kinds of events that Tetragon has, what it says of its own losses too", () => {
    const allow = lines(agent.exportAllowList);
    const written = allow.flatMap((filter) =>
      (filter["event_set"] as string[]).map((one) => one.toLowerCase()),
    );
    const known = Object.keys(TETRAGON_SEVERITIES).filter((type) => type !== "test");
    assert.deepEqual(written.sort(), known.sort());
  });

  it("reads the machine's /proc, which in kind is mounted elsewhere", () => {
    assert.equal(agent.hostProcPath, "/proc");
    const kind = chartValues(tetragonContribution("{hostProcPath: /procHost}"));
    assert.equal(kind.tetragon.hostProcPath, "/procHost");
  });

  it("redacts secrets in arguments", () => {
    const patterns = lines(agent.redactionFilters).flatMap((filter) => filter["redact"] as string[]);
    // RE2's (?i) at the start is JavaScript's flag i.
    const redact = (text: string) =>
      patterns.reduce(
        (now, pattern) =>
          now.replace(new RegExp(pattern.replace("(?i)", ""), "gi"), (all, secret) =>
            all.replace(secret, "*****"),
          ),
        text,
      );
    for (const text of [
      "mysql --password=hunter2",
      "login --token hunter2",
      "curl -H Authorization: Bearer hunter2",
      "git clone https://me:hunter2@git.example/x",
      "env AWS_SECRET_ACCESS_KEY=hunter2",
    ])
      assert.ok(!redact(text).includes("hunter2"), redact(text));
    assert.equal(redact("ls -l /tmp"), "ls -l /tmp");
  });

  it("has metrics on the loopback alone unless they are exposed, with a warning", () => {
    assert.deepEqual(agent.prometheus, {
      enabled: true,
      address: "localhost",
      port: 2112,
      metricsLabelFilter: "namespace,workload",
    });
    const exposed = tetragonContribution("{metrics: {exposed: true}}");
    const { tetragon: changed } = chartValues(exposed);
    assert.equal(changed.prometheus.address, "");
    assert.match(exposed.warnings?.join() ?? "", /port 2112/);
    assert.deepEqual(contribution.warnings, []);
  });

  it("throttles by container and not all events together", () => {
    assert.deepEqual(agent.extraArgs, { "cgroup-rate": "1000,1s" });
    assert.equal(agent.exportRateLimit, -1);
    const off = chartValues(tetragonContribution("{containerEventsPerSecond: 0}"));
    assert.deepEqual(off.tetragon.extraArgs, {});
  });

  it("takes resources, placement and image from sizing and overrides", () => {
    assert.deepEqual(agent.resources, {
      requests: { cpu: "100m", memory: "256Mi" },
      limits: { cpu: "500m", memory: "512Mi" },
    });
    const changed = chartValues(
      tetragonContribution(
        "{}",
        "override: {nodeAgent: {tolerations: []}, tetragon: {image: registry.example/t:1, priorityClassName: high}}",
      ),
    );
    assert.equal(changed.priorityClassName, "high");
    assert.deepEqual(changed.tolerations, []);
    assert.deepEqual(changed.tetragon.image, {
      override: "registry.example/t:1",
    });
  });

  it("is planned the same each time", () => {
    assert.equal(JSON.stringify(tetragonContribution()), JSON.stringify(contribution));
  });
});

describe("Tetragon's policies in the plan", () => {
  it("are all in monitor mode by default, for the whole cluster, and kill nothing", () => {
    const policies = policiesOf(contribution);
    assert.deepEqual(
      policies.map((p) => [p.kind, p.metadata.name]),
      POLICY_NAMES.map((name) => ["TracingPolicy", name]),
    );
    for (const policy of policies) {
      assert.equal(mode(policy), "monitor");
      assert.deepEqual(actions(policy), ["Post"]);
    }
  });

  it("are those of the config", () => {
    const some = policiesOf(tetragonContribution("{policies: [process-exec, container-escape-monitor]}"));
    assert.deepEqual(
      some.map((p) => p.metadata.name),
      ["process-exec", "container-escape-monitor"],
    );
    assert.deepEqual(policiesOf(tetragonContribution("{policies: []}")), []);
  });

  it("enforce by name only, never in protected namespaces nor on hosts, where a second one reports", () => {
    const changed = tetragonContribution("{enforce: [cron-persistence]}");
    const enforcing = policiesOf(changed).filter((policy) => mode(policy) === "enforce");
    assert.deepEqual(
      enforcing.map((p) => p.metadata.name),
      ["cron-persistence"],
    );
    const [policy] = enforcing;
    assert.deepEqual(actions(policy!), ["Post", "Sigkill"]);
    assert.deepEqual(policy?.spec.podSelector?.matchExpressions, [
      { key: NAMESPACE_LABEL, operator: "NotIn", values: PROTECTED },
    ]);
    assert.equal(policy?.spec.hostSelector, undefined);
    const rest = policiesOf(changed).find((p) => p.metadata.name === "cron-persistence-protected");
    assert.equal(mode(rest!), "monitor");
    assert.deepEqual(actions(rest!), ["Post"]);
    assert.deepEqual(rest?.spec.podSelector?.matchExpressions, [
      { key: NAMESPACE_LABEL, operator: "In", values: PROTECTED },
    ]);
    assert.deepEqual(rest?.spec.hostSelector, {}, "the hosts are still watched");
    assert.match(changed.warnings?.join() ?? "", /cron-persistence kills/);
  });

  it("leave the hosts out of the second one where the policy is for pods", () => {
    const changed = policiesOf(tetragonContribution("{enforce: [container-escape-monitor]}"));
    const rest = changed.find((p) => p.metadata.name === "container-escape-monitor-protected");
    assert.equal(rest?.spec.hostSelector, undefined);
  });

  it("are namespaced where namespaces are given, and enforce there but in the stack's own", () => {
    const changed = policiesOf(
      tetragonContribution(
        "{policies: [credential-access], enforce: [credential-access], namespaces: {credential-access: [shop, security-system]}}",
      ),
    );
    assert.deepEqual(
      changed.map((p) => [p.kind, p.metadata.namespace, p.metadata.name, mode(p)]),
      [
        ["TracingPolicyNamespaced", "shop", "credential-access", "enforce"],
        ["TracingPolicyNamespaced", "security-system", "credential-access", "monitor"],
      ],
    );
    assert.deepEqual(actions(changed[1]!), ["Post"]);
  });

  it("leave out the sensors' own programs in the stack's own namespace, and nowhere else", () => {
    const sensor = toyFeature("sensor", {
      priority: 100,
      plan: () => ({ manifests: [], conditions: [], hostPrograms: ["/usr/bin/sensor"] }),
    });
    const found = policiesOf(tetragonContribution("{enforce: [process-access]}", "", MINIMAL, [sensor]));
    const of = (name: string) => found.find((policy) => policy.metadata.name === name)!;
    const own = { key: NAMESPACE_LABEL, operator: "In", values: ["security-system"] };
    for (const name of ["container-escape-monitor", "process-access"]) {
      const spared = of(`${name}-sensors`);
      assert.deepEqual(spared.spec.podSelector?.matchExpressions, [own]);
      assert.equal(mode(spared), "monitor");
      for (const selector of spared.spec.kprobes?.flatMap((kprobe) => kprobe.selectors ?? []) ?? [])
        assert.deepEqual(selector.matchBinaries, [{ operator: "NotIn", values: ["/usr/bin/sensor"] }]);
    }
    assert.deepEqual(of("container-escape-monitor").spec.podSelector?.matchExpressions, [
      { ...own, operator: "NotIn" },
    ]);
    assert.deepEqual(of("process-access-protected").spec.podSelector?.matchExpressions, [
      { ...own, values: PROTECTED.filter((one) => one !== "security-system") },
    ]);
    const rest = found.filter((policy) => !policy.metadata.name.endsWith("-sensors"));
    assert.ok(!JSON.stringify(rest).includes("/usr/bin/sensor"), "a path is left out elsewhere");
  });

  it("take custom ones, in monitor mode whatever their actions, and enforce them by name alone", () => {
    const spec =
      "{kprobes: [{call: tcp_connect, syscall: false, args: [{index: 0, type: sock}], selectors: [{matchActions: [{action: Sigkill}]}]}]}";
    const monitored = policiesOf(tetragonContribution(`{policies: [], customPolicies: {mine: ${spec}}}`));
    assert.deepEqual(
      monitored.map((p) => [p.metadata.name, mode(p)]),
      [["mine", "monitor"]],
    );
    const enforced = policiesOf(
      tetragonContribution(`{policies: [], customPolicies: {mine: ${spec}}, enforce: [mine]}`),
    );
    assert.deepEqual(
      enforced.map((p) => [p.metadata.name, mode(p), p.spec.hostSelector]),
      [
        ["mine", "enforce", undefined],
        ["mine-protected", "monitor", {}],
      ],
    );
  });

  it("warn of a custom one that is to enforce and has nothing to stop with", () => {
    const spec = "{kprobes: [{call: sys_mount}]}";
    const { warnings } = tetragonContribution(`{customPolicies: {mine: ${spec}}, enforce: [mine]}`);
    assert.match(warnings?.join("\n") ?? "", /mine has no action that stops anything/);
  });
});
