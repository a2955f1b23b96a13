import { once } from "node:events";
import * as fs from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { OCSF_CLASSES, OCSF_VERSION } from "../../components/documents/ocsf/classes";
import { ocsfConverter } from "../../components/documents/ocsf/convert";
import { type Line, newPortions, nextPosition } from "../../components/forwarding/position";
import { writeWhole } from "../../components/forwarding/whole-file";
import { FEATURES } from "../../components/registry";
import { OcsfValidator, officialSchemas } from "../dev/ocsf/official-schema";
import { newTable } from "../dev/table";
import { linesOf, type StoreOptions, storedDocuments, withStore } from "./ocsf-input";
import { portionFile, readPosition } from "./ocsf-position";

const API_KEY = "ELASTICSEARCH_API_KEY";
/** Of what is wrong, as much as one reads. */
const SHOWN = 10;

interface Options {
  fromEs?: string;
  apiKeyFile?: string;
  ca?: string;
  stack: string;
  since: number;
  position?: string;
  out?: string;
  validate: boolean;
}

function command(): Command {
  return new Command("npm run ocsf --")
    .description(
      `Writes documents as events of OCSF ${OCSF_VERSION}, a JSON object per line, and validates each against the official schema.`,
    )
    .argument("[files...]", "documents, a JSON object per line, as they are in Elasticsearch; - for stdin")
    .option("--from-es <url>", "reads them from this Elasticsearch, https")
    .option(
      "--api-key-file <file>",
      `encoded API key that may read the indices; default: the variable ${API_KEY}`,
    )
    .option("--ca <file>", "PEM file with the CA of Elasticsearch")
    .option("-s, --stack <name>", "stack whose config names the indices", "dev")
    .option(
      "--since <time>",
      "with --from-es: documents of the last 90s, 15m, 24h or 7d",
      milliseconds,
      86_400_000,
    )
    .option(
      "--position <file>",
      "with --from-es: goes on where the last run with this file ended; --out is a folder then",
    )
    .option("--out <file>", "file that the events are written to; default: stdout")
    .option("--no-validate", "only convert; needs no Python")
    .addHelpText(
      "after",
      "\nExit code: 0 every document became a valid event, 1 not all, 2 could not be read.",
    );
}

/** `npm run ocsf -- ...`: events to stdout or a file, what became of the documents to stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  const parsed = command().parse(argv, { from: "user" });
  const options = parsed.opts<Options>();
  try {
    const result = new Result();
    const writes = await newWriter(result, options);
    if (options.position === undefined) await writes(inputOf(parsed.args, options), outputOf(options.out));
    else await goOn(options, options.position, writes);
    console.error(result.text(options.validate));
    return result.refused > 0 ? 1 : 0;
  } catch (error) {
    console.error(`ocsf: ${(error as Error).message}`);
    return 2;
  }
}

type Write = (input: AsyncIterable<Line>, output: NodeJS.WritableStream) => Promise<void>;

/** What makes events of documents and counts them. */
async function newWriter(result: Result, { validate }: Options): Promise<Write> {
  const convert = ocsfConverter(registryFacts(FEATURES).documents);
  const validator = validate ? new OcsfValidator(await officialSchemas()) : undefined;
  return async (input, output) => {
    for await (const { place, document } of input) {
      const conversion = convert(document);
      if ("refused" in conversion) {
        result.refuse(place, conversion.refused);
        continue;
      }
      const event = JSON.parse(JSON.stringify(conversion.event)) as Record<string, unknown>;
      const problem = validator?.problem(event);
      if (problem) result.refuse(place, `not valid: ${problem}`);
      else {
        result.count(conversion.tool, conversion.class);
        if (!output.write(`${JSON.stringify(event)}\n`)) await once(output, "drain");
      }
    }
    if (output !== process.stdout) {
      output.end();
      await once(output, "finish");
    }
  };
}

function outputOf(file: string | undefined): NodeJS.WritableStream {
  return file === undefined ? process.stdout : fs.createWriteStream(file);
}

/** Writes what is new, a file for each portion, and notes after each how far it came. */
async function goOn(options: Options, file: string, writes: Write): Promise<void> {
  const { fromEs, out } = options;
  if (fromEs === undefined) throw new Error("--position goes with --from-es");
  if (out === undefined) throw new Error("--position needs --out, a folder for the files of the events");
  fs.mkdirSync(out, { recursive: true });
  const note = (position: object) => writeWhole(file, `${JSON.stringify(position)}\n`);
  await withStore(storeOptions(fromEs, options), async (store, indices) => {
    let position = readPosition(file);
    const now = new Date();
    for await (const portion of newPortions(store, position, now)) {
      const place = portionFile(out, portion);
      await writes(portion.documents, fs.createWriteStream(`${place}.part`));
      fs.renameSync(`${place}.part`, place);
      position = portion.after;
      note(position);
    }
    note(await nextPosition(store, indices, position, now));
  });
}

function inputOf(files: readonly string[], options: Options): AsyncIterable<Line> {
  if (options.fromEs !== undefined && files.length > 0) throw new Error("give files or --from-es, not both");
  if (options.fromEs !== undefined) return storedDocuments(storeOptions(options.fromEs, options));
  if (files.length === 0) throw new Error("nothing to read: give files, - for stdin, or --from-es URL");
  return linesOf(files);
}

function storeOptions(url: string, { apiKeyFile, ca, stack, since }: Options): StoreOptions {
  const key = apiKeyFile ? fs.readFileSync(apiKeyFile, "utf8") : process.env[API_KEY];
  if (!key?.trim()) throw new Error(`no API key: give --api-key-file or set ${API_KEY}`);
  const from = new Date(Date.now() - since);
  return { url, key: key.trim(), ca: ca ? fs.readFileSync(ca, "utf8") : undefined, stack, from };
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(text: string): number {
  const [, number = "", unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const value = Number(number) * (UNITS[unit] ?? 0);
  if (value > 0) return value;
  throw new InvalidArgumentError("A time like 90s, 15m, 24h or 7d.");
}

/** What became of the documents. */
class Result {
  refused = 0;
  private readonly counts = new Map<string, number>();
  private readonly reasons: string[] = [];

  count(tool: string, name: keyof typeof OCSF_CLASSES): void {
    const key = `${tool}\t${OCSF_CLASSES[name].uid} ${OCSF_CLASSES[name].name}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  refuse(place: string, reason: string): void {
    this.refused += 1;
    if (this.reasons.length < SHOWN) this.reasons.push(`  ${place}: ${reason}`);
  }

  text(validated: boolean): string {
    const table = newTable(["tool", "class", "events"]);
    for (const [key, count] of [...this.counts].sort()) table.push([...key.split("\t"), String(count)]);
    const events = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    return [
      ...(events > 0 ? [table.toString()] : []),
      `${events} events${validated ? ", all valid" : ", not validated"}; ${this.refused} documents became none`,
      ...this.reasons,
      ...(this.refused > SHOWN ? [`  and ${this.refused - SHOWN} more`] : []),
    ].join("\n");
  }
}
