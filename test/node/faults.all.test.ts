import assert from "node:assert/strict";
import { IMAGES, imageReference } from "../../components/core/tables/pins";
import { simulatedLabel } from "../../tools/dev/cluster/simulation";
import { Deployment } from "../support/stack/deployment";

/** The gateway's Secrets are nobody's here, and its pod stays simulated. */
const SIMULATED = { nodeSelector: simulatedLabel, tolerations: [{ operator: "Exists" }] };

// What only a kubelet and a container runtime say, each brought to its end by `npm run up` as a user has it, and mended.
describe("an update whose containers do not run", function () {
  this.timeout(400_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await Deployment.start({
      name: "test-node-faults",
      realNode: true,
      neverSimulated: ["nodeCollector"],
    });
    deployment.configure({ toggle: { tetragon: false, osquery: false, trivy: false } });
  });
  after(() => deployment?.stop());

  /** Ends within two minutes by one sentence with its fix; mended, the same command brings the stack up. */
  async function endsBy(nodeCollector: object, what: RegExp, fix: RegExp, words: RegExp): Promise<void> {
    deployment.configure({ override: { gateway: SIMULATED, nodeCollector } });
    const { code, told, seconds, output } = await deployment.watchedUp();
    assert.notEqual(code, 0, output);
    const [, sentence = "", advice = ""] =
      /\nEnded, since this does not mend itself: (.*)\.\n {2}fix: (.*)/.exec(told) ?? [];
    assert.match(sentence, what, `${told}\n${output}`);
    assert.match(advice, fix);
    assert.match(told, words);
    assert.ok(seconds < 120, `${seconds} s`);
    deployment.configure({ override: { gateway: SIMULATED } });
    const mended = await deployment.watchedUp();
    assert.equal(mended.code, 0, mended.output);
    console.log(`      ended after ${seconds.toFixed(0)} s, mended in ${mended.seconds.toFixed(0)} s`);
  }

  it("ends where an image can't be pulled", () =>
    endsBy(
      { image: "registry.invalid/collector:1.0" },
      /^DaemonSet node-collector in security-system: the image registry\.invalid\/collector:1\.0 .* can't be pulled on node real-1: /,
      /override\.<workload>\.image/,
      /registry\.invalid/,
    ));

  it("ends where a container crashes again and again, with what it said last", () =>
    endsBy(
      // Node, which does not know the collector's options.
      { image: imageReference(IMAGES.node) },
      /^DaemonSet node-collector in security-system: container \S+ was started 4 times and does not stay: it ended with exit code 9/,
      /logs node-collector-\w+ --container \S+ --previous/,
      /\n {2}\| .*bad option: --config/,
    ));

  it("ends where a container's program is not there", () =>
    endsBy(
      { image: imageReference(IMAGES.busybox) },
      /^DaemonSet node-collector in security-system: container .*(can't be started|does not stay): .*--config/,
      /override|--previous/,
      /--config/,
    ));

  it("ends where a container has too little memory", () =>
    endsBy(
      { resources: { requests: { memory: "8Mi" }, limits: { memory: "8Mi" } } },
      /^DaemonSet node-collector in security-system: container \S+ was started 4 times, and killed for using more memory than its limit of 8Mi/,
      /resources\.limits\.memory/,
      /8Mi/,
    ));
});
