import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IMAGES, imageReference, SCENARIO_IMAGES } from "../../components/core/tables/pins";
import { freePorts } from "../../tools/dev/cluster/ports";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { writeDockerArchive } from "../../tools/dev/node/docker-archive";
import { isImage, NODE_IMAGES, parseReference } from "../../tools/dev/node/images";
import { allNodePaths, cgroupName, linkName, nodePaths, podRangeOf } from "../../tools/dev/node/layout";
import { chooseLink } from "../../tools/dev/node/network";
import { outermostFirst } from "../../tools/dev/node/real-node";
import { reasonAgainstRealNode, requireRealNodeHost } from "../../tools/dev/node/requirements";
import { standInFor } from "../../tools/dev/node/stand-ins";

describe("a real node: where it can be had", () => {
  const root = () => 0;

  it("is possible for root on Linux", () => {
    assert.equal(reasonAgainstRealNode({ platform: "linux", getuid: root }), undefined);
  });

  it("says what is missing and offers kind", () => {
    const refuse = (host: Parameters<typeof requireRealNodeHost>[0]) => {
      try {
        requireRealNodeHost(host);
      } catch (error) {
        return error as Error & { fix: string };
      }
      return assert.fail("not refused");
    };
    const mac = refuse({ platform: "darwin", getuid: root });
    assert.match(mac.message, /Linux kernel/);
    assert.match(mac.fix, /kind create cluster/);
    assert.doesNotMatch(mac.fix, /sudo/);
    const user = refuse({ platform: "linux", getuid: () => 1000 });
    assert.match(user.message, /needs root/);
    assert.match(user.fix, /sudo.*kind create cluster/);
  });
});

describe("a real node: names and addresses", () => {
  it("has a link and a cgroup of its own for each cluster, with names that the kernel takes", () => {
    const [one, other] = ["/a/clusters/dev", "/b/clusters/dev"].map((folder) => nodePaths({ folder }));
    for (const name of [linkName, cgroupName]) assert.notEqual(name(one!), name(other!));
    assert.ok(linkName(one!).length <= 15);
  });

  it("has all of that, and addresses of pods, for each node of a cluster, and one folder of volumes for them all", () => {
    const nodes = allNodePaths({ folder: "/a/clusters/dev" });
    assert.equal(nodes.length, 2);
    for (const value of [linkName, cgroupName, podRangeOf])
      assert.equal(new Set(nodes.map(value)).size, nodes.length);
    // Processes are found by the folder that they name, with the separator after it.
    for (const { folder } of nodes)
      assert.equal(nodes.filter((other) => `${other.folder}/`.startsWith(`${folder}/`)).length, 1);
    assert.equal(new Set(nodes.map(({ volumes }) => volumes)).size, 1);
  });

  it("takes the first network that no link of the host is in", () => {
    const taken = ["127.0.0.1", "10.245.0.1", "fe80::1", "10.245.1.2", "10.2.0.1"];
    assert.deepEqual(chooseLink("x", taken), { name: "x", host: "10.245.2.1", node: "10.245.2.2" });
  });

  it("says so where none is left", () => {
    const all = Array.from({ length: 64 }, (_, network) => `10.245.${network}.1`);
    assert.throws(() => chooseLink("x", all), /No network is free/);
  });
});

