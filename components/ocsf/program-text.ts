import type { ToolDocuments } from "../documents/documents";

/** What the programs do; the folder is the feature's. */
const MAINS = {
  convertPass: "./components/ocsf/program/convert-pass",
  convertTopic: "./components/ocsf/program/convert-topic",
};

/**
 * The entry of the program: what it does, and the tables of all tools of the registry, on or off, as the store has documents
 * of what was on. Each table is code of its tool's folder, which nobody else names.
 */
export function programText(
  documents: readonly Pick<ToolDocuments, "tool" | "ocsf">[],
  main: keyof typeof MAINS = "convertPass",
): string {
  const tables = documents.map(({ tool, ocsf }, index) => {
    const key = JSON.stringify(tool);
    const { source } = ocsf;
    if (source === undefined) return { imports: "", entry: `${key}: ${JSON.stringify(ocsf)}` };
    const module = JSON.stringify(`./${source.replace(/\.ts$/, "")}`);
    return { imports: `import * as table${index} from ${module};\n`, entry: `${key}: table${index}` };
  });
  return `${tables.map(({ imports }) => imports).join("")}import { ${main} } from "${MAINS[main]}";

void ${main}(process.env, { ${tables.map(({ entry }) => entry).join(", ")} }).then((code) => {
  process.exitCode = code;
});
`;
}
