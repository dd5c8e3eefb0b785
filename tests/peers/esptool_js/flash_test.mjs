// esptool-js flashes the twin over RFC 2217.
//
//   flash_test.mjs TWIN_SERVER            with the stub that esptool-js brings
//   flash_test.mjs TWIN_SERVER PRINT_STUB with ours; it knows no compressed writes
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ESPLoader, Transport } from "esptool-js";

import { useStub } from "./other_stub.mjs";
import { SerialPortOverTcp } from "./serial_port.mjs";
import { Twin } from "./twin.mjs";

const [twinServer, printStub] = process.argv.slice(2);
const BAUD = 460_800;
const FLASH_BYTES = 1 << 20;

const quiet = { clean() {}, write() {}, writeLine() {} };
const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
console.log = () => {};  // the transport tells each end of a stream; results go to stderr

const began = Date.now();
function done(what) {
  process.stderr.write(`${((Date.now() - began) / 1000).toFixed(1)} s: ${what}\n`);
}

// Seeded bytes; `letters` < 256 makes them compress.
function bytes(count, seed, letters = 256) {
  let state = seed >>> 0;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 24) % letters;
  });
}

async function write(loader, address, data, compress) {
  await loader.writeFlash({
    fileArray: [{ data, address }], flashMode: "keep", flashFreq: "keep", flashSize: "keep",
    eraseAll: false, compress, calculateMD5Hash: md5,
  });
}

async function session(loader, twin) {
  const chip = await loader.main();
  done(`connected, stub running at ${BAUD} bit/s`);
  assert.equal(chip, "ESP8285");
  assert.equal((await loader.chip.readMac(loader)).toUpperCase(), twin.mac.toUpperCase());
  assert.equal(await loader.chip.getCrystalFreq(loader), 26);
  // In its table of the ESP8266 these two are 0, "not there", but it asks for null: it would write the
  // lengths of a transfer to register 0 and read with whatever lengths the registers happen to hold.
  Object.assign(loader.chip, { SPI_MOSI_DLEN_OFFS: null, SPI_MISO_DLEN_OFFS: null });
  assert.equal((await loader.readFlashId()) >> 16, 0x14, "capacity in the flash id: 1 MiB");

  await loader.eraseFlash();
  done("erased");
  const expected = new Uint8Array(FLASH_BYTES).fill(0xff);
  const raw = bytes(40_000, 1);
  await write(loader, 0x1000, raw, false);
  expected.set(raw, 0x1000);
  done("written raw");
  if (!printStub) {
    const deflated = bytes(100_000, 2, 20);
    await write(loader, 0x20000, deflated, true);
    expected.set(deflated, 0x20000);
    done("written deflated");
  }
  const again = bytes(5_000, 3);
  await write(loader, 0x1000, again, false);  // over what is there: it must be erased first
  // Whole sectors are erased, so what follows in the last one is gone.
  expected.fill(0xff, 0x1000, 0x3000);
  expected.set(again, 0x1000);
  done("written over");

  const back = await loader.readFlash(0x0800, 0xc000);
  assert.ok(Buffer.from(back).equals(expected.subarray(0x0800, 0xc800)), "read back");
  // The client leaves the stream's digest unread; its stub loses a command sent before that is out.
  const digest = await loader.transport.read(3000);
  assert.equal(Buffer.from(digest).toString("hex"), md5(back), "digest of the stream");
  done("read back");
  // Not of the whole flash: the client waits 8 s a megabyte, too little on a busy machine.
  const part = expected.subarray(0, 0x20000);
  assert.equal(await loader.flashMd5sum(0, part.length), md5(part), "digest of 128 KiB");
  done("digest made by the chip");
  return expected;
}

if (printStub) useStub(JSON.parse(execFileSync(printStub)));
const folder = mkdtempSync(join(tmpdir(), "plugrig-"));
const dump = join(folder, "flash");
const twin = await Twin.start(twinServer, "--dump", dump);
try {
  const port = await SerialPortOverTcp.connect(twin.port);
  const transport = new Transport(port);
  const loader = new ESPLoader({ transport, baudrate: BAUD, terminal: quiet });
  const expected = await session(loader, twin);
  await transport.disconnect();
  await port.end();
  const { factor, fault, instructions } = await twin.end();
  done(`${(instructions / 1e6).toFixed(0)} M instructions, ${factor.toFixed(2)} of real time`);
  assert.equal(fault, "");
  assert.ok(instructions > 1e6, "the stub was executed");
  assert.ok(readFileSync(dump).equals(expected), "the chip's flash is what was written");
} catch (error) {
  twin.kill();
  throw error;
} finally {
  rmSync(folder, { recursive: true });
}
