import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../cluster/fault";
import { removeFolder, withToolLock, workFolder } from "../toolchain/cache";
import { runCommand } from "../toolchain/command";
import { which } from "../toolchain/path-lookup";
import { type Settings, settingsFromEnvironment } from "../toolchain/settings";

/** What runs containers, below the kubelet. */
export interface RuntimePrograms {
  containerd: string;
  ctr: string;
  runc: string;
  /** Folder of the CNI plugins. */
  cniFolder: string;
  /** Folders that containerd finds its shim and runc in. */
  folders: string[];
}

const PLUGINS = ["ptp", "portmap", "host-local", "loopback"];
const CNI_FOLDERS = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];
const PACKAGES = ["containerd", "runc", "containernetworking-plugins"];
const TOOL = { name: "container-runtime" };

/**
 * containerd, runc and the CNI plugins: those on PATH, else of Debian's packages, unpacked into the tool cache rather than
 * installed, since the package of containerd would also start a service.
 * @throws Fault where neither is to be had
 */
export async function runtimePrograms(
  settings: Settings = settingsFromEnvironment(),
): Promise<RuntimePrograms> {
  const installed = find(settings.pathFolders, CNI_FOLDERS);
  if (installed) return installed;
  const folder = join(settings.cacheRoot, "tools", TOOL.name, settings.platform);
  if (!existsSync(folder)) await withToolLock(TOOL, settings, () => unpack(folder, settings));
  const unpacked = find(
    ["usr/bin", "usr/sbin"].map((part) => join(folder, part)),
    [join(folder, "usr/lib/cni")],
  );
  if (unpacked) return unpacked;
  throw missing(`${folder} lacks some of them`);
}

/** Programs of the host that the node's network takes: in Debian's packages iproute2, iptables and util-linux. */
export function requireHostPrograms({ pathFolders }: Settings = settingsFromEnvironment()): void {
  const needed = {
    ip: "iproute2",
    iptables: "iptables",
    unshare: "util-linux",
    nsenter: "util-linux",
    bash: "bash",
  };
  const absent = Object.entries(needed).filter(([program]) => !which(program, pathFolders));
  if (absent.length === 0) return;
  const packages = [...new Set(absent.map(([, name]) => name))];
  throw new Fault(
    `A real node needs ${absent.map(([program]) => program).join(", ")}, which PATH does not have.`,
    {
      where: `PATH=${pathFolders.join(":")}`,
      fix: `Install the packages (Debian: apt-get install ${packages.join(" ")}), or put /usr/sbin on PATH.`,
    },
  );
}

function find(folders: readonly string[], cniFolders: readonly string[]): RuntimePrograms | undefined {
  const [containerd, ctr, runc, shim] = ["containerd", "ctr", "runc", "containerd-shim-runc-v2"].map((name) =>
    which(name, folders),
  );
  const cniFolder = cniFolders.find((folder) => PLUGINS.every((name) => existsSync(join(folder, name))));
  if (!containerd || !ctr || !runc || !shim || !cniFolder) return undefined;
  return { containerd, ctr, runc, cniFolder, folders: [dirname(runc), dirname(realpathSync(shim))] };
}

async function unpack(folder: string, settings: Settings): Promise<void> {
  if (existsSync(folder)) return;
  const step = settings.report.start("fetching Debian's containerd, runc and CNI plugins");
  const work = await workFolder(TOOL, settings);
  try {
    const root = join(work, "root");
    mkdirSync(root);
    await must("apt-get", ["download", ...PACKAGES], work);
    for (const file of readdirSync(work).filter((name) => name.endsWith(".deb")))
      await must("dpkg-deb", ["--extract", join(work, file), root], work);
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(root, folder);
    step.done("Debian's containerd, runc and CNI plugins");
  } catch (error) {
    step.fail("Debian's containerd, runc and CNI plugins could not be had");
    throw error;
  } finally {
    await removeFolder(work);
  }
}

async function must(program: string, args: string[], cwd: string): Promise<void> {
  const { code, stderr } = await runCommand(program, args, { cwd });
  if (code !== 0) throw missing(`${program}: ${stderr.trim().slice(-400)}`);
}

function missing(why: string): Fault {
  return new Fault(
    "A real node needs containerd, runc and the CNI plugins, and they are not to be had here.",
    {
      where: why,
      fix: "Install them (Debian: apt-get update, then apt-get install containerd runc containernetworking-plugins) and run the command again.",
    },
  );
}