describe("a real node: images", () => {
  it("reads a reference with a digest as the container runtime looks for it: by the digest alone", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    assert.deepEqual(parseReference(`docker.io/otel/collector:1.2@${digest}`), {
      registry: "docker.io",
      repository: "otel/collector",
      tag: "1.2",
      tagged: "docker.io/otel/collector:1.2",
      digested: `docker.io/otel/collector@${digest}`,
    });
    assert.equal(parseReference("mirror.example:5000/a/b:1").tagged, "mirror.example:5000/a/b:1");
    assert.throws(() => parseReference("nginx"), /not a full image reference/);
  });

  it("knows a pinned image behind a mirror, and no other", () => {
    assert.ok(isImage(imageReference(IMAGES.busybox, "mirror.example/dockerhub"), IMAGES.busybox));
    assert.ok(!isImage("docker.io/library/busybox:1.36.0", IMAGES.busybox));
    assert.ok(!isImage("docker.io/evil-library/busybox:1.37.0", IMAGES.busybox));
  });

  it("has something to stand in for each image that the pipeline, the managed Elasticsearch, trivy-operator, the scenarios and the node itself need", () => {
    const { otelCollector, elasticOperator, elasticsearch, busybox, node, trivyOperator } = IMAGES;
    const references = [
      ...[otelCollector, elasticOperator, elasticsearch, busybox, node, trivyOperator],
      ...Object.values(SCENARIO_IMAGES),
    ].map((image) => imageReference(image));
    for (const reference of [...references, ...Object.values(NODE_IMAGES)])
      assert.ok(standInFor(reference)?.what, reference);
    assert.equal(standInFor(imageReference(IMAGES.falco)), undefined);
  });

  it("is written in the format of docker save, the layer under its own hash", async () => {
    const folder = mkdtempSync(join(tmpdir(), "image-"));
    try {
      const [rootfs, work] = ["rootfs", "work"].map((name) => join(folder, name)) as [string, string];
      mkdirSync(rootfs);
      mkdirSync(work);
      writeFileSync(join(rootfs, "program"), "x", { mode: 0o755 });
      const file = join(folder, "image.tar");
      await writeDockerArchive(
        rootfs,
        work,
        "a.example/b:1",
        { User: "65532", Entrypoint: ["/program"] },
        file,
      );
      const unpack = join(folder, "unpacked");
      mkdirSync(unpack);
      assert.equal(spawnSync("tar", ["-xf", file, "-C", unpack]).status, 0);
      const json = (name: string) => JSON.parse(readFileSync(join(unpack, name), "utf8"));
      const [{ Config, RepoTags, Layers }] = json("manifest.json");
      assert.deepEqual(RepoTags, ["a.example/b:1"]);
      const config = json(Config);
      assert.equal(config.config.User, "65532");
      const sum = spawnSync("sha256sum", [join(unpack, Layers[0])], { encoding: "utf8" }).stdout.split(
        " ",
      )[0];
      assert.deepEqual(config.rootfs.diff_ids, [`sha256:${sum}`]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("a real node: the relay to the API server", () => {
  let folder: string;
  const relays: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "relay-"));
  });
  afterEach(() => {
    for (const relay of relays.splice(0)) relay.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("passes both directions on through a socket file, and a closed end too", async () => {
    const [server, entry] = (await freePorts(2)) as [number, number];
    const echo = createServer((socket) => socket.pipe(socket)).listen(server, "127.0.0.1");
    const socket = join(folder, "s");
    relay(socket, `127.0.0.1:${server}`);
    await waitUntil("the relay", async () => existsSync(socket));
    relay(`127.0.0.1:${entry}`, socket);
    const text = "x".repeat(1_000_000);
    const answer = await waitUntil("an answer", () => ask(entry, text));
    assert.equal(answer.length, text.length);
    echo.close();
  });

  function relay(from: string, to: string): void {
    const program = join(__dirname, "..", "..", "tools", "dev", "node", "relay.js");
    relays.push(spawn(process.execPath, [program, from, to], { stdio: "inherit" }));
  }

  function ask(port: number, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(port, "127.0.0.1", () => socket.end(text));
      socket.setEncoding("utf8").on("data", (chunk) => {
        answer += chunk;
      });
      socket.on("error", reject).on("end", () => resolve(answer));
    });
  }
});

describe("the folders of programs that the real node sees", () => {
  // Debian's containerd, unpacked into the tools' folder, hid the kubelet beside it.
  it("are mounted outermost first", () => {
    const tools = "/root/.cache/security-stack/tools";
    const debian = `${tools}/debian/bookworm/usr/bin`;
    assert.deepEqual(outermostFirst([debian, "/usr/bin", tools, debian]), [tools, debian, "/usr/bin"]);
  });
});
