import assert from "node:assert/strict";
import { tetragon } from "../../components/tetragon/tetragon-feature";
import { issuesOf, MINIMAL } from "../support/stack/config";

// config, path below features[0].config, code
const REFUSED: [string, string, string][] = [
  ["{policy: []}", "policy", "CFG001"],
  ["{policies: [proces-exec]}", "policies[0]", "CFG003"],
  ["{policies: process-exec}", "policies", "CFG002"],
  ["{enforce: [cron]}", "enforce[0]", "CFG003"],
  ["{policies: [], enforce: [process-exec]}", "enforce[0]", "CFG003"],
  ["{namespaces: {cron: [shop]}}", "namespaces.cron", "CFG003"],
  ["{namespaces: {process-exec: []}}", "namespaces.process-exec", "CFG003"],
  [
    "{namespaces: {process-exec: [kube-system]}, enforce: [process-exec]}",
    "namespaces.process-exec[0]",
    "CFG003",
  ],
  ["{rateLimit: 10}", "rateLimit", "CFG002"],
  ["{rateLimit: often}", "rateLimit", "CFG003"],
  ["{clusterCidrs: [10.0.0.0/64]}", "clusterCidrs[0]", "CFG003"],
  ["{processCacheSize: 1}", "processCacheSize", "CFG003"],
  ["{export: {events: []}}", "export.events", "CFG003"],
  ["{export: {events: [PROCESS_START]}}", "export.events[0]", "CFG003"],
  ["{export: {redact: ['(']}}", "export.redact[0]", "CFG003"],
  ["{export: {redact: ['(?=x)']}}", "export.redact[0]", "CFG003"],
  ["{export: {excludeFields: ['parent pod']}}", "export.excludeFields[0]", "CFG003"],
  ["{export: {perMinute: -2}}", "export.perMinute", "CFG003"],
  ["{metrics: {labels: [node]}}", "metrics.labels[0]", "CFG003"],
  ["{containerEventsPerSecond: many}", "containerEventsPerSecond", "CFG002"],
  ["{customPolicies: {Mine: {}}}", "customPolicies.Mine", "CFG003"],
  ["{customPolicies: {mine: []}}", "customPolicies.mine", "CFG002"],
  ["{customPolicies: {mine: {}}}", "customPolicies.mine", "CFG003"],
  ["{customPolicies: {mine: {kprobes: [{}]}}}", "customPolicies.mine.kprobes[0].call", "CFG003"],
];

describe("Tetragon's config", () => {
  for (const [config, path, code] of REFUSED)
    it(`refuses ${config} at ${path}`, () => {
      const issues = issuesOf(`${MINIMAL}features: [{name: tetragon, config: ${config}}]`, [tetragon]);
      assert.deepEqual(
        issues.map((issue) => [issue.path, issue.code]),
        [[`security-stack:features[0].config.${path}`, code]],
      );
    });
});
