import * as fs from "node:fs";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import type { ExportedState, StateResource } from "../../../tools/dev/engine/local-stack";

/**
 * What the programs of two commits left on an embedded cluster of Kubernetes 1.35, as `pulumi stack export --show-secrets` gave
 * it. Taken out are the private keys (a line of text in their places), the names of source lines, `secrets_providers`, and
 * the path of the kubeconfig, for which there is `KUBECONFIG_PLACE`.
 *
 * - d45a839: `npm start`, before the folders of components/ were what they are.
 * - 6b3d1a7: the first whose `up` passed on a real node (test/records/node.json of 5dd8397), with the config of that pass and
 *   the chart and image of ECK 3.4.0 (`global.charts`, `override`), one minor version before the one that it pinned.
 */
const STATES = { d45a839: "state-d45a839.json.gz", "6b3d1a7": "state-6b3d1a7.json.gz" };
const KUBECONFIG_PLACE = "KUBECONFIG";

const PROVIDER = "pulumi:providers:kubernetes";

/** The state that a commit's program left, for a cluster of this kubeconfig. */
export function leftState(commit: keyof typeof STATES, kubeconfigPath: string): ExportedState {
  const file = path.join(__dirname, STATES[commit]);
  const state: ExportedState = JSON.parse(gunzipSync(fs.readFileSync(file)).toString());
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

/** The same with an older Elasticsearch, wherever the state names its version or its image. */
export function withElasticsearch(state: ExportedState, version: string): ExportedState {
  const [{ inputs }] = (state.deployment.resources ?? []).filter(({ type }) =>
    type.endsWith(":Elasticsearch"),
  ) as [StateResource];
  const { version: newer } = inputs!["spec"] as { version: string };
  const text = JSON.stringify(state)
    .replaceAll(`"version":"${newer}"`, `"version":"${version}"`)
    .replaceAll(`elasticsearch/elasticsearch:${newer}`, `elasticsearch/elasticsearch:${version}`);
  return JSON.parse(text);
}
