import assert from "node:assert/strict";
import { ALERT_FIELDS } from "../../components/falco/falco-collector";
import { falco } from "../../components/falco/falco-feature";
import { falcoSchema } from "../../components/falco/falco-schema";
import {
  configMapData,
  falcoContribution,
  falcoYamlOf,
  NODE_LOG_BASE_PATH,
} from "../support/falco/falco-plan";
import { issuesOf, MINIMAL } from "../support/stack/config";

// config, path below features[0].config, code
const REFUSED: [string, string, string][] = [
  ["{prioritty: Notice}", "prioritty", "CFG001"],
  ["{priority: notice}", "priority", "CFG003"],
  ["{priority: 3}", "priority", "CFG003"],
  ["{rules: [Terminal]}", "rules", "CFG002"],
  ["{rules: {disable: Terminal shell in container}}", "rules.disable", "CFG002"],
  ["{rules: {disable: ['']}}", "rules.disable[0]", "CFG003"],
  ["{rules: {disableTags: ['T 1']}}", "rules.disableTags[0]", "CFG003"],
  ["{rules: {custom: {notes.txt: '[]'}}}", 'rules.custom["notes.txt"]', "CFG003"],
  ["{rules: {custom: {../x.yaml: '[]'}}}", 'rules.custom["../x.yaml"]', "CFG003"],
  ["{rules: {custom: {a.yaml: 'rule: x'}}}", 'rules.custom["a.yaml"]', "CFG003"],
  ["{rules: {custom: {a.yaml: '- [x'}}}", 'rules.custom["a.yaml"]', "CFG003"],
  ["{rules: {custom: {a.yaml: '- {rule: x, desc: y}'}}}", 'rules.custom["a.yaml"]', "CFG003"],
  ["{rules: {custom: {a.yaml: '- {macro: x}'}}}", 'rules.custom["a.yaml"]', "CFG003"],
  ["{rules: {custom: {a.yaml: '- {lists: x}'}}}", 'rules.custom["a.yaml"]', "CFG003"],
  ["{rotation: {maxMegabytes: 0}}", "rotation.maxMegabytes", "CFG003"],
  ["{rotation: {maxMegabytes: 50MB}}", "rotation.maxMegabytes", "CFG002"],
  ["{rotation: {maxFiles: 1.5}}", "rotation.maxFiles", "CFG002"],
  ["{rotation: {checkSeconds: 3600}}", "rotation.checkSeconds", "CFG003"],
  ["{security: {extraCapabilities: [ALL]}}", "security.extraCapabilities[0]", "CFG003"],
  ["{security: {seccompProfile: Localhost}}", "security.seccompProfile", "CFG003"],
  ["{security: {privileged: true}}", "security.privileged", "CFG001"],
  ["{runtimeSockets: []}", "runtimeSockets", "CFG003"],
  ["{runtimeSockets: [containerd.sock]}", "runtimeSockets[0]", "CFG003"],
  ["{runtimeSockets: [/run/../etc/x.sock]}", "runtimeSockets[0]", "CFG003"],
  ["{runtimePaths: [runc]}", "runtimePaths[0]", "CFG003"],
  ["{runtimePaths: ['/opt/.*']}", "runtimePaths[0]", "CFG003"],
  ["{runtimePaths: [/opt/../runc]}", "runtimePaths[0]", "CFG003"],
  ["{ebpf: {bufferPreset: 11}}", "ebpf.bufferPreset", "CFG003"],
  ["{metrics: {interval: soon}}", "metrics.interval", "CFG003"],
  ["{metrics: {namespaces: [Monitoring]}}", "metrics.namespaces[0]", "CFG003"],
  ["{kubernetesApi: {addresses: [kubernetes.default.svc]}}", "kubernetesApi.addresses[0]", "CFG003"],
  ["{kubernetesApi: {ports: [70000]}}", "kubernetesApi.ports[0]", "CFG003"],
  ["{outbound: {clusterCidrs: [10.0.0.0]}}", "outbound.clusterCidrs[0]", "CFG003"],
  ["{outbound: {clusterCidrs: [10.0.0.0/33]}}", "outbound.clusterCidrs[0]", "CFG003"],
  ["{outbound: {clusterCidrs: ['fd00::/129']}}", "outbound.clusterCidrs[0]", "CFG003"],
];

describe("Falco's config", () => {
  it("needs nothing: every key has a default", () => {
    const config = falcoSchema.parse({});
    assert.equal(config.priority, "Notice");
    assert.deepEqual(config.rotation, { maxMegabytes: 50, maxFiles: 5, checkSeconds: 5 });
    assert.deepEqual(config.rules, { disable: [], disableTags: [], enable: [], custom: {} });
    assert.deepEqual(config.security.extraCapabilities, []);
  });

  for (const [config, path, code] of REFUSED)
    it(`refuses ${config} at ${path}`, () => {
      const issues = issuesOf(`${MINIMAL}features: [{name: falco, config: ${config}}]`, [falco]);
      assert.deepEqual(
        issues.map((issue) => [issue.path, issue.code]),
        [[`security-stack:features[0].config${path.startsWith("[") ? "" : "."}${path}`, code]],
      );
      assert.ok(issues[0]?.allowed, "says what is allowed");
    });

  it("refuses custom rules that no ConfigMap can hold", () => {
    const text = `- {list: l, items: [${"x".repeat(600_000)}]}`;
    const issues = issuesOf(
      `${MINIMAL}features: [{name: falco, config: {rules: {custom: {a.yaml: "${text}"}}}}]`,
      [falco],
    );
    assert.match(issues[0]?.allowed ?? "", /512 KiB/);
  });
});

