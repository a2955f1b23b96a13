import { readFileSync } from "node:fs";
import { Command } from "commander";
import { namespacesOf } from "../../components/core/contract/namespaces";
import { Fault } from "../dev/cluster/fault";
import { setInStackFile } from "./edit-stack-file";
import { embeddedSettingsOf, settingsOf, stackFile, writeChecked } from "./stack-file";

/**
 * `npm run rotate`: asks for new credentials by raising their generation in the stack's config. The next `up` makes
 * new keys, gives them to the pods, and removes the old ones.
 */
export function main(args: readonly string[]): number {
  const { stack } = new Command("npm run rotate --")
    .description(
      "Asks for new Elasticsearch credentials: raises output.elasticsearch.objects.generation in the stack's config file. The next `up` makes new API keys, puts them into the Secrets that the pods read, and removes the old ones.",
    )
    .option(
      "-s, --stack <name>",
      "stack of yours whose config is written; without it the dev stack on the embedded cluster",
    )
    .parse(args, { from: "user" })
    .opts<{ stack?: string }>();
  const file = stackFile(stack ?? "dev");
  const { features, envelope } = stack === undefined ? embeddedSettingsOf(file) : settingsOf(file);
  const { objects } = envelope.output.elasticsearch;
  const namespaces = namespacesOf(envelope.global);
  const makesKeys = features.some(({ enabled, bound }) => enabled && bound?.store(namespaces).makesKeys);
  if (!makesKeys)
    throw new Fault(`The program makes no keys for stack ${stack ?? "dev on the embedded cluster"}.`, {
      where: file,
      fix:
        stack === undefined
          ? "Name a stack of yours, with `--stack`: nothing is made inside of the embedded cluster's Elasticsearch."
          : "Replace the key in the Secret that output.elasticsearch.authSecretRef names: the gateway reads it again by itself.",
    });
  const generation = objects.generation + 1;
  const path = ["output", "elasticsearch", "objects", "generation"] as const;
  writeChecked(file, setInStackFile(readFileSync(file, "utf8"), path, generation));
  const up = stack === undefined ? "npm run up" : `npm run up -- --stack ${stack}`;
  console.log(`Generation ${generation} in ${file}. Next: \`${up}\`.`);
  return 0;
}
