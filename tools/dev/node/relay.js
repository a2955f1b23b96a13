// Passes connections on: node relay.js FROM TO, each a path of a Unix socket or HOST:PORT. A Unix socket is reached from every network
// namespace, so two of these lead from the node's network to the API server, which listens on the host's 127.0.0.1 only.
const fs = require("node:fs");
const net = require("node:net");

const [from, to] = process.argv.slice(2).map((text) => {
  const [, host, port] = /^([\d.]+):(\d+)$/.exec(text) ?? [];
  return port ? { host, port: Number(port) } : { path: text };
});

if (from.path) fs.rmSync(from.path, { force: true });
net
  .createServer({ allowHalfOpen: true }, (near) => {
    const far = net.connect({ ...to, allowHalfOpen: true });
    near.setNoDelay?.(true);
    far.setNoDelay?.(true);
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ])
      one.on("error", () => other.destroy()).on("close", () => other.destroySoon());
  })
  .listen(from);