describe("falco.yaml", () => {
  it("writes JSON lines to the node, opened anew for each alert, and nowhere else", () => {
    const yaml = falcoYamlOf(falcoContribution());
    assert.equal(yaml.json_output, true);
    assert.deepEqual(yaml.file_output, {
      enabled: true,
      keep_alive: false,
      filename: `${NODE_LOG_BASE_PATH}/falco/events.log`,
    });
    assert.equal(yaml.stdout_output.enabled, false);
    assert.equal(yaml.syslog_output.enabled, false);
    assert.equal(yaml.log_syslog, false);
  });

  it("makes an alert of every loss of events, which needs no priority of its own", () => {
    const { syscall_event_drops: drops } = falcoYamlOf(falcoContribution());
    assert.equal(drops.threshold, 0);
    assert.deepEqual(drops.actions, ["alert"]);
  });

  it("does not read the image's config.d and loads the container plugin once, by the CRI", () => {
    const yaml = falcoYamlOf(falcoContribution("{runtimeSockets: [/run/crio/crio.sock]}"));
    assert.deepEqual(yaml.config_files, []);
    assert.deepEqual(yaml.load_plugins, ["container"]);
    const { engines } = yaml.plugins[0].init_config;
    assert.deepEqual(engines.cri, { enabled: true, sockets: ["/run/crio/crio.sock"] });
    const others = Object.entries<{ enabled: boolean }>(engines).filter(([name]) => name !== "cri");
    assert.ok(others.length >= 3 && others.every(([, engine]) => !engine.enabled));
    assert.deepEqual(yaml.append_output, [
      { suggested_output: true },
      { match: { source: "syscall" }, extra_fields: [...ALERT_FIELDS] },
    ]);
  });

  it("has the priority, matching, probe and metrics of the config, and all rules match by default", () => {
    const yaml = falcoYamlOf(
      falcoContribution(
        "{priority: Warning, ebpf: {bufferPreset: 6, cpusPerBuffer: 1}, metrics: {enabled: false}}",
      ),
    );
    assert.equal(yaml.priority, "warning");
    assert.equal(yaml.rule_matching, "all");
    assert.deepEqual(yaml.engine, {
      kind: "modern_ebpf",
      modern_ebpf: { buf_size_preset: 6, cpus_for_each_buffer: 1 },
    });
    assert.equal(yaml.metrics.enabled, false);
    assert.equal(yaml.webserver.prometheus_metrics_enabled, false);
    assert.equal(yaml.webserver.enabled, true, "the probes need it");
  });

  it("loads custom rules after the others, from a folder of their own", () => {
    const text = "- {macro: m, condition: evt.num=0}";
    const contribution = falcoContribution(`{rules: {custom: {own.yaml: "${text}"}}}`);
    const { rules_files } = falcoYamlOf(contribution);
    assert.deepEqual(rules_files.slice(-2), ["/etc/falco/rules.d", "/etc/falco/rules.custom.d"]);
    assert.deepEqual(configMapData(contribution, "falco-custom-rules"), { "own.yaml": text });
    assert.equal(falcoYamlOf(falcoContribution()).rules_files.length, 2);
  });
});

describe("Falco's warnings", () => {
  it("are none for the defaults", () => {
    assert.deepEqual(falcoContribution().warnings, []);
  });

  it("name a rule that does not exist, with the nearest one; own rules and wildcards are known", () => {
    const own = "- {rule: Mine, desc: d, condition: evt.num=0, output: o, priority: NOTICE}";
    const { warnings } = falcoContribution(
      `{rules: {disable: [Terminal shell in conteiner, Launch *, Mine], custom: {own.yaml: "${own}"}}}`,
    );
    assert.equal(warnings?.length, 1);
    assert.match(
      warnings?.[0] ?? "",
      /"Terminal shell in conteiner".*did you mean "Terminal shell in container"/,
    );
  });

  it("tell of a priority that leaves rules out, of SYS_ADMIN, and of CRI-O's seccomp profile", () => {
    const { warnings } = falcoContribution(
      "{priority: Error, security: {extraCapabilities: [SYS_ADMIN]}, runtimeSockets: [/run/crio/crio.sock]}",
    );
    assert.deepEqual(
      warnings?.map((warning) => /priority Error|SYS_ADMIN|CRI-O/.exec(warning)?.[0]),
      ["priority Error", "SYS_ADMIN", "CRI-O"],
    );
  });
});
