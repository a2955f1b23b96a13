import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeApi } from "../../../tools/dev/cluster/api";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const NAME = "serviceentries.networking.istio.io";

/** Has the API server know Istio's own ServiceEntry. */
export async function defineServiceEntries(api: KubeApi): Promise<void> {
  const { "manifests-istio": folder } = await ensureTools(["manifests-istio"]);
  const text = fs.readFileSync(path.join(folder, "crd-all.gen.yaml"), "utf8");
  const definitions = parseAllDocuments(text).map(
    (document) => document.toJS() as { metadata: { name: string } },
  );
  await api.create(
    DEFINITIONS,
    definitions.find((definition) => definition?.metadata.name === NAME),
  );
  await waitUntil("the kind ServiceEntry", () => api.get("/apis/networking.istio.io/v1/serviceentries"));
}
