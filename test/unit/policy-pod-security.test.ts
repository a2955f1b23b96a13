import assert from "node:assert/strict";
import { capabilities } from "../../policy-pack/policies/capabilities";
import { hostNamespaces } from "../../policy-pack/policies/host-namespaces";
import { hostPaths } from "../../policy-pack/policies/host-paths";
import { kernelConfinement } from "../../policy-pack/policies/kernel-confinement";
import { namespacePodSecurity } from "../../policy-pack/policies/namespace-pod-security";
import { noPrivileged } from "../../policy-pack/policies/no-privileged";
import { privilegeEscalation } from "../../policy-pack/policies/privilege-escalation";
import { readOnlyRoot } from "../../policy-pack/policies/read-only-root";
import { runAsNonRoot } from "../../policy-pack/policies/run-as-non-root";
import { seccompProfile } from "../../policy-pack/policies/seccomp-profile";
import { volumeTypes } from "../../policy-pack/policies/volume-types";
import {
  container,
  fails,
  isNotChecked,
  passes,
  patched,
  pod,
  remediated,
  UNKNOWN,
} from "../support/policy/assertions";
import {
  goodContainer,
  goodCronJob,
  goodDaemonSet,
  goodDeployment,
  goodNamespace,
  goodStatefulSet,
  goodStore,
  object,
} from "../support/policy/policy-objects";

const GOOD = [goodDaemonSet(), goodDeployment(), goodStatefulSet(), goodCronJob(), goodStore()];
const security = (...path: string[]) => container("securityContext", ...path);
/** The first container of the pods that an operator makes. */
const operators = (...path: string[]) => [
  "spec",
  "nodeSets",
  0,
  "podTemplate",
  "spec",
  "containers",
  0,
  ...path,
];
/** A pod of the list of exceptions: labels and container of a sensor. */
const sensor = (name: string, containerName = name) =>
  patched(goodDaemonSet(name), container("name"), containerName);
/** A pod of Tetragon's chart, which bears the chart's own labels. */
const tetragon = patched(
  sensor("tetragon"),
  ["spec", "template", "metadata", "labels", "app.kubernetes.io/instance"],
  "tetragon",
);
/** A DaemonSet for Windows nodes, told by `os` or by its selector alone. */
const windows = (spec: object, container: object = {}) => {
  const { securityContext: _, ...main } = goodContainer();
  const containers = [{ ...main, ...container }];
  return patched(goodDaemonSet(), pod(), { containers, securityContext: { runAsNonRoot: true }, ...spec });
};
/** The agent of the pods' network. */
const network = sensor("cilium-agent");
const WINDOWS = [
  windows({ os: { name: "windows" } }),
  windows({ nodeSelector: { "kubernetes.io/os": "windows" } }),
];
/** `os` is what the API server goes by. */
const LINUX = windows({ os: { name: "linux" }, nodeSelector: { "kubernetes.io/os": "windows" } });
const init = (rest: object) => [{ ...goodContainer(), name: "setup", ...rest }];

describe("policy no-privileged", () => {
  const policy = noPrivileged;

  it("passes what is not privileged", () => {
    passes(policy, [...GOOD, patched(goodDaemonSet(), security("privileged"), false)]);
    passes(policy, patched(goodDaemonSet(), security("privileged"), null));
  });

  it("passes the container that the list of exceptions names, and no other", () => {
    passes(policy, patched(tetragon, security("privileged"), true));
    const other = patched(tetragon, container("name"), "other");
    fails(policy, patched(other, security("privileged"), true), /container other/);
    fails(policy, patched(sensor("tetragon"), security("privileged"), true), /container tetragon/);
  });

  it("fails for a privileged container, in every list, and for what is no boolean", () => {
    fails(
      policy,
      patched(goodDaemonSet(), security("privileged"), true),
      /container main\n {2}found: {3}privileged: true/,
    );
    fails(policy, patched(goodDaemonSet(), security("privileged"), "true"), /privileged: "true"/);
    const privileged = init({ securityContext: { privileged: true } });
    fails(policy, patched(goodDaemonSet(), pod("initContainers"), privileged), /init container setup/);
    fails(
      policy,
      patched(goodDeployment(), pod("ephemeralContainers"), privileged),
      /ephemeral container setup/,
    );
    fails(
      policy,
      patched(goodStore(), operators("securityContext"), { privileged: true }),
      /container store/,
    );
  });

  it("is not checked where it is unknown, and judges the other containers", () => {
    const unknown = patched(goodDaemonSet(), security("privileged"), UNKNOWN);
    isNotChecked(policy, unknown, /securityContext\.privileged/);
  });
});

