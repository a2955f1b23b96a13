import type { Pod } from "kubernetes-types/core/v1";
import { imageReference, SCENARIO_IMAGES } from "../../components/core/tables/pins";
import { namespaceOf, RUN_LABEL } from "../model/names";
import type { PodName } from "../model/scenario-schema";

/** What a pod of the scenarios is, apart from what all of them have. */
interface Shape {
  image: keyof typeof SCENARIO_IMAGES;
  command: string[];
  uid: number;
  /** Mounts the token of a service account that may do nothing. */
  token?: boolean;
  why: string;
}

const SLEEP = ["sleep", "infinity"];

/** What each of the pods asks for. */
export const POD_RESOURCES = {
  requests: { cpu: "10m", memory: "32Mi" },
  limits: { cpu: "200m", memory: "128Mi" },
};

export const SHAPES: Record<PodName, Shape> = {
  "ctem-testbox": {
    image: "testbox",
    command: SLEEP,
    uid: 65534,
    token: true,
    why: "ordinary: a shell, and a token to be read",
  },
  attacker: {
    image: "attacker",
    command: SLEEP,
    uid: 65534,
    token: true,
    why: "brings the tools that an image should not have",
  },
  "target-nginx": {
    image: "target",
    // No further directive: one that the image's nginx.conf has too, like `pid`, is a duplicate and ends nginx.
    command: ["nginx", "-g", "daemon off;"],
    uid: 101,
    why: "an old image for Trivy, a port to be found, and a server to download from",
  },
  "escape-box": {
    image: "testbox",
    command: SLEEP,
    uid: 0,
    why:
      "root without any capability and without a seccomp profile: the default profile answers setns and mount itself, " +
      "so that the call never reaches the kernel and Tetragon's hooks with it",
  },
};

/** Folders in which nginx writes without being root: its cache, its process id, and what a scenario lets it serve. */
const NGINX_WRITES = ["/var/cache/nginx", "/run", "/usr/share/nginx/html"];

/** The pod of a name, restricted but for what its attack needs. */
export function podManifest(
  name: PodName,
  run: string,
  registry?: string,
): Pod & { metadata: { name: string } } {
  return manifest(name, namespaceOf(name), SHAPES[name], run, registry, name === "escape-box");
}

/** A pod that is made as an attack: like the test box, with a program of its own. */
export function implantManifest(name: string, command: string[], run: string, registry?: string) {
  const shape: Shape = { ...SHAPES["ctem-testbox"], command, token: false };
  return manifest(name, namespaceOf(name), shape, run, registry, false);
}

function manifest(
  name: string,
  namespace: string,
  { image, command, uid, token = false }: Shape,
  run: string,
  registry: string | undefined,
  forEscape: boolean,
): Pod & { metadata: { name: string } } {
  const labels = { "app.kubernetes.io/name": name, [RUN_LABEL]: run };
  const scratch = image === "target" ? NGINX_WRITES : [];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      serviceAccountName: "ctem",
      automountServiceAccountToken: token,
      enableServiceLinks: false,
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 0,
      // Ends by itself, should every cleanup fail.
      activeDeadlineSeconds: 3600,
      securityContext: {
        runAsNonRoot: uid !== 0,
        runAsUser: uid,
        runAsGroup: uid,
        seccompProfile: { type: forEscape ? "Unconfined" : "RuntimeDefault" },
        // Port 80 without rights; one of the sysctls that "restricted" allows (Kubernetes docs, Pod Security Standards).
        ...(image === "target"
          ? { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] }
          : {}),
      },
      containers: [
        {
          name: "main",
          image: imageReference(SCENARIO_IMAGES[image], registry),
          command,
          resources: POD_RESOURCES,
          // The root file system can be written: programs that are dropped into it are what is to be found.
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          volumeMounts: scratch.map((mountPath, i) => ({ name: `scratch-${i}`, mountPath })),
        },
      ],
      volumes: scratch.map((_, i) => ({ name: `scratch-${i}`, emptyDir: { sizeLimit: "16Mi" } })),
    },
  };
}
