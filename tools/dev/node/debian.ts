import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../cluster/fault";
import { removeFolder, withToolLock, workFolder } from "../toolchain/cache";
import { runCommand } from "../toolchain/command";
import { settingsFromEnvironment } from "../toolchain/settings";
import { run } from "./run-command";

/** Unpacks one package of this system's Debian into a folder below `work`, and gives that folder. Nothing is installed. */
export async function unpackPackage(name: string, work: string): Promise<string> {
  const folder = join(work, "package-files");
  mkdirSync(folder);
  const { code, stderr } = await runCommand("apt-get", ["download", name], { cwd: folder });
  if (code !== 0) throw noPackages(`apt-get download ${name}: ${stderr.trim().slice(-400)}`);
  const [file] = readdirSync(folder);
  const unpacked = join(work, "unpacked");
  await run("dpkg-deb", ["--extract", join(folder, file!), unpacked]);
  return unpacked;
}

/** Copies Debian's smallest system with the given packages into a root file system. It is made once and kept in the tool cache. */
export async function debianBase(packages: readonly string[], rootfs: string): Promise<void> {
  const settings = settingsFromEnvironment();
  const tool = { name: "debian-base" };
  const { uri, suite } = await archive();
  const key = createHash("sha256")
    .update([suite, ...packages].join(" "))
    .digest("hex")
    .slice(0, 12);
  const file = join(settings.cacheRoot, "tools", tool.name, `${suite}-${key}-${settings.platform}.tar`);
  await withToolLock(tool, settings, async () => {
    if (existsSync(file)) return;
    const step = settings.report.start(
      `putting together Debian's smallest system with ${packages.join(", ")}`,
    );
    const work = await workFolder(tool, settings);
    try {
      const root = join(work, "root");
      const script = await debootstrap(work);
      const include = `--include=${packages.join(",")}`;
      await run(script.program, ["--variant=minbase", include, suite, root, uri], script.env);
      for (const folder of [
        "var/cache/apt",
        "var/lib/apt/lists",
        "usr/share/doc",
        "usr/share/man",
        "usr/share/locale",
      ])
        await removeFolder(join(root, folder));
      const packed = join(work, "base.tar");
      await run("tar", ["--numeric-owner", "-cf", packed, "-C", root, "."]);
      mkdirSync(dirname(file), { recursive: true });
      await run("mv", [packed, file]);
      step.done(`Debian ${suite} with ${packages.join(", ")}`);
    } catch (error) {
      step.fail("Debian's smallest system could not be put together");
      throw error;
    } finally {
      await removeFolder(work);
    }
  });
  await run("tar", ["-xpf", file, "-C", rootfs]);
}

/** debootstrap of the system, else of its package, unpacked: it is a shell script. */
async function debootstrap(work: string): Promise<{ program: string; env: NodeJS.ProcessEnv }> {
  if (existsSync("/usr/sbin/debootstrap")) return { program: "/usr/sbin/debootstrap", env: process.env };
  const unpacked = await unpackPackage("debootstrap", work);
  const env = { ...process.env, DEBOOTSTRAP_DIR: join(unpacked, "usr/share/debootstrap") };
  return { program: join(unpacked, "usr/sbin/debootstrap"), env };
}

/** Where this system gets its packages from. */
async function archive(): Promise<{ uri: string; suite: string }> {
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
  const { code, stdout } = await runCommand("apt-get", ["indextargets", "--format", format]);
  const uri = stdout
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, release, component]) => release === suite && component === "main")?.[0];
  if (code !== 0 || !suite || !uri) throw noPackages("this system has no list of Debian's packages");
  return { uri, suite };
}

function noPackages(why: string): Fault {
  return new Fault("No registry answers, and what stands in for its images needs Debian's packages.", {
    where: why,
    fix: "Let this machine reach a container registry, or run `apt-get update` on a Debian.",
  });
}