describe("policy privilege-escalation", () => {
  const policy = privilegeEscalation;

  it("passes what forbids it, what an operator sees to, and Windows, which knows no such thing", () => {
    passes(policy, [...GOOD, ...WINDOWS]);
    fails(policy, LINUX, /allowPrivilegeEscalation: nothing/);
  });

  it("leaves a privileged container to no-privileged", () => {
    passes(policy, patched(goodDaemonSet(), security(), { privileged: true }));
  });

  it("passes the container of the list of exceptions, and no other", () => {
    const silent = security("allowPrivilegeEscalation");
    passes(policy, patched(network, silent, undefined));
    fails(policy, patched(sensor("falco"), silent, undefined), /container falco/);
    fails(
      policy,
      patched(patched(network, container("name"), "other"), silent, undefined),
      /container other/,
    );
  });

  it("fails where it is allowed, by word or by silence", () => {
    fails(
      policy,
      patched(goodDaemonSet(), security("allowPrivilegeEscalation"), undefined),
      /allowPrivilegeEscalation: nothing/,
    );
    fails(
      policy,
      patched(goodDaemonSet(), security("allowPrivilegeEscalation"), true),
      /allowPrivilegeEscalation: true/,
    );
    fails(policy, patched(goodDaemonSet(), security(), undefined), /container main/);
    fails(
      policy,
      patched(goodStore(), operators("securityContext"), { allowPrivilegeEscalation: true }),
      /container store/,
    );
  });

  it("is not checked where it is unknown", () => {
    isNotChecked(
      policy,
      patched(goodDaemonSet(), security("allowPrivilegeEscalation"), UNKNOWN),
      /allowPrivilegeEscalation/,
    );
  });
});

describe("policy capabilities", () => {
  const policy = capabilities;
  const adding = (...add: string[]) =>
    patched(goodDaemonSet(), security("capabilities"), { drop: ["ALL"], add });

  it("passes what drops all and adds nothing, or what is harmless", () => {
    passes(policy, [...GOOD, ...WINDOWS, adding("NET_BIND_SERVICE"), adding("CAP_NET_BIND_SERVICE")]);
    fails(policy, LINUX, /capabilities.drop nothing/);
    passes(policy, patched(goodDaemonSet(), security("capabilities", "drop"), ["all"]));
  });

  it("leaves a privileged container to no-privileged", () => {
    passes(policy, patched(goodDaemonSet(), security(), { privileged: true }));
  });

  it("fails where not all are dropped", () => {
    fails(policy, patched(goodDaemonSet(), security("capabilities"), undefined), /capabilities.drop nothing/);
    fails(
      policy,
      patched(goodDaemonSet(), security("capabilities", "drop"), ["NET_RAW"]),
      /drop \["NET_RAW"\]/,
    );
    fails(
      policy,
      patched(goodStore(), operators("securityContext"), { capabilities: { drop: ["X"] } }),
      /container store/,
    );
  });

  it("fails for each that is added", () => {
    fails(policy, adding("SYS_ADMIN", "NET_RAW"), [/capabilities.add SYS_ADMIN/, /capabilities.add NET_RAW/]);
    fails(policy, adding("cap_bpf"), /capabilities.add BPF/);
  });

  it("knows the exceptions by label, container and capability", () => {
    const falco = patched(sensor("falco"), security("capabilities"), {
      drop: ["ALL"],
      add: ["BPF", "PERFMON"],
    });
    passes(policy, falco);
    fails(policy, patched(falco, container("name"), "other"), [/add BPF/, /add PERFMON/]);
    fails(policy, patched(falco, security("capabilities", "add"), ["SYS_ADMIN"]), /SYS_ADMIN/);
    const foreign = patched(
      falco,
      ["spec", "template", "metadata", "labels", "app.kubernetes.io/part-of"],
      "other",
    );
    fails(policy, foreign, [/add BPF/, /add PERFMON/]);
  });

  it("is not checked where they are unknown", () => {
    isNotChecked(
      policy,
      patched(goodDaemonSet(), security("capabilities", "add"), UNKNOWN),
      /capabilities\.add/,
    );
  });
});

