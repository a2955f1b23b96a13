import assert from "node:assert/strict";
import type { CronJob } from "kubernetes-types/batch/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { type Plan, plan } from "../../components/core/plan/plan";
import { registryFacts } from "../../components/core/plan/registry-facts";
import type { Manifest } from "../../components/kubernetes/manifest";
import { buildProgram } from "../../components/node-program/bundle";
import { toolMappings } from "../../components/ocsf/program/mapping-modules";
import { programText } from "../../components/ocsf/program-text";
import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { judge } from "../support/policy/assertions";
import { issuesOf, MINIMAL, settingsOf } from "../support/stack/config";

const CLAIM = "{volumeClaim: {name: ocsf.events}}";
const BUCKET = "{s3: {bucket: lake, prefix: stack/dev, region: eu-west-1}, schedule: '*/15 * * * *'}";

const LAKE = "format: parquet, securityLake: {accountId: '123456789012'";

const stack = (config: string) => `${MINIMAL}features: [{name: ocsf, config: ${config}}]\n`;
const planned = (config: string): Plan => plan(settingsOf(stack(config), FEATURES));

function ofFeature(config: string) {
  return planned(config).features.find(({ name }) => name === "ocsf")!.contribution;
}

function find<Kind extends Manifest["kind"]>(config: string, kind: Kind) {
  const found = ofFeature(config).manifests.find((one) => one.kind === kind);
  return found as Extract<Manifest, { kind: Kind }>;
}

const podOf = (config: string) => (find(config, "CronJob") as CronJob).spec!.jobTemplate.spec!.template.spec!;

