import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import {
  isRecord,
  PROJECT,
  type Values,
  valueAt,
  without,
  withValue,
} from "../../../components/core/config/issues";
import { fromText, readStackFile, type StackFile } from "../../../components/core/config/stack-file";
import { writeStackFile } from "../../../components/core/config/yaml-text";
import { Fault } from "../cluster/fault";
import { simulatedLabel } from "../cluster/simulation";
import type { PlacedWorkload } from "../node/stack-images";
import type { EngineHome } from "./home";

/** `output` of a stack whose Elasticsearch exists, for the tests and the benchmarks: nobody is there. */
export const EXTERNAL_OUTPUT = {
  elasticsearch: { endpoints: ["https://es.example:9200"], caSecretRef: { name: "elasticsearch-ca" } },
};

/** Keys by which a stack config names what its secrets are encrypted with. */
const encryptionKeys = ["encryptionsalt", "encryptedkey", "secretsprovider"];

/**
 * The engine writes the salt of its passphrase into the stack config file as soon as it makes a stack. In the checkout that
 * would be a change to commit, and one that fits this machine only. So the engine reads a copy of the file in the cache: copied
 * again before every run, so that the user's edits take effect, with the salt of the previous run.
 */
export function configCopy(engine: EngineHome, stack: string): string {
  return join(engine.folder, "config", `Pulumi.${stack}.yaml`);
}

/**
 * Brings the copy in step with the user's file. It holds what the file means, not its text: another YAML library would
 * write `0700` as another number than Pulumi reads.
 * @param elastic whether the engine has the Elastic provider
 * @throws ConfigError where the file can't be read, Fault where there is none or it has secrets of another stack
 */
export function copyConfig(source: string, engine: EngineHome, stack: string, elastic = false): void {
  if (!existsSync(source))
    throw new Fault(`There is no ${source}.`, {
      fix: "Restore it with git, or copy that of another stack.",
    });
  const file = readStackFile(source);
  refuseForeignSecrets(file, source);
  const copy = configCopy(engine, stack);
  const before = existsSync(copy) ? readCopy(copy) : undefined;
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
  write(copy, {
    ...pickEncryption(before),
    config: { ...file.others, ...withPrefix(engineValues(file.values, elastic)) },
  });
}

/** The values of a user's stack config as the engine gets them on the embedded cluster. */
export function engineValues(values: Values, elastic = false): Values {
  // The context is that of the user's kubeconfig; the embedded cluster has one of its own.
  const own = without(values, ["global", "context"]);
  return secretsAreThere(elastic ? own : leaveOutObjects(own));
}

/** Simulated pods start without the Secrets that they mount: an update can wait for them. */
function secretsAreThere(values: Values): Values {
  const hasElasticsearch = valueAt(values, ["output", "elasticsearch"]) !== undefined;
  return hasElasticsearch ? withValue(values, ["output", "elasticsearch", "secretsExist"], true) : values;
}

/** A managed Elasticsearch is simulated here like all pods: there is none to make anything in. */
function leaveOutObjects(values: Values): Values {
  const isManaged = valueAt(values, ["output", "elasticsearch", "managed"]) !== undefined;
  return isManaged ? withValue(values, ["output", "elasticsearch", "objects", "enabled"], false) : values;
}

/** Puts what `pulumi stack init` wrote into the copy. */
export function keepEncryption(written: string, engine: EngineHome, stack: string): void {
  if (!existsSync(written)) return;
  const copy = configCopy(engine, stack);
  write(copy, { ...readCopy(copy), ...pickEncryption(readCopy(written)) });
}

/** Names the folder of charts in the copy. */
export function setCharts(engine: EngineHome, stack: string, folder: string): void {
  const copy = configCopy(engine, stack);
  write(copy, withValue(readCopy(copy), ["config", `${PROJECT}:global`, "charts"], folder));
}

/** Lets workloads run on the simulated nodes of the embedded cluster only. */
export function keepSimulated(engine: EngineHome, stack: string, workloads: readonly PlacedWorkload[]): void {
  if (workloads.length === 0) return;
  const copy = configCopy(engine, stack);
  const placed = workloads.reduce((content, { name, kind }) => {
    const override = ["config", `${PROJECT}:override`, name];
    const selected = withValue(content, [...override, "nodeSelector"], simulatedLabel);
    // DaemonSets tolerate every taint by themselves.
    if (kind === "DaemonSet") return selected;
    return withValue(
      selected,
      [...override, "tolerations"],
      Object.keys(simulatedLabel).map((key) => ({ key, operator: "Exists" })),
    );
  }, readCopy(copy));
  write(copy, placed);
}

function pickEncryption(content: Values | undefined): Values {
  return Object.fromEntries(Object.entries(content ?? {}).filter(([key]) => encryptionKeys.includes(key)));
}

/** A text that is JSON was a text in JSON: the program would read it as the JSON. */
function withPrefix(values: Values): Values {
  const written = (value: unknown) =>
    typeof value === "string" && fromText(value) !== value ? JSON.stringify(value) : value;
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${PROJECT}:${key}`, written(value)]),
  );
}

function write(file: string, content: Values): void {
  writeFileSync(file, writeStackFile(content), { mode: 0o600 });
}

/** A file that this module or Pulumi wrote. */
function readCopy(file: string): Values {
  const content: unknown = parse(readFileSync(file, "utf8"));
  return isRecord(content) ? content : {};
}

/** A secret is encrypted with the key of one stack; the embedded cluster's stack has another. */
function refuseForeignSecrets(file: StackFile, source: string): void {
  if (file.encrypted.length === 0 && !file.othersEncrypted) return;
  throw new Fault(
    `${source} holds an encrypted secret, which the stack of the embedded cluster cannot read.`,
    {
      where: source,
      fix: "Name a Secret of the cluster instead (authSecretRef), or keep the secret in the config of a stack of your own and give `--stack`.",
    },
  );
}