describe("policy run-as-non-root", () => {
  const policy = runAsNonRoot;
  const context = (ofPod: object | undefined, ofContainer: object) =>
    patched(patched(goodDaemonSet(), pod("securityContext"), ofPod), security(), ofContainer);

  it("passes what may not run as root, by the pod or the container", () => {
    passes(policy, GOOD);
    passes(policy, context(undefined, { runAsNonRoot: true }));
    passes(policy, context({ runAsNonRoot: false, runAsUser: 0 }, { runAsNonRoot: true, runAsUser: 10 }));
  });

  it("fails for root, by word or by silence", () => {
    fails(policy, context({}, {}), /runAsNonRoot: nothing, runAsUser: nothing/);
    fails(policy, context({ runAsNonRoot: false }, {}), /runAsNonRoot: false/);
    fails(policy, context({ runAsNonRoot: true }, { runAsNonRoot: false }), /runAsNonRoot: false/);
    fails(policy, context({ runAsNonRoot: true }, { runAsUser: 0 }), /runAsUser: 0/);
    fails(policy, context({ runAsNonRoot: true, runAsUser: "0" }, {}), /runAsUser: "0"/);
    fails(policy, context({ runAsUser: 1000 }, {}), /runAsNonRoot: nothing, runAsUser: 1000/);
    fails(policy, patched(goodStore(), operators("securityContext"), { runAsUser: 0 }), /container store/);
  });

  it("asks on Windows for an account without an administrator's rights", () => {
    const as = (runAsUserName: string | undefined, runAsNonRoot: unknown = true) =>
      windows({
        os: { name: "windows" },
        securityContext: { runAsNonRoot, windowsOptions: { runAsUserName } },
      });
    passes(policy, [...WINDOWS, as("ContainerUser"), as(undefined)]);
    for (const user of ["ContainerAdministrator", "NT AUTHORITY\\SYSTEM", "HOST\\Administrator"])
      fails(policy, as(user), /runAsUserName: /);
    fails(policy, as("ContainerUser", false), /runAsNonRoot: false, runAsUserName: "ContainerUser"/);
    const byContainer = windows(
      { os: { name: "windows" } },
      { securityContext: { windowsOptions: { runAsUserName: "ContainerAdministrator" } } },
    );
    fails(policy, byContainer, /ContainerAdministrator/);
  });

  it("knows the exceptions", () => {
    passes(policy, patched(sensor("node-collector"), pod("securityContext"), { runAsUser: 0 }));
  });

  it("is not checked where the user is unknown", () => {
    isNotChecked(policy, context({ runAsNonRoot: true, runAsUser: UNKNOWN }, {}), /runAsUser/);
  });
});

