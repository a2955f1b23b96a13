import * as fs from "node:fs";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import type { ExportedState, StateResource } from "../../../tools/dev/engine/local-stack";

/**
 * The state that `npm start` of commit d45a839 left, before the folders of components/ were what they are: the dev
 * stack on an embedded cluster of Kubernetes 1.35, as `pulumi stack export --show-secrets` gave it. Taken out are the
 * private keys (a line of text in their places), the names of source lines, `secrets_providers`, and the path of the
 * kubeconfig, for which there is `KUBECONFIG_PLACE`.
 */
const STATE = path.join(__dirname, "state-d45a839.json.gz");
const KUBECONFIG_PLACE = "KUBECONFIG";

const PROVIDER = "pulumi:providers:kubernetes";

/** The state, for a cluster of this kubeconfig. */
export function leftState(kubeconfigPath: string): ExportedState {
  const state: ExportedState = JSON.parse(gunzipSync(fs.readFileSync(STATE)).toString());
  for (const { type, inputs, outputs } of state.deployment.resources ?? []) {
    if (type !== PROVIDER) continue;
    for (const side of [inputs, outputs])
      if (side?.["kubeconfig"] === KUBECONFIG_PLACE) side["kubeconfig"] = kubeconfigPath;
  }
  return state;
}

/** An object that a state says is on the cluster, and who applied it. */
export interface AppliedObject {
  fieldManager: string;
  manifest: Manifest;
}

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** What was applied to the cluster, as the program gave it; components have no part in it. */
export function appliedObjects({ deployment }: ExportedState): AppliedObject[] {
  const objects = (deployment.resources ?? []).filter(
    ({ type, custom }) => custom === true && type.startsWith("kubernetes:"),
  );
  return objects.map(appliedObject);
}

function appliedObject({ urn, inputs = {}, outputs = {} }: StateResource): AppliedObject {
  const fieldManager = outputs["__fieldManager"];
  if (typeof fieldManager !== "string") throw new Error(`the state names no field manager of ${urn}`);
  const manifest = Object.entries(inputs).map(([key, value]) => [key, inClear(value)]);
  return { fieldManager, manifest: Object.fromEntries(manifest) };
}

/** A secret of an export in clear: its value as JSON text in `plaintext` (pulumi, sdk/go/common/apitype, SecretV1). */
function inClear(value: unknown): unknown {
  const secret = value as { plaintext?: unknown } | null;
  return typeof secret?.plaintext === "string" ? JSON.parse(secret.plaintext) : value;
}