describe("OCSF events as a CronJob", () => {
  it("has the table of every tool of the registry, on or off", () => {
    const { documents } = registryFacts(FEATURES);
    const modules = Object.fromEntries(
      documents.map(({ tool, ocsf }) => [tool, require(`../../${ocsf.source}`) as object]),
    );
    assert.deepEqual(
      toolMappings(modules).map(({ tool, ocsf }) => [tool, ocsf]),
      documents.map(({ tool, ocsf }) => [tool, ocsf]),
    );
  });

  it("names a source without a mapping", () => {
    assert.throws(() => toolMappings({ toy: { other: 1 } }), /the source of toy exports no mapping/);
  });

  it("has a program of the same bytes each time, which fits into a ConfigMap", () => {
    const text = programText(registryFacts(FEATURES).documents);
    const program = buildProgram({ text });
    assert.equal(program, buildProgram({ text }));
    assert.ok(Buffer.byteLength(program) < 450 * 1024, `${Buffer.byteLength(program)} bytes`);
  });

  it("runs at its schedule, one at a time, without any privilege", () => {
    const { spec } = find(BUCKET, "CronJob") as CronJob;
    assert.deepEqual([spec!.schedule, spec!.concurrencyPolicy], ["*/15 * * * *", "Forbid"]);
    const pod = podOf(BUCKET);
    assert.equal(pod.securityContext!.runAsNonRoot, true);
    assert.deepEqual(pod.containers[0]!.securityContext!.capabilities, { drop: ["ALL"] });
    assert.equal(pod.containers[0]!.securityContext!.readOnlyRootFilesystem, true);
  });

  it("may read all documents, change its own position, and nothing else", () => {
    const [key] = ofFeature(CLAIM).apiKeys!;
    assert.match(JSON.stringify(key!.roles), /"privileges":\["read"\]/);
    assert.deepEqual(find(CLAIM, "Role").rules, [
      {
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: ["ocsf-position"],
        verbs: ["get", "patch"],
      },
    ]);
  });

  it("writes to a claim of the user's, which is mounted, and reaches nothing outside then", () => {
    const { containers, volumes } = podOf(CLAIM);
    const claim = volumes!.find(({ persistentVolumeClaim }) => persistentVolumeClaim);
    assert.equal(claim!.persistentVolumeClaim!.claimName, "ocsf.events");
    assert.ok(containers[0]!.volumeMounts!.some(({ mountPath }) => mountPath === "/var/lib/ocsf"));
    const ports = (config: string) =>
      (find(config, "NetworkPolicy") as NetworkPolicy).spec!.egress!.map((rule) =>
        rule.ports!.map(({ port }) => port),
      );
    assert.deepEqual(ports(CLAIM), [[9200], [443, 6443]]);
    assert.deepEqual(ports(BUCKET), [[9200], [443, 6443], [443], [80]]);
    assert.equal("awsRights" in ofFeature(CLAIM), false);
  });

  it("may put objects below its prefix", () => {
    assert.deepEqual(ofFeature(BUCKET).awsRights, [
      {
        namespace: "security-pipeline",
        serviceAccount: "ocsf",
        service: "s3",
        actions: ["s3:PutObject"],
        resources: ["lake/stack/dev/*"],
      },
    ]);
  });

  it("passes the policies of production, on a stack with all else off", () => {
    for (const config of [CLAIM, BUCKET]) {
      const { platform, features } = planned(config);
      const objects = [...platform, ...features.flatMap(({ contribution }) => contribution.manifests)];
      assert.deepEqual(
        POLICIES.flatMap((policy) => judge(policy, objects).violations).filter((one) => one.includes("ocsf")),
        [],
      );
    }
  });

  it("says what is left to the user", () => {
    assert.match(
      ofFeature(CLAIM).nextSteps!.join("\n"),
      /Secret ocsf-api-key .*\n.*make the PersistentVolumeClaim ocsf.events/,
    );
    assert.match(
      ofFeature(BUCKET).nextSteps!.join("\n"),
      /Pod Identity that may s3:PutObject on lake\/stack\/dev\/\*/,
    );
  });

  it("writes to the claim of its own name where nothing is said", () => {
    const { volumes } = podOf("{}");
    assert.ok(volumes!.some(({ persistentVolumeClaim: claim }) => claim?.claimName === "ocsf-events"));
  });

  it("tells the program of the lake: the bucket's region where no other is said", () => {
    const target = (config: string) => {
      const files = ofFeature(config).manifests.flatMap((one) =>
        one.kind === "ConfigMap" && one.data ? [one.data["target.json"]!] : [],
      );
      return (JSON.parse(files[0]!) as { lake?: object }).lake;
    };
    const lake = { accountId: "123456789012", source: "security-stack", region: "eu-west-1" };
    assert.deepEqual(target(`{s3: {bucket: lake, region: eu-west-1}, ${LAKE}}}`), lake);
    assert.deepEqual(target(`{${LAKE}, region: eu-west-1, source: other}}`), { ...lake, source: "other" });
    assert.equal(target(BUCKET), undefined);
  });

  it("says that each class needs a custom source", () => {
    assert.match(
      ofFeature(`{${LAKE}, region: eu-west-1}}`).nextSteps!.join("\n"),
      /a custom source of Security Lake for each class, security-stack-<class>/,
    );
  });

  for (const [what, config, path] of [
    ["a format that it does not write", "{format: orc}", "format"],
    ["Parquet without the account that is in its names", "{format: parquet}", "securityLake"],
    [
      "a lake that would get NDJSON",
      "{s3: {bucket: lake, region: eu-west-1}, securityLake: {accountId: external}}",
      "format",
    ],
    ["Parquet on a volume without a region", `{${LAKE}}}`, "securityLake.region"],
    [
      "an account that is none",
      "{format: parquet, securityLake: {accountId: 12/../x, region: eu-west-1}}",
      "securityLake.accountId",
    ],
    [
      "a source whose name is too long with a class",
      `{${LAKE}, region: eu-west-1, source: a-name-of-16-abc}}`,
      "securityLake.source",
    ],
    ["a schedule that is none", "{volumeClaim: {name: a}, schedule: hourly}", "schedule"],
    ["a bucket with upper case", "{s3: {bucket: Lake, region: eu-west-1}}", "s3.bucket"],
    ["an unknown region", "{s3: {bucket: lake, region: europe}}", "s3.region"],
    [
      "two places to write to",
      "{volumeClaim: {name: a}, s3: {bucket: lake, region: eu-west-1}}",
      "volumeClaim",
    ],
    ["a claim that is no name", "{volumeClaim: {name: ../x}}", "volumeClaim.name"],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.deepEqual(
        issuesOf(stack(config), FEATURES).map((issue) => issue.path),
        [`security-stack:features[0].config.${path}`],
      );
    });
});
