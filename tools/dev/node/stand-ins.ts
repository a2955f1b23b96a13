import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { IMAGES, type PinnedImage, SCENARIO_IMAGES } from "../../../components/core/tables/pins";
import { type Distribution, ensureDistribution } from "../elasticsearch/distribution";
import { ensureTools, type ToolName } from "../toolchain/ensure";
import { findJavaHome } from "../toolchain/java";
import { ECK_BEFORE, ELASTICSEARCH_BEFORE } from "../toolchain/node-tools";
import { settingsFromEnvironment } from "../toolchain/settings";
import { debianBase, unpackPackage } from "./debian";
import type { ImageConfig } from "./docker-archive";
import { isImage, NODE_PINS } from "./images";
import { run } from "./run-command";

/** An image that can be put together here where its registry can't be reached: the very program, without what its image has around it. */
export interface StandIn {
  image: PinnedImage;
  /** What is in it, and in what it differs from the pinned image. */
  what: string;
  config: ImageConfig;
  /** All that it is made of, for the key by which it is kept. */
  sources: () => Promise<string[]>;
  /** Fills the root file system. */
  fill: (rootfs: string, sources: string[], work: string) => Promise<void>;
}

/** An image with nothing but one program of the toolchain. */
function ofTool(
  tool: ToolName,
  path: string,
  image: PinnedImage,
  what: string,
  config: ImageConfig,
): StandIn {
  return {
    image,
    what,
    config,
    sources: async () => Object.values(await ensureTools([tool])),
    fill: async (rootfs, [program]) => place(program!, join(rootfs, path)),
  };
}

/** A shell and its tools, of which each is a name of the same program. */
function ofBusybox(image: PinnedImage, what: string): StandIn {
  return {
    image,
    what,
    config: { User: "0:0", Entrypoint: [], Cmd: ["sh"] },
    sources: async () => ["busybox-static"],
    fill: fillWithBusybox,
  };
}

