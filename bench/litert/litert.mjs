// Runs a model with LiteRT (XNNPACK as WebAssembly) on one thread; prints as
// JSON what one inference takes at best and what it gives for the first frame.
//
// usage: node litert.mjs VARIANT MODEL [FRAMES]
//
// VARIANT is a library of @litertjs/core: litert_wasm_internal (relaxed SIMD) or
// litert_wasm_compat_internal.  FRAMES holds inputs as they are in models/;
// without it, all are 0.
//
// The package's own interface, made for browsers, takes no INT8: this stands on
// the bindings below it, and so spares LiteRT what that interface costs.
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

const WARM_UP = 300_000_000n, MEASURE = 500_000_000n;  // nanoseconds

async function loadLiteRt(variant) {
  const require = createRequire(import.meta.url);
  const file = path.join(path.dirname(require.resolve('@litertjs/core')), '..',
                         'wasm', variant + '.js');
  Object.assign(globalThis, {
    require,
    __filename: file,
    __dirname: path.dirname(file),
  });
  vm.runInThisContext(fs.readFileSync(file, 'utf8'), {filename: file});
  // It logs on both streams.
  return vm.runInThisContext('ModuleFactory')({
    print: () => {},
    printErr: () => {},
  });
}

async function compile(litert, environment, bytes) {
  const at = litert._malloc(bytes.length);
  litert.HEAPU8.set(bytes, at);
  const model = litert.loadModel(environment, at, bytes.length);
  const compiled = await litert.compileModel(environment, model, {
    accelerator: 'wasm',
    cpuOptions: {numThreads: 1},
    gpuOptions: {},
    webNNOptions: {},
    environment,
  });
  return {model, compiled};
}

// The bytes of a tensor, while `use` looks at them.
function withBytes(litert, tensor, use) {
  const at = tensor.lock(litert.LiteRtTensorBufferLockMode.READ_WRITE);
  const result = use(litert.HEAPU8.subarray(at, at + tensor.packedSize()));
  tensor.unlock();
  return result;
}

function makeInputs(litert, environment, model, frames) {
  let at = 0;
  const count = model.getSignature(0).inputNames().size();
  return Array.from({length: count}, (_, i) => {
    const type = model.getInputTensorType(0, i), size = type.bytes();
    const tensor = litert.LiteRtTensorBuffer.createManaged(
        environment, litert.LiteRtTensorBufferType.HOST_MEMORY, type, size);
    withBytes(litert, tensor,
              (bytes) => frames ? bytes.set(frames.subarray(at, at + size))
                                : bytes.fill(0));
    at += size;
    return tensor;
  });
}

// The fastest of all inferences until the time is over.
function measure(infer, duration) {
  const start = process.hrtime.bigint();
  let least = duration;
  for (let now = start; now - start < duration;) {
    const before = process.hrtime.bigint();
    const outputs = infer();
    now = process.hrtime.bigint();
    least = now - before < least ? now - before : least;
    outputs.forEach((output) => output.delete());
  }
  return Number(least);
}

const [variant, file, framesFile] = process.argv.slice(2);
const litert = await loadLiteRt(variant);
litert.setupLogging();
const environment = litert.LiteRtEnvironment.create(null);
const {model, compiled} =
    await compile(litert, environment, fs.readFileSync(file));
const inputs = makeInputs(litert, environment, model,
                          framesFile ? fs.readFileSync(framesFile) : null);
const infer = () => compiled.run(0, inputs);
const outputs = infer().map(
    (tensor) => withBytes(litert, tensor,
                          (bytes) => Buffer.from(bytes).toString('hex')));
measure(infer, WARM_UP);
process.stdout.write(
    JSON.stringify({ns: measure(infer, MEASURE), outputs}) + '\n');
