import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Document, parseDocument, visit } from "yaml";
import { PROJECT } from "../../../components/core/config/issues";
import { Fault } from "../cluster/fault";
import { simulatedLabel } from "../cluster/simulation";
import type { EngineHome } from "./home";

/** `output` of a stack whose Elasticsearch exists, for the tests and the benchmarks: nobody is there. */
export const EXTERNAL_OUTPUT = {
  elasticsearch: { endpoints: ["https://es.example:9200"], caSecretRef: { name: "elasticsearch-ca" } },
};

/** Keys by which a stack config names what its secrets are encrypted with. */
const encryptionKeys = ["encryptionsalt", "encryptedkey", "secretsprovider"];

/**
 * The engine writes the salt of its passphrase into the stack config file as soon as it makes a stack. In the checkout that
 * would be a change to commit, and one that fits this machine only. So the engine reads a copy of the file in the cache: taken
 * anew before every run, so that what the user edits counts at once, and given the salt of the run before.
 */
export function configCopy(engine: EngineHome, stack: string): string {
  return join(engine.folder, "config", `Pulumi.${stack}.yaml`);
}

/**
 * Brings the copy in step with the user's file.
 * @param elastic whether the engine has the Elastic provider
 */
export function copyConfig(source: string, engine: EngineHome, stack: string, elastic = false): void {
  const copy = configCopy(engine, stack);
  const document = read(source);
  refuseForeignSecrets(document, source);
  const before = existsSync(copy) ? read(copy) : undefined;
  for (const key of encryptionKeys) {
    const kept = before?.get(key);
    if (kept === undefined) document.delete(key);
    else document.set(key, kept);
  }
  // That of the user's kubeconfig; the embedded cluster has one of its own.
  const context = ["config", `${PROJECT}:global`, "context"];
  if (document.hasIn(context)) document.deleteIn(context);
  if (!elastic) leaveOutObjects(document);
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
  write(copy, document);
}

/** A managed Elasticsearch is simulated here like all pods: there is none to make anything in. */
function leaveOutObjects(document: Document): void {
  const elasticsearch = ["config", `${PROJECT}:output`, "elasticsearch"];
  if (document.hasIn([...elasticsearch, "managed"]))
    document.setIn([...elasticsearch, "objects", "enabled"], false);
}

/** Puts what `pulumi stack init` wrote into the copy. */
export function keepEncryption(written: string, engine: EngineHome, stack: string): void {
  if (!existsSync(written)) return;
  const copy = configCopy(engine, stack);
  const document = read(copy);
  const made = read(written);
  for (const key of encryptionKeys) if (made.get(key) !== undefined) document.set(key, made.get(key));
  write(copy, document);
}

/** Names the folder of charts in the copy. */
export function setCharts(engine: EngineHome, stack: string, folder: string): void {
  const copy = configCopy(engine, stack);
  const document = read(copy);
  document.setIn(["config", `${PROJECT}:global`, "charts"], folder);
  write(copy, document);
}

/** Lets workloads run on the simulated nodes of the embedded cluster only. */
export function keepSimulated(engine: EngineHome, stack: string, workloads: readonly string[]): void {
  if (workloads.length === 0) return;
  const copy = configCopy(engine, stack);
  const document = read(copy);
  for (const name of workloads) {
    const override = ["config", `${PROJECT}:override`, name];
    document.setIn([...override, "nodeSelector"], simulatedLabel);
    document.setIn([...override, "tolerations"], [{ operator: "Exists" }]);
  }
  write(copy, document);
}

function write(file: string, document: Document): void {
  writeFileSync(file, document.toString({ lineWidth: 0 }), { mode: 0o600 });
}

function read(file: string): Document {
  if (!existsSync(file))
    throw new Fault(`There is no ${file}.`, { fix: "Take it back with git, or copy that of another stack." });
  const document = parseDocument(readFileSync(file, "utf8"));
  const [problem] = document.errors;
  if (problem)
    throw new Fault(`${file} is not valid YAML: ${problem.message}`, {
      where: file,
      fix: "Correct that line, then run the command again.",
    });
  return document as unknown as Document;
}

/** A secret is encrypted with the key of one stack; the embedded cluster's stack has another. */
function refuseForeignSecrets(document: Document, source: string): void {
  visit(document, {
    Pair(_, pair) {
      if (String(pair.key) !== "secure") return;
      throw new Fault(
        `${source} holds an encrypted secret, which the stack of the embedded cluster cannot read.`,
        {
          where: source,
          fix: "Name a Secret of the cluster instead (authSecretRef), or keep the secret in the config of a stack of your own and give `--stack`.",
        },
      );
    },
  });
}