/** @param sources the first is Debian's package */
async function fillWithBusybox(rootfs: string, [name]: string[], work: string): Promise<void> {
  const unpacked = await unpackPackage(name!, work);
  place(join(unpacked, "bin/busybox"), join(rootfs, "bin/busybox"));
  for (const applet of (await run(join(rootfs, "bin/busybox"), ["--list"])).trim().split("\n"))
    if (applet !== "busybox") symlinkSync("busybox", join(rootfs, "bin", applet));
  for (const folder of ["tmp", "etc", "root", "home", "var"]) mkdirSync(join(rootfs, folder));
  chmodSync(join(rootfs, "tmp"), 0o1777);
  writeFileSync(
    join(rootfs, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/home:/bin/false\n",
  );
}

/** Debian's smallest system with some of its packages. */
function ofDebian(
  image: PinnedImage,
  what: string,
  packages: string[],
  prepare: (rootfs: string) => void = () => {},
): StandIn {
  return {
    image,
    what,
    config: { User: "0:0", Entrypoint: [], Cmd: ["sh"] },
    sources: async () => packages,
    fill: async (rootfs, names) => {
      await debianBase(names, rootfs);
      prepare(rootfs);
    },
  };
}

/** Folders as in the pinned image, where Debian has others: the scenarios' pod can write to these only. */
const NGINX_CONFIG = `pid /run/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path /var/cache/nginx/client;
  proxy_temp_path /var/cache/nginx/proxy;
  fastcgi_temp_path /var/cache/nginx/fastcgi;
  uwsgi_temp_path /var/cache/nginx/uwsgi;
  scgi_temp_path /var/cache/nginx/scgi;
  server {
    listen 80;
    root /usr/share/nginx/html;
  }
}
`;

const ELASTICSEARCH_HOME = "usr/share/elasticsearch";
const NODE_VERSION = IMAGES.node.tag.split("-")[0]!;
const NODE_PACKAGE = `node-linux-${process.arch}@${NODE_VERSION}`;

const ECK_CONFIG = { User: "65532:65532", Entrypoint: ["/elastic-operator"], Cmd: ["manager"] };

const STAND_INS: readonly StandIn[] = [
  ofTool("pause", "pause", NODE_PINS.pause, "a pause program of the toolchain", {
    User: "65535:65535",
    Entrypoint: ["/pause"],
  }),
  ofTool(
    "coredns",
    "coredns",
    NODE_PINS.dns,
    "CoreDNS as the toolchain builds it, with the plugins of the cluster's Corefile",
    { User: "65532:65532", Entrypoint: ["/coredns"] },
  ),
  ofTool(
    "otelcol-contrib",
    "otelcol-contrib",
    IMAGES.otelCollector,
    "the collector as the toolchain has it; where that was built, with the stack's components only",
    {
      User: "10001:10001",
      Entrypoint: ["/otelcol-contrib"],
      Cmd: ["--config", "/etc/otelcol-contrib/config.yaml"],
    },
  ),
  ofTool(
    "eck-operator",
    "elastic-operator",
    IMAGES.elasticOperator,
    "ECK's operator, built from its Go module without the public key of Elastic's licences",
    ECK_CONFIG,
  ),
  ofTool(
    "eck-operator-before",
    "elastic-operator",
    { ...IMAGES.elasticOperator, tag: ECK_BEFORE },
    "ECK's operator, built from its Go module without the public key of Elastic's licences",
    ECK_CONFIG,
  ),
  ofTool(
    "trivy-operator",
    "usr/local/bin/trivy-operator",
    IMAGES.trivyOperator,
    "trivy-operator, built from its Go module",
    { User: "10000:10000", Entrypoint: ["/usr/local/bin/trivy-operator"] },
  ),
  {
    image: IMAGES.trivy,
    what: "Trivy as the toolchain has it, with busybox of Debian's package busybox-static instead of Alpine",
    config: { User: "0:0", Entrypoint: ["trivy"] },
    sources: async () => ["busybox-static", ...Object.values(await ensureTools(["trivy"]))],
    fill: async (rootfs, [busybox, program], work) => {
      await fillWithBusybox(rootfs, [busybox!], work);
      place(program!, join(rootfs, "usr/local/bin/trivy"));
    },
  },
  {
    image: IMAGES.alertmanager,
    what: "Alertmanager as the toolchain has it; where that was built, without the pages of its user interface",
    config: { User: "65534:65534", WorkingDir: "/", Entrypoint: ["/bin/alertmanager"] },
    sources: async () => Object.values(await ensureTools(["alertmanager", "amtool"])),
    fill: async (rootfs, [server, client]) => {
      place(server!, join(rootfs, "bin/alertmanager"));
      place(client!, join(rootfs, "bin/amtool"));
    },
  },
  ofBusybox(IMAGES.busybox, "busybox of Debian's package busybox-static, of another version"),
  ofBusybox(SCENARIO_IMAGES.testbox, "busybox of Debian's package busybox-static instead of Alpine"),
  ofDebian(SCENARIO_IMAGES.attacker, "Debian with the tools that the attacks take", [
    "curl",
    "netcat-openbsd",
    "procps",
    "python3-minimal",
  ]),
  ofDebian(SCENARIO_IMAGES.target, "Debian's nginx, of another version", ["nginx-light"], (rootfs) =>
    writeFileSync(join(rootfs, "etc/nginx/nginx.conf"), NGINX_CONFIG),
  ),
  ofElasticsearch(IMAGES.elasticsearch, "elasticsearch", ["-Etest_server.objects=true"]),
  ofElasticsearch({ ...IMAGES.elasticsearch, tag: ELASTICSEARCH_BEFORE }, "elasticsearch-before"),
  {
    image: IMAGES.node,
    what: `Node ${NODE_VERSION} of its npm package, on Debian instead of Alpine`,
    config: { User: "0:0", Entrypoint: ["node"] },
    sources: async () => [NODE_PACKAGE, ...BASE_PACKAGES],
    fill: async (rootfs, [name], work) => {
      await debianBase(BASE_PACKAGES, rootfs);
      await run("npm", ["pack", "--silent", `--pack-destination=${work}`, name!]);
      const packed = join(work, `${name!.replace("@", "-")}.tgz`);
      await run("tar", ["-xzf", packed, "-C", work, "package/bin/node"]);
      place(join(work, "package/bin/node"), join(rootfs, "usr/local/bin/node"));
    },
  },
];

/** What the images on Debian need beside its smallest system: ECK's probe runs `nc`, its scripts the others. */
const BASE_PACKAGES = ["curl", "procps", "netcat-openbsd"];

/** @param flags further ones of the server, such as settings of the tests' plugin */
function ofElasticsearch(image: PinnedImage, which: Distribution, flags: string[] = []): StandIn {
  return {
    image,
    what: "the Elasticsearch of its own integration tests (few modules, no snapshots) on Debian and this machine's JDK, with the plugin of the tests, which stands in for node shutdowns and for the settings of ilm and slm that ECK asks for, and keeps lifecycle policies and transforms without carrying them out; transport on loopback, so one node only",
    config: {
      User: "1000:0",
      WorkingDir: `/${ELASTICSEARCH_HOME}`,
      Env: [
        `PATH=/${ELASTICSEARCH_HOME}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        "ELASTIC_CONTAINER=true",
      ],
      // Where the limit of open files can't be raised, the bootstrap checks are left out for a server on loopback only. The
      // disk is this machine's, and what fills it is not the stack's doing: above nine tenths no index would get a shard.
      Entrypoint: [
        `/${ELASTICSEARCH_HOME}/bin/elasticsearch`,
        "-Etransport.host=127.0.0.1",
        "-Ecluster.routing.allocation.disk.threshold_enabled=false",
        ...flags,
      ],
    },
    sources: async () => {
      const java = await findJavaHome();
      return [await ensureDistribution(java, settingsFromEnvironment(), which), java, ...BASE_PACKAGES];
    },
    fill: async (rootfs, [distribution, java]) => {
      await debianBase(BASE_PACKAGES, rootfs);
      const home = join(rootfs, ELASTICSEARCH_HOME);
      await run("cp", ["-aT", distribution!, home]);
      for (const folder of ["data", "logs"]) mkdirSync(join(home, folder), { recursive: true });
      mkdirSync(join(home, "jdk"));
      for (const part of ["bin", "conf", "lib", "release"])
        await run("cp", ["-aL", join(java!, part), join(home, "jdk", part)]);
      await run("rm", ["-f", join(home, "jdk/lib/src.zip"), join(home, "jdk/lib/ct.sym")]);
      await run("chown", ["-R", "1000:0", home]);
      await run("chmod", ["-R", "g=u", home]);
      writeFileSync(
        join(rootfs, "etc/passwd"),
        "elasticsearch:x:1000:0::/usr/share/elasticsearch:/bin/bash\n",
        {
          flag: "a",
        },
      );
    },
  };
}

/** What can stand in for an image; undefined for those whose program is in no registry of packages. */
export function standInFor(reference: string): StandIn | undefined {
  return STAND_INS.find(({ image }) => isImage(reference, image));
}

function place(program: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(program, target);
  chmodSync(target, 0o755);
}
