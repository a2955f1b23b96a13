import assert from "node:assert/strict";
import * as path from "node:path";
import {
  configMapData,
  containerOf,
  falcoContribution,
  falcoDaemonSetOf,
  falcoYamlOf,
  NODE_LOG_BASE_PATH,
} from "../support/falco/falco-plan";

const contribution = falcoContribution();
const pod = falcoDaemonSetOf(contribution).spec?.template.spec;
const falco = containerOf(contribution, "falco");
const rotate = containerOf(contribution, "rotate");

function checksumOf(config: string): string | undefined {
  return falcoDaemonSetOf(falcoContribution(config)).spec?.template.metadata?.annotations?.[
    "checksum/config"
  ];
}

describe("Falco's pods", () => {
  it("have no more rights than the modern eBPF probe needs", () => {
    assert.deepEqual(falco.securityContext?.capabilities, {
      drop: ["ALL"],
      add: ["BPF", "PERFMON", "SYS_RESOURCE", "SYS_PTRACE", "DAC_READ_SEARCH"],
    });
    assert.equal(falco.securityContext?.privileged, false);
    assert.equal(falco.securityContext?.allowPrivilegeEscalation, false);
    assert.equal(falco.securityContext?.readOnlyRootFilesystem, true);
    assert.equal(falco.securityContext?.seccompProfile?.type, "RuntimeDefault");
    for (const key of ["hostPID", "hostNetwork", "hostIPC"] as const) assert.equal(pod?.[key], undefined);
  });

  it("get more rights only as the config says", () => {
    const changed = falcoContribution(
      "{security: {extraCapabilities: [SYS_ADMIN], seccompProfile: Unconfined, seLinuxType: spc_t}}",
    );
    const { securityContext } = containerOf(changed, "falco");
    assert.equal(securityContext?.capabilities?.add?.includes("SYS_ADMIN"), true);
    assert.equal(securityContext?.seccompProfile?.type, "Unconfined");
    const podContext = falcoDaemonSetOf(changed).spec?.template.spec?.securityContext;
    assert.deepEqual(podContext, { seLinuxOptions: { type: "spc_t" } });
    assert.deepEqual(containerOf(changed, "rotate").securityContext, rotate.securityContext);
  });

  it("mount the node read-only, but for the folder of the events", () => {
    const paths = new Map(pod?.volumes?.map((volume) => [volume.name, volume.hostPath?.path]));
    const mounts = [...(falco.volumeMounts ?? []), ...(rotate.volumeMounts ?? [])];
    const writable = mounts.filter((mount) => mount.readOnly !== true);
    assert.deepEqual(
      writable.map((mount) => [mount.mountPath, paths.get(mount.name)]),
      Array(2).fill([`${NODE_LOG_BASE_PATH}/falco`, `${NODE_LOG_BASE_PATH}/falco`]),
    );
    const host = [...paths.values()].filter((path) => path !== undefined);
    assert.deepEqual(host, [
      `${NODE_LOG_BASE_PATH}/falco`,
      "/proc",
      "/etc",
      "/sys/kernel",
      "/run/containerd",
    ]);
  });

  it("find each runtime socket where the container plugin looks for it, in a folder of the node that has to be there", () => {
    const config =
      "{runtimeSockets: [/run/crio/crio.sock, /run/k3s/containerd/containerd.sock, /run/crio/other.sock]}";
    const changed = falcoContribution(config);
    const mounts = containerOf(changed, "falco").volumeMounts ?? [];
    const volumes = falcoDaemonSetOf(changed).spec?.template.spec?.volumes ?? [];
    for (const socket of falcoYamlOf(changed).plugins[0].init_config.engines.cri.sockets) {
      const mount = mounts.find((one) => `/host${socket}`.startsWith(`${one.mountPath}/`));
      assert.equal(mount?.readOnly, true, socket);
      const volume = volumes.find((one) => one.name === mount?.name);
      assert.deepEqual(volume?.hostPath, { path: path.posix.dirname(socket), type: "Directory" });
    }
    assert.equal(new Set(mounts.map((one) => one.mountPath)).size, mounts.length);
  });

  it("mount a socket whose folder is that of many programs as a file, and say what that means", () => {
    const changed = falcoContribution("{runtimeSockets: [/run/cri-dockerd.sock]}");
    const volumes = falcoDaemonSetOf(changed).spec?.template.spec?.volumes ?? [];
    assert.ok(
      volumes.some(
        ({ hostPath }) => hostPath?.path === "/run/cri-dockerd.sock" && hostPath.type === "Socket",
      ),
    );
    assert.ok(volumes.every(({ hostPath }) => hostPath?.path !== "/run"));
    assert.match(changed.warnings?.join() ?? "", /\/run\/cri-dockerd\.sock as a file.*restart/);
  });

  it("have no token, and a ServiceAccount that gives none", () => {
    const account = contribution.manifests.find((m) => m.kind === "ServiceAccount");
    assert.ok(account?.kind === "ServiceAccount");
    assert.equal(account.automountServiceAccountToken, false);
    assert.equal(pod?.automountServiceAccountToken, false);
    assert.equal(pod?.serviceAccountName, account.metadata.name);
    assert.equal(
      contribution.manifests.some((m) => /Role/.test(m.kind)),
      false,
    );
  });

  it("name events after the node, and are probed on Falco's health endpoint", () => {
    const hostname = falco.env?.find((variable) => variable.name === "FALCO_HOSTNAME");
    assert.equal(hostname?.valueFrom?.fieldRef?.fieldPath, "spec.nodeName");
    const port = falco.ports?.find((p) => p.name === "web")?.containerPort;
    assert.equal(port, falcoYamlOf(contribution).webserver.listen_port);
    for (const probe of [falco.startupProbe, falco.livenessProbe, falco.readinessProbe])
      assert.deepEqual(probe?.httpGet, { path: "/healthz", port: "web" });
  });

  it("roll when any of their ConfigMaps changes, and only then", () => {
    const configs = [
      "{}",
      "{priority: Error}",
      "{outbound: {namespaces: [shop]}}",
      "{rules: {custom: {a.yaml: '[]'}}}",
    ];
    const sums = configs.map(checksumOf);
    assert.equal(new Set(sums).size, configs.length);
    assert.equal(checksumOf("{}"), sums[0]);
  });

  it("run the mounted config, and mount every ConfigMap of the plan that is not the other container's", () => {
    const file = falco.args?.[1] ?? "";
    const mount = falco.volumeMounts?.find((m) => file.startsWith(`${m.mountPath}/`));
    const volume = pod?.volumes?.find((v) => v.name === mount?.name);
    assert.equal(volume?.configMap?.name, "falco");
    assert.ok(configMapData(contribution, "falco")["falco.yaml"]);
    const maps = contribution.manifests.filter((m) => m.kind === "ConfigMap").map((m) => m.metadata.name);
    const mounted = pod?.volumes?.map((v) => v.configMap?.name).filter((name) => name !== undefined);
    assert.deepEqual(mounted, maps);
  });

  it("rotate the file that Falco writes", () => {
    const value = (name: string) => rotate.env?.find((variable) => variable.name === name)?.value;
    assert.equal(value("EVENT_FILE"), falcoYamlOf(contribution).file_output.filename);
    assert.equal(value("MAX_BYTES"), "50000000");
    assert.equal(value("MAX_FILES"), "5");
    assert.deepEqual(rotate.securityContext?.capabilities, { drop: ["ALL"] });
    assert.equal(rotate.securityContext?.readOnlyRootFilesystem, true);
  });

  it("are planned the same each time", () => {
    assert.equal(JSON.stringify(falcoContribution()), JSON.stringify(contribution));
  });

  it("take image, resources and placement from the overrides", () => {
    const { template } =
      falcoDaemonSetOf(
        falcoContribution(
          "{}",
          "override: {falco: {image: registry.example/falco:1, nodeSelector: {pool: a}, resources: {limits: {memory: 2Gi}}}}",
        ),
      ).spec ?? {};
    const container = template?.spec?.containers[0];
    assert.equal(container?.image, "registry.example/falco:1");
    assert.deepEqual(container?.resources?.limits, { cpu: "450m", memory: "2Gi" });
    assert.equal(template?.spec?.nodeSelector?.["pool"], "a");
  });
});

describe("Falco's NetworkPolicy", () => {
  function policy(config: string) {
    const found = falcoContribution(config).manifests.find((m) => m.kind === "NetworkPolicy");
    assert.ok(found?.kind === "NetworkPolicy");
    return found.spec;
  }

  it("lets nothing out, and nobody in by default", () => {
    const spec = policy("{}");
    assert.deepEqual(spec?.policyTypes, ["Ingress", "Egress"]);
    assert.deepEqual([spec?.egress, spec?.ingress], [[], []]);
    assert.deepEqual(spec?.podSelector, falcoDaemonSetOf(contribution).spec?.selector);
  });

  it("lets the named namespaces scrape the metrics", () => {
    assert.deepEqual(policy("{metrics: {namespaces: [monitoring]}}")?.ingress, [
      {
        from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
        ports: [{ protocol: "TCP", port: 8765 }],
      },
    ]);
    assert.deepEqual(policy("{metrics: {enabled: false, namespaces: [monitoring]}}")?.ingress, []);
  });
});