describe("policy seccomp-profile", () => {
  const policy = seccompProfile;
  const none = patched(goodDaemonSet(), pod("securityContext", "seccompProfile"), undefined);

  it("passes a profile of the pod or of the container, and Windows, which has none", () => {
    passes(policy, [...GOOD, ...WINDOWS]);
    fails(policy, LINUX, /seccompProfile.type nothing/);
    passes(policy, patched(none, security("seccompProfile"), { type: "Localhost", localhostProfile: "x" }));
  });

  it("leaves a privileged container to no-privileged", () =>
    passes(policy, patched(none, security("privileged"), true)));

  it("passes Unconfined in the container of the list of exceptions, and no other", () => {
    const unconfined = security("seccompProfile");
    passes(policy, patched(network, unconfined, { type: "Unconfined" }));
    fails(policy, patched(network, unconfined, { type: "Loose" }), /"Loose"/);
    fails(policy, patched(sensor("falco"), unconfined, { type: "Unconfined" }), /container falco/);
  });

  it("fails without one, and for Unconfined", () => {
    fails(policy, none, /seccompProfile.type nothing/);
    fails(
      policy,
      patched(goodDaemonSet(), security("seccompProfile"), { type: "Unconfined" }),
      /"Unconfined"/,
    );
    fails(
      policy,
      patched(goodStore(), operators("securityContext"), { seccompProfile: {} }),
      /container store/,
    );
  });

  it("corrects a pod that says nothing, and then passes", () => {
    const corrected = remediated(policy, none);
    passes(policy, corrected);
    assert.deepEqual(
      corrected,
      patched(none, pod("securityContext", "seccompProfile"), { type: "RuntimeDefault" }),
    );
    const own = {
      ...goodContainer(),
      name: "own",
      securityContext: { seccompProfile: { type: "Localhost" } },
    };
    assert.ok(remediated(policy, patched(none, pod("containers", "+"), own)), "one of two lacks a profile");
    const bare = patched(none, pod("securityContext"), undefined);
    assert.deepEqual(
      remediated(policy, bare),
      patched(bare, pod("securityContext"), { seccompProfile: { type: "RuntimeDefault" } }),
    );
  });

  it("corrects nothing that somebody chose, that needs nothing, or that an operator sees to", () => {
    for (const object of [
      ...GOOD,
      ...WINDOWS,
      patched(goodDaemonSet(), pod("securityContext", "seccompProfile"), { type: "Unconfined" }),
      patched(none, security("seccompProfile"), { type: "Unconfined" }),
      patched(none, security("privileged"), true),
      patched(none, ["spec", "template", "spec"], "nonsense"),
      goodNamespace(),
    ])
      assert.equal(remediated(policy, object), undefined);
  });

  it("is not checked where the profile is unknown", () => {
    isNotChecked(
      policy,
      patched(goodDaemonSet(), pod("securityContext", "seccompProfile", "type"), UNKNOWN),
      /seccompProfile/,
    );
  });
});

describe("policy read-only-root", () => {
  const policy = readOnlyRoot;

  it("passes a read-only root, a writable one of the list of exceptions, and Windows, where it can't be", () => {
    passes(policy, [...GOOD, ...WINDOWS]);
    fails(policy, LINUX, /readOnlyRootFilesystem: nothing/);
    passes(policy, patched(tetragon, security("readOnlyRootFilesystem"), undefined));
  });

  it("fails for a writable one", () => {
    fails(
      policy,
      patched(goodDaemonSet(), security("readOnlyRootFilesystem"), undefined),
      /readOnlyRootFilesystem: nothing/,
    );
    fails(
      policy,
      patched(goodDaemonSet(), security("readOnlyRootFilesystem"), false),
      /readOnlyRootFilesystem: false/,
    );
    fails(
      policy,
      patched(goodStore(), operators("securityContext"), { readOnlyRootFilesystem: false }),
      /container store/,
    );
  });

  it("is not checked where it is unknown", () => {
    isNotChecked(
      policy,
      patched(goodDaemonSet(), security("readOnlyRootFilesystem"), UNKNOWN),
      /readOnlyRootFilesystem/,
    );
  });
});

