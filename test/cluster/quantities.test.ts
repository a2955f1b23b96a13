import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseNano } from "../../components/kubernetes/quantity";
import { ApiError, KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { waitUntil } from "../../tools/dev/cluster/wait";

const COUNT = 500;
const AT_ONCE = 8;
const SEED = 20261129;

describe("quantities", function () {
  this.timeout(180_000);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "checkout-quantities-"));
  let cluster: Cluster;
  let api: KubeApi;

  before(async () => {
    cluster = await startCluster({ name: "quantities", directory, ephemeral: true });
    api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
    await api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", PAIR_DEFINITION);
    await waitUntil("the kind to be served", () => api.get<object>(PAIRS));
  });

  after(async () => {
    api?.close();
    await cluster?.stop();
    fs.rmSync(checkoutFolder(directory), { recursive: true, force: true });
    fs.rmSync(directory, { recursive: true });
  });

  it(`are read as the API server reads them, ${COUNT} random ones`, async () => {
    const texts = quantities(COUNT, SEED);
    const differing: string[] = [];
    let taken = 0;
    for (let i = 0; i < texts.length; i += AT_ONCE) {
      const some = texts.slice(i, i + AT_ONCE);
      const answers = await Promise.all(some.map(async (text) => ({ text, ...(await compare(text)) })));
      taken += answers.filter(({ isQuantity }) => isQuantity).length;
      differing.push(
        ...answers.flatMap(({ text, problem }) => (problem ? [`${JSON.stringify(text)}: ${problem}`] : [])),
      );
    }
    console.log(
      `      ${texts.length} quantities (seed ${SEED}): ${taken} taken by the API server, ${texts.length - taken} refused`,
    );
    assert.deepEqual(differing, []);
    assert.ok(taken > COUNT / 4 && taken < (COUNT * 3) / 4, `${taken} are valid`);
  });

  async function compare(text: string): Promise<{ isQuantity: boolean; problem?: string }> {
    const isQuantity = await isTaken(text);
    const nano = parseNano(text);
    if (isQuantity !== (nano !== undefined))
      return {
        isQuantity,
        problem: `${isQuantity ? "a quantity" : "none"} to the API server, ${nano} to us`,
      };
    if (nano === undefined) return { isQuantity };
    const problem = await refusal(PAIRS, {
      apiVersion: `${GROUP}/v1`,
      kind: "Pair",
      text: text.trim(),
      nano: `${nano}n`,
    });
    return { isQuantity, problem };
  }

  /** Whether the API server can read it as a quantity of an object; it reads less than nothing, and then refuses it. */
  async function isTaken(text: string): Promise<boolean> {
    const why = await refusal("/api/v1/namespaces/default/resourcequotas", {
      spec: { hard: { "limits.memory": text } },
    });
    return why === undefined || why.includes("must be greater than or equal to 0");
  }

  async function refusal(path: string, body: object): Promise<string | undefined> {
    try {
      await api.create(`${path}?dryRun=All`, { metadata: { name: "q" }, ...body });
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 400 || error.status === 422)) return error.message;
      throw error;
    }
  }
});

const GROUP = "quantities.example";
const PAIRS = `/apis/${GROUP}/v1/pairs`;
const TEXT = { type: "string", maxLength: 500 };

/** A kind that the API server takes only where both texts are the same quantity to its own parser. */
const PAIR_DEFINITION = {
  metadata: { name: `pairs.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Cluster",
    names: { kind: "Pair", plural: "pairs", singular: "pair" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["text", "nano"],
            properties: { text: TEXT, nano: TEXT },
            "x-kubernetes-validations": [
              {
                rule: "quantity(self.text).compareTo(quantity(self.nano)) == 0",
                messageExpression: "'not ' + self.nano",
              },
            ],
          },
        },
      },
    ],
  },
};

/** Texts by the grammar of quantities, and as many with one or two characters changed. */
function quantities(count: number, seed: number): string[] {
  const random = generator(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)]!;
  const digits = (most: number) => Array.from({ length: below(most + 1) }, () => below(10)).join("");
  const whole = () => {
    const number = `${pick(["", "", "", "+", "-"])}${digits(pick([2, 4, 12, 25]))}${pick(["", "", `.${digits(pick([0, 3, 12]))}`])}`;
    const exponent = `${pick(["e", "E"])}${pick(["", "+", "-"])}${below(25)}`;
    return number + pick(["", ...SUFFIXES, exponent]);
  };
  const changed = (text: string) => {
    const at = below(text.length + 1);
    return text.slice(0, at) + pick([..."0123456789+-.eEinumkKMGTP x,_", ""]) + text.slice(at + below(2));
  };
  return Array.from({ length: count }, (_, index) => {
    const text = whole();
    if (index % 2 === 0) return text;
    return random() < 0.5 ? changed(text) : changed(changed(text));
  });
}

const SUFFIXES = ["n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
