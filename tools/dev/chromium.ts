import { type Browser, chromium } from "playwright-core";
import { ensureTools } from "./toolchain/ensure";

// Without its sandbox: it needs user namespaces, which containers of CI have not, and the pages are our own files.
// Without what it does on the network by itself.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the toolchain's Chromium; the caller closes it. */
export async function launchChromium(): Promise<Browser> {
  const { chromium: executablePath } = await ensureTools(["chromium"]);
  return chromium.launch({ executablePath, args: FLAGS });
}