describe("policy host-namespaces", () => {
  const policy = hostNamespaces;

  it("passes a pod of its own", () => {
    passes(policy, [...GOOD, patched(goodDaemonSet(), pod("hostPID"), false)]);
    passes(policy, patched(goodDaemonSet(), pod("hostPID"), null));
    passes(policy, patched(goodDaemonSet(), container("ports"), [{ containerPort: 80, hostPort: 0 }]));
  });

  it("passes probes of the loopback where the list of exceptions has them", () => {
    const probe = (host: string) => ({ httpGet: { path: "/", port: 9879, host } });
    passes(policy, patched(network, container("livenessProbe"), probe("127.0.0.1")));
    fails(policy, patched(network, container("livenessProbe"), probe("10.0.0.1")), /to host 10\.0\.0\.1/);
    fails(policy, patched(sensor("falco"), container("livenessProbe"), probe("127.0.0.1")), /127\.0\.0\.1/);
  });

  it("fails for each namespace and port of the node", () => {
    for (const field of ["hostNetwork", "hostPID", "hostIPC"])
      fails(policy, patched(goodDaemonSet(), pod(field), true), new RegExp(`found: {3}${field}: true\n`));
    fails(policy, patched(goodDaemonSet(), pod("hostPID"), "yes"), /hostPID: "yes"/);
    const ports = [{ containerPort: 80, hostPort: 80 }];
    fails(
      policy,
      patched(goodDaemonSet(), container("ports"), ports),
      /container main\n {2}found: {3}hostPort 80/,
    );
    const network = patched(patched(goodDaemonSet(), container("ports"), ports), pod("hostNetwork"), true);
    fails(policy, network, /hostNetwork: true/);
  });

  it("fails for a host that the kubelet is to connect to", () => {
    const host = "169.254.169.254";
    for (const hook of [["livenessProbe"], ["readinessProbe"], ["startupProbe"]].concat([
      ["lifecycle", "postStart"],
      ["lifecycle", "preStop"],
    ]))
      for (const action of ["httpGet", "tcpSocket"]) {
        const path = container(...hook, action);
        const found = new RegExp(
          `container main\n {2}found: {3}${hook.join(".")}.${action} to host ${host}\n`,
        );
        fails(policy, patched(goodDaemonSet(), path, { port: 80, host }), found);
        passes(policy, patched(goodDaemonSet(), path, { port: 80, host: "" }));
        passes(policy, patched(goodDaemonSet(), path, { port: 80 }));
      }
  });

  it("knows the exceptions", () => {
    passes(policy, patched(sensor("osquery"), pod("hostPID"), true));
    fails(policy, patched(sensor("osquery"), pod("hostNetwork"), true), /hostNetwork/);
  });

  it("is not checked where it is unknown", () => {
    isNotChecked(policy, patched(goodDaemonSet(), pod("hostNetwork"), UNKNOWN), /hostNetwork/);
  });
});

