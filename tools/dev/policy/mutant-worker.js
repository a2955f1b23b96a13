// A worker thread that runs bundles of tests: gets the path of one, answers whether all of its tests pass. What the
// bundles leave outside is loaded once, so a run takes milliseconds where a process would take a second.
const { parentPort } = require("node:worker_threads");
const Mocha = require("mocha");

class Silent {}

parentPort.on("message", (bundle) => {
  delete require.cache[bundle];
  // Every load of Pulumi's policy library adds its own.
  for (const event of ["uncaughtException", "unhandledRejection"]) process.removeAllListeners(event);
  const mocha = new Mocha({ bail: true, reporter: Silent, cleanReferencesAfterRun: true });
  mocha.addFile(bundle);
  try {
    mocha.run((failures) => parentPort.postMessage(failures === 0));
  } catch {
    // The bundle did not even load.
    parentPort.postMessage(false);
  }
});
