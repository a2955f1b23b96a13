import * as fs from "node:fs";
import * as path from "node:path";
import type { Container } from "kubernetes-types/core/v1";
import type { SizedWorkload } from "../core/plan/fit";
import { SIDECARS } from "../core/tables/sizing";
import { RESTRICTED } from "../kubernetes/pods";
import type { FalcoConfig } from "./falco-schema";

const SCRIPT = "rotate.sh";
const FOLDER = "/etc/rotation";
const BYTES_PER_MEGABYTE = 1_000_000;

/** The sidecar as the fit of the plan counts it. */
export const ROTATION: SizedWorkload = {
  name: "falcoRotation",
  kind: "DaemonSet",
  replicas: 1,
  ...SIDECARS.falcoRotation,
};

/** Data of the ConfigMap with the rotation script. */
export function rotationScript(): Record<string, string> {
  return { [SCRIPT]: fs.readFileSync(path.join(__dirname, SCRIPT), "utf8") };
}

/**
 * The sidecar that rotates Falco's event file, which Falco does not do (falcosecurity/falco#1808). It needs
 * nothing but to rename files of root's: no capability, no network, no token.
 */
export function rotationSidecar(
  config: FalcoConfig["rotation"],
  image: string,
  eventFile: string,
  volumes: { events: string; script: string },
): Container {
  return {
    name: "rotate",
    image,
    command: ["/bin/sh", `${FOLDER}/${SCRIPT}`],
    env: [
      { name: "EVENT_FILE", value: eventFile },
      { name: "MAX_BYTES", value: String(config.maxMegabytes * BYTES_PER_MEGABYTE) },
      { name: "MAX_FILES", value: String(config.maxFiles) },
      { name: "CHECK_SECONDS", value: String(config.checkSeconds) },
    ],
    resources: { requests: ROTATION.requests, limits: ROTATION.limits },
    securityContext: {
      // The files are root's, as Falco has to be root.
      runAsUser: 0,
      ...RESTRICTED,
      seccompProfile: { type: "RuntimeDefault" },
    },
    volumeMounts: [
      { name: volumes.events, mountPath: path.posix.dirname(eventFile) },
      { name: volumes.script, mountPath: FOLDER, readOnly: true },
    ],
  };
}