describe("policy host-paths", () => {
  const policy = hostPaths;
  const mounting = (name: string, path: string | undefined, readOnly: boolean, mountedBy = "main") => {
    const set = patched(sensor(name, mountedBy), pod("volumes"), [{ name: "host", hostPath: { path } }]);
    return patched(set, container("volumeMounts"), [{ name: "host", mountPath: "/host", readOnly }]);
  };

  it("passes pods without one", () => passes(policy, GOOD));

  it("fails for a PersistentVolume that is a path of a node, whoever claims it", () => {
    const volume = (source: object) => object("v1", "PersistentVolume", "root", { spec: { ...source } });
    passes(policy, [volume({ csi: { driver: "d" } }), volume({ nfs: { path: "/" } })]);
    passes(policy, {
      ...volume({ hostPath: { path: "/" } }),
      apiVersion: "storage.example/v1",
      kind: "Plan",
      spec: {},
    });
    fails(
      policy,
      volume({ hostPath: { path: "/" } }),
      /PersistentVolume\/.*root\n {2}found: {3}hostPath \/\n/,
    );
    fails(policy, volume({ local: { path: "/mnt/disk" } }), /local \/mnt\/disk/);
    fails(policy, volume({ hostPath: {} }), /hostPath without a path/);
    passes(policy, object("v1", "PersistentVolumeClaim", "c", { spec: { hostPath: { path: "/" } } }));
    passes(policy, object("backup.example/v1", "PersistentVolume", "c", { spec: { local: { path: "/" } } }));
    isNotChecked(policy, volume({ hostPath: { path: UNKNOWN } }), /hostPath\.path/);
  });

  it("passes listed paths, writable where the list says so", () => {
    passes(policy, mounting("falco", "/proc", true));
    passes(policy, mounting("falco", "/var/log/security/falco", false));
    passes(policy, mounting("node-collector", "/var/log/security", true));
  });

  it("fails for any other path, below, above or beside a listed one", () => {
    for (const path of [
      "/",
      "/proc/1",
      "/etc/../root",
      "/var/log",
      "/var/log/security-other",
      "/var/log/security/osquery",
    ])
      fails(
        policy,
        mounting("falco", path, true),
        new RegExp(`volume host\n {2}found: {3}hostPath ${path.replaceAll(".", "\\.")}\n`),
      );
    fails(policy, mounting("agent", "/proc", true), /hostPath \/proc/);
    fails(policy, mounting("falco", undefined, true), /hostPath without a path/);
  });

  it("fails for a listed path that is mounted writable", () => {
    fails(
      policy,
      mounting("falco", "/proc", false, "any"),
      /container any\n {2}found: {3}\/proc mounted writable\n {2}allowed: readOnly: true/,
    );
  });

  it("finds the writable mount among others", () => {
    const mounts = [
      { name: "tmp", mountPath: "/tmp" },
      { name: "host", mountPath: "/host", readOnly: false },
    ];
    const set = patched(mounting("falco", "/proc", true), container("volumeMounts"), mounts);
    fails(policy, set, /\/proc mounted writable/);
  });

  it("follows the folder of the log files", () => {
    const config = { logFolder: "/data/log" };
    passes(policy, mounting("falco", "/data/log/falco", false), { config });
    fails(policy, mounting("falco", "/var/log/security/falco", true), /hostPath/, { config });
  });

  it("is not checked where the path is unknown", () => {
    isNotChecked(policy, mounting("falco", UNKNOWN, true), /hostPath\.path/);
  });
});

describe("policy volume-types", () => {
  const policy = volumeTypes;
  const volume = (source: object) => patched(goodDaemonSet(), pod("volumes"), [{ name: "v", ...source }]);

  it("passes the types of Pod Security restricted, and leaves host paths to host-paths", () => {
    passes(policy, GOOD);
    for (const type of [
      "configMap",
      "csi",
      "downwardAPI",
      "ephemeral",
      "persistentVolumeClaim",
      "projected",
      "secret",
      "hostPath",
    ])
      passes(policy, volume({ [type]: {} }));
  });

  it("fails for others", () => {
    fails(policy, volume({ nfs: { server: "x" } }), /volume v\n {2}found: {3}nfs\n/);
    fails(policy, volume({ gitRepo: {} }), /gitRepo/);
  });

  it("is not checked where the volumes are unknown", () => {
    isNotChecked(policy, patched(goodDaemonSet(), pod("volumes"), UNKNOWN), /volumes/);
  });
});

describe("policy kernel-confinement", () => {
  const policy = kernelConfinement;

  it("passes the runtime's defaults, and stricter ones", () => {
    passes(policy, GOOD);
    passes(policy, patched(goodDaemonSet(), security("appArmorProfile"), { type: "RuntimeDefault" }));
    passes(
      policy,
      patched(goodDaemonSet(), security("seLinuxOptions"), { type: "container_t", level: "s0" }),
    );
    passes(policy, patched(goodDaemonSet(), security("procMount"), "Default"));
    passes(
      policy,
      patched(goodDaemonSet(), pod("securityContext", "sysctls"), [{ name: "net.ipv4.tcp_syncookies" }]),
    );
  });

  it("fails for each that is loosened", () => {
    const loose: [(string | number)[], unknown, RegExp][] = [
      [security("appArmorProfile"), { type: "Unconfined" }, /appArmorProfile Unconfined/],
      [pod("securityContext", "appArmorProfile"), { type: "Unconfined" }, /appArmorProfile Unconfined/],
      [
        ["spec", "template", "metadata", "annotations"],
        { "container.apparmor.security.beta.kubernetes.io/main": "unconfined" },
        /appArmorProfile Unconfined/,
      ],
      [security("seLinuxOptions"), { type: "spc_t" }, /seLinuxOptions.type spc_t/],
      [security("seLinuxOptions"), { user: "root_u" }, /seLinuxOptions.user root_u/],
      [security("seLinuxOptions"), { role: "r" }, /seLinuxOptions.role r/],
      [security("procMount"), "Unmasked", /procMount Unmasked/],
      [security("windowsOptions"), { hostProcess: true }, /hostProcess true/],
      [pod("securityContext", "sysctls"), [{ name: "kernel.msgmax" }], /sysctl kernel.msgmax/],
    ];
    for (const [path, value, pattern] of loose) fails(policy, patched(goodDaemonSet(), path, value), pattern);
  });

  it("joins the Windows options of pod and container, as Kubernetes does", () => {
    const set = patched(goodDaemonSet(), pod("securityContext", "windowsOptions"), { hostProcess: true });
    fails(policy, patched(set, security("windowsOptions"), { runAsUserName: "x" }), /hostProcess true/);
    passes(policy, patched(set, security("windowsOptions"), { hostProcess: false }));
  });

  it("leaves AppArmor of a privileged container to no-privileged", () => {
    const privileged = { privileged: true, appArmorProfile: { type: "Unconfined" } };
    passes(policy, patched(goodDaemonSet(), security(), privileged));
  });

  it("knows the exceptions", () => {
    passes(policy, patched(sensor("osquery"), security("seLinuxOptions"), { type: "spc_t" }));
    fails(policy, patched(sensor("falco"), security("seLinuxOptions"), { type: "spc_t" }), /spc_t/);
  });

  it("is not checked where a profile is unknown", () => {
    isNotChecked(
      policy,
      patched(goodDaemonSet(), security("seLinuxOptions"), { type: UNKNOWN }),
      /seLinuxOptions\.type/,
    );
  });
});

describe("policy namespace-pod-security", () => {
  const policy = namespacePodSecurity;

  it("passes restricted and baseline, and privileged where it is listed", () => {
    passes(policy, [
      goodNamespace("a"),
      goodNamespace("b", "baseline"),
      goodNamespace("security-system", "privileged"),
    ]);
    passes(policy, goodNamespace("mine", "privileged"), { config: { privilegedNamespaces: ["mine"] } });
    passes(policy, [
      goodDaemonSet(),
      object("v1", "ConfigMap", "c"),
      object("tenancy.example/v1", "Namespace", "n"),
    ]);
  });

  it("fails without a level, and for privileged anywhere else", () => {
    fails(
      policy,
      patched(goodNamespace("a"), ["metadata", "labels"], {}),
      /enforce nothing\n {2}allowed: restricted or baseline/,
    );
    fails(policy, goodNamespace("a", "privileged"), /enforce "privileged"/);
    fails(policy, goodNamespace("security-system", "none"), /allowed: restricted or baseline or privileged/);
  });

  it("is not checked where the labels are unknown", () => {
    isNotChecked(policy, patched(goodNamespace(), ["metadata", "labels"], UNKNOWN), /metadata\.labels/);
  });
});
